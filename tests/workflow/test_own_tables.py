"""A user's own tables and arrays: from the file to the report, without parts that need images."""

import csv
import os

import numpy as np
import pytest
import yaml
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from hardness.sets import folds

RECIPE = {"model": {"name": "logistic"}, "epochs": 20, "batch_size": 8, "members_per_job": 4,
          "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.9}}  # fmt: skip


@pytest.fixture
def table(tmp_path):
    """scikit-learn's iris as a csv file."""
    frame = load_iris(as_frame=True).frame
    frame["target"] = load_iris().target_names[frame["target"]]
    file = tmp_path / "my flowers.csv"
    frame.to_csv(file, index=False)
    return file


def configure(project, source, recipe=RECIPE, **settings):
    """The project's only data set, by one recipe and a small grid."""
    config = yaml.safe_load((project / "config.yaml").read_text())
    own = {"source": source, "recipe": "own", "estimators": ["aum", "el2n"],
           "ensembles": {"stability": 4, "recall": 3, "hardness": 2, "retraining": 2},
           "resampling": [{"over": ["smote", "random"], "under": ["easy"], "rhos": [2]}],
           "pruning": [{"levels": ["dlp", "clp"], "rates": [50]}],
           "stability": {"rates": [20, 50], "orders": 5, "splits": 5}, **settings}  # fmt: skip
    config |= {"study": {"datasets": ["own"]}, "datasets": {"own": own}, "recipes": {"own": recipe}}
    (project / "config.yaml").write_text(yaml.safe_dump(config))


def accuracies(project):
    """Of the members on the full set."""
    with open(
        project.results("own", "evaluation", "overall.csv"), encoding="utf-8", newline=""
    ) as file:
        return [float(row["accuracy"]) for row in csv.DictReader(file) if row["set"] == "full"]


def check_folds(project, labels):
    """Six members, two of each draw, in blocks of four: each sample is predicted by two members
    that did not train on it, nearly as well as the others are.
    """
    predicted = []
    for block in (0, 1):
        folder = project.results("own", "members", "folds-3", "own", f"block-{block}")
        with np.load(folder / "predictions.npz") as made:
            assert made["logits"].shape[1:] == (120, 3) and made["logits"].dtype == np.float16
            predicted.append(made["predicted"])
    with np.load(project.results("own", "sets", "folds-3.npz")) as made:
        source = made["source"]
        assert source.shape == made["labels"].shape == (3, 78)  # 120 - 3 x ceil(40 / 3)
    held_out = folds.out_of_fold(np.concatenate(predicted), source)
    assert held_out.shape == (2, 120) and np.mean(held_out == labels) > 0.9


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_findings(project, labels):
    """Every flower is judged by networks that did not train on it; those that they take for
    another one lead the review.
    """
    samples = rows(project.results("own", "out-of-fold", "samples.csv"))
    assert [row["part"] for row in samples] == ["train"] * 120 + ["test"] * 30
    assert [int(row["label"]) for row in samples[:120]] == labels.tolist()
    wrong = {(row["part"], row["index"]) for row in samples if row["predicted"] != row["label"]}
    every, *classes = rows(project.results("own", "out-of-fold", "classes.csv"))
    assert every["name"] == "all" and float(every["accuracy"]) == 1 - len(wrong) / 150 > 0.9
    assert [row["n"] for row in classes] == ["50"] * 3
    confusion = rows(project.results("own", "out-of-fold", "confusion.csv"))
    off = [int(row["n"]) for row in confusion if row["label"] != row["predicted"]]
    assert sum(off) == len(wrong) > 0
    review = rows(project.results("own", "review.csv"))
    assert [int(row["rank"]) for row in review] == list(range(1, len(review) + 1))
    assert wrong <= {(row["part"], row["index"]) for row in review[: 3 * len(wrong)]}
    assert {row["part"] for row in review} == {"train", "test"}
    found = rows(project.results("own", "class-differences.csv"))
    assert [row["easier"] for row in found if row["estimator"] == "aum"][-1] == "setosa"
    ranked = rows(project.results("own", "samples.csv"))
    aum = sorted(ranked, key=lambda row: float(row["aum"]))
    assert [int(row["aum_rank"]) for row in aum] == list(range(1, 121))
    by_index = {row["index"]: row for row in ranked}
    for row in review:
        scored = by_index[row["index"]] if row["part"] == "train" else dict.fromkeys(row, "")
        for name in ("aum", "aum_rank", "el2n", "el2n_rank"):
            assert row[name] == scored[name]


def test_from_a_table_to_the_report(empty, table):
    """As accurate as scikit-learn's logistic regression on the same split; three folds as well."""
    configure(empty, {"kind": "table", "path": str(table), "label": "target"}, folds=[3])
    empty.complete("--cores", "2")
    with np.load(empty.results("own", "data.npz")) as data:
        assert data["train_inputs"].shape == (120, 4) and data["train_inputs"].dtype == np.float32
        reference = LogisticRegression(C=10).fit(data["train_inputs"], data["train_labels"])
        expected = reference.score(data["test_inputs"], data["test_labels"])
        files, labels = data["files"].tolist(), data["train_labels"]
    assert len(accuracies(empty)) == 4 and abs(np.mean(accuracies(empty)) - expected) < 0.05
    with open(empty.results("own", "samples.csv"), encoding="utf-8", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == files
    lines = table.read_text().splitlines()
    names = [lines[int(place.rpartition(":")[2]) - 1].rpartition(",")[2] for place in files]
    with open(empty.results("own", "samples.csv"), encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == names
    with np.load(empty.results("own", "sets", "resample-smote-easy-r2.npz")) as made:
        assert made["synthetic"].dtype == np.float32 and made["synthetic"].shape[2:] == (4,)
    check_folds(empty, labels)
    check_findings(empty, labels)
    figures = os.listdir(empty.results("own", "figures"))
    assert "recall-by-class.pdf" in figures
    assert not any(name.startswith("gallery") for name in figures)
    report = empty.results("own", "report.html").read_text()
    assert "is missing" not in report and report.count("data:image/png") > 5


def test_from_arrays_to_the_report(empty, tmp_path):
    """Two rings around a blob, which no line parts: rows for an mlp, one recipe's own widths."""
    rng = np.random.default_rng(0)
    labels, angle = np.arange(240) % 3, rng.uniform(0, 2 * np.pi, 240)
    radius = 3 * labels + rng.normal(0, 0.3, 240)
    rows = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    file = tmp_path / "rings.npz"
    names = np.array(["blob", "ring", "wide ring"])
    np.savez(file, inputs=rows, labels=labels, class_names=names)
    recipe = RECIPE | {"model": {"name": "mlp", "widths": [32]}}
    configure(empty, {"kind": "arrays", "path": str(file), "inputs": "rows"}, recipe)
    empty.complete("--cores", "2")
    assert np.mean(accuracies(empty)) > 0.9
    report = empty.results("own", "report.html").read_text()
    assert "is missing" not in report and report.count("data:image/png") > 5


def test_the_whole_of_a_table_is_an_ensemble_of_its_own(empty, table):
    configure(empty, {"kind": "table", "path": str(table), "label": "target"})
    config = yaml.safe_load((empty / "config.yaml").read_text())
    whole = {"source": {"kind": "whole", "of": "own"}, "recipe": "own", "estimators": ["aum"],
             "ensembles": {"stability": 4, "recall": 3, "hardness": 2,
                 "retraining": 2}}  # fmt: skip
    config["datasets"]["whole"] = whole
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    results = ("evaluation/classwise.csv", "duplicates.csv")
    empty.complete("--cores", "2", *(f"results/whole/{name}" for name in results))
    with open(
        empty.results("whole", "evaluation", "classwise.csv"), encoding="utf-8", newline=""
    ) as file:
        assert np.mean([float(row["recall"]) for row in csv.DictReader(file)]) > 0.9
    with open(empty.results("whole", "duplicates.csv"), encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert found and {row["part"] for row in found} == {"train"}


def test_a_table_that_is_not_right_stops_the_study_with_one_message(empty, table):
    table.write_text(table.read_text().replace("5.1,3.5,1.4,0.2,", "5.1,,1.4,0.2,", 1))
    configure(empty, {"kind": "table", "path": str(table), "label": "target"})
    status, output = empty.run("--cores", "2", "results/own/data.npz")
    assert status != 0 and not empty.results("own", "data.npz").exists()
    said = f"make_data failed: {table}: 1 of 150 rows lack a value: 'sepal width (cm)' in"
    assert said in output and said in empty.log("make_data.log", dataset="own")

    table.write_text(table.read_text().replace("5.1,,1.4", "5.1,3.5,1.4"))
    empty.complete("--cores", "2", "results/own/data.npz", "results/own/duplicates.csv")
    with open(empty.results("own", "duplicates.csv"), encoding="utf-8", newline="") as file:
        assert {row["kind"] for row in csv.DictReader(file)} == {"exact"}  # iris repeats a flower
