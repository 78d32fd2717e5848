"""A user's own training loop, as in docs/own-loop.md: from the recording to the report; and which
keys a recording can and cannot have.
"""

import csv
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml
from conftest import ROOT, TINY, outputs, rules

from hardness.recorder import Recorder
from study import catalog, cost
from study.config import ConfigError, check
from study.plan import Plan

TUTORIAL = (ROOT / "docs" / "own-loop.md").read_text(encoding="utf-8")
SCRIPT = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)[0]
CONFIG = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", TUTORIAL, re.DOTALL)[0])
RECORDED = {"source": {"kind": "recorded", "path": "recording", "members": 3}, "recipe": "recorded"}


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """What the tutorial's script leaves."""
    folder = tmp_path_factory.mktemp("own loop")
    (folder / "train.py").write_text(SCRIPT, encoding="utf-8")
    subprocess.run(
        [sys.executable, "train.py"], cwd=folder, check=True, timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow"), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return folder / "recording"


def configure(project, recording, **source):
    """The tutorial's data set joins those that are there."""
    config = yaml.safe_load((project / "config.yaml").read_text())
    own = yaml.safe_load(yaml.safe_dump(CONFIG["datasets"]["my-digits"]))
    own["source"] |= {"path": str(recording)} | source
    config["study"] = {"datasets": ["my-digits"]}
    config["datasets"]["my-digits"] = own
    (project / "config.yaml").write_text(yaml.safe_dump(config))


def test_the_tutorial_from_a_loop_to_the_report(empty, recording):
    """The scores are those of the recorded margins; the index lists follow from them; nothing is
    trained; a second run has nothing to do, and a new recording makes it again.
    """
    configure(empty, recording)
    empty.complete("--cores", "2")
    margins, labels = [], None
    for seed in (0, 1):
        with np.load(recording / f"seed-{seed}.npz") as file:
            margins.append(file["margin"][0].astype(float))
            labels = file["labels"]
    aum = np.mean(margins, axis=(0, 1))
    samples = rows_of(empty.results("my-digits", "samples.csv"))
    assert [row["file"] for row in samples[:2]] == ["0000.png", "0001.png"]
    assert {row["name"] for row in samples} == {f"digit {label}" for label in range(10)}
    found = np.array([float(row["aum"]) for row in samples])
    np.testing.assert_allclose(found, aum, rtol=5e-3, atol=5e-3)
    check_index_lists(empty, found, labels)
    assert not empty.results(".store").exists()
    assert not empty.results("my-digits", "evaluation").exists()
    report = empty.results("my-digits", "report.html").read_text(encoding="utf-8")
    assert "is missing" not in report and report.count("data:image/png") >= 6
    listed = rows_of(empty.results("my-digits", "review.csv"))
    hardest = np.argsort(aum)[: len(listed)]
    assert len(listed) == 180 and {row["reason"] for row in listed} == {"in-sample"}
    assert {row["suggested"] for row in listed} == {""}
    assert len({int(row["index"]) for row in listed} & {*hardest.tolist()}) >= 175
    assert "180 hard in training" in report
    drawn = {path.stem for path in empty.results("my-digits", "figures").glob("*.pdf")}
    assert {"class-sizes", "gallery", "pruning-stability", "removed-by-class"} <= drawn
    assert not {"recall-by-class", "recall-change"} & drawn
    check_exports(empty)
    assert empty.plan() == []
    os.utime(recording / "seed-1.npz")
    planned = rules(empty.plan())
    assert planned["make_data"] == planned["read_recording"] == 1 and planned["train_full"] == 0


def check_index_lists(project, aum, labels):
    with np.load(project.results("my-digits", "sets", "prune-dlp-30.npz")) as made:
        (kept,) = made["source"]
    removed = np.setdiff1d(np.arange(len(aum)), kept)
    assert len(removed) == round(0.3 * len(aum)) and aum[removed].min() >= aum[kept].max() - 1e-6
    with np.load(project.results("my-digits", "sets", "resample-random-easy-r2.npz")) as made:
        assert made["source"].shape == (2, len(aum)), "as many as there were, a draw per network"
        assert (labels[made["source"]] == made["labels"]).all() and (made["source"] >= 0).all()
        sizes = np.bincount(made["labels"], minlength=10) / np.bincount(labels)
    means = [aum[labels == label].mean() for label in range(10)]
    assert np.argmax(sizes) == np.argmin(means) and np.argmin(sizes) == np.argmax(means)
    assert sizes.max() / sizes.min() == pytest.approx(2, abs=0.05)


def check_exports(project):
    """Scores and index lists leave as those of any other data set."""
    for what in ("datalab", "cartography", "figures", "prune-dlp-30"):
        done = subprocess.run(
            [sys.executable, "-m", "study", "export", "my-digits", what], cwd=project.folder,
            capture_output=True, text=True, env=os.environ | {"PYTHONPATH": "workflow"}, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said = "No column about labels" in done.stdout
        assert said == (what == "datalab"), "no network is known that did not train on a sample"
    scores = rows_of(project / "exports/my-digits/datalab/issues.csv")
    assert len(scores) == 1797 and "aum" in scores[0] and "is_label_issue" not in scores[0]
    assert len(rows_of(project / "exports/my-digits/prune-dlp-30/samples.csv")) == 1258
    assert len([*(project / "exports/my-digits/cartography").glob("*.jsonl")]) == 2


def test_a_recording_that_is_away_keeps_its_results(empty, recording, tmp_path):
    """As a drive that is not mounted: nothing is deleted."""
    configure(empty, tmp_path / "gone")
    status, output = empty.run("--cores", "1", "results/my-digits/data.npz")
    assert status != 0
    assert "holds no seed-*.npz; expected a folder with a file for each network" in output + (
        empty.log("make_data.log", dataset="my-digits")
    )


# What the config says


def config_of(**settings):
    """The tiny config with a recording of three networks."""
    config = yaml.safe_load(TINY.read_text())
    source = RECORDED["source"] | settings.pop("source", {})
    config["datasets"]["mine"] = RECORDED | {"source": source} | settings
    return config


def message_of(**settings):
    with pytest.raises(ConfigError) as error:
        check(config_of(**settings))
    return str(error.value)


def plan_of(**settings):
    return Plan(check(config_of(**settings)))


def test_defaults_follow_from_the_recording():
    mine = plan_of().dataset("mine")
    assert mine.ensembles.model_dump() == dict.fromkeys(
        ("stability", "recall", "hardness", "retraining"), 3
    )
    assert "el2n" not in mine.estimators and {"aum", "el2n-train"} <= {*mine.estimators}
    assert plan_of(ensembles={"hardness": 2}).dataset("mine").ensembles.stability == 3
    assert plan_of(source={"missing": True}).dataset("mine").estimators == ("aum",)


def test_nothing_of_a_recording_is_trained_or_tested():
    plan = plan_of(
        resampling=[{"over": ["random"], "under": ["easy"], "rhos": [2]}],
        pruning=[{"levels": ["dlp", "clp"], "rates": [30]}],
    )
    assert plan.ensembles("mine") == plan.resampled("mine") == cost.trainings(plan, ["mine"]) == []
    assert plan.holds("mine") == "nothing"
    assert plan.blocks("mine", "full", "recorded", "dynamics.npz") == [
        "results/mine/members/full/recorded/block-0/dynamics.npz"
    ]
    figures, tables = catalog.figures(plan), catalog.tables(plan)
    assert set(figures.planned("mine")) == {
        "absolute-differences", "class-sizes", "data-map", "estimator-overlap", "noise-thresholds",
        "pruning-stability", "removed-by-class", "sampling-weight", "epoch-sensitivity",
        "variance-split",
    }  # fmt: skip
    assert tables.planned("mine") == []
    wanted = catalog.targets(figures, tables, "mine")
    assert "results/mine/sets/prune-dlp-30.npz" in wanted and "results/mine/samples.csv" in wanted
    assert not [path for path in wanted if re.search("evaluation|effects|duplicates|gallery", path)]
    with pytest.raises(ValueError, match="the config plans no recall-by-class for mine"):
        figures.entry("mine", "recall-by-class")
    assert "gallery" in catalog.figures(plan_of(source={"size": 16})).planned("mine")
    one = catalog.figures(plan_of(source={"members": 1}))
    assert not {"pruning-stability", "absolute-differences"} & set(one.planned("mine"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"recipe": "digits-cnn"},
            "mine.recipe: found 'digits-cnn', expected a recipe of this confi",
        ),
        (
            {"estimators": ["el2n", "aum"]},
            "found 'el2n', expected el2n-train: a recording has no pas",
        ),
        (
            {"estimators": ["aum", "cdr"]},
            "found 'cdr', expected an estimator of the training dynamic",
        ),
        ({"estimators": ["aum", "margin"]}, "as predictions are not recorded"),
        ({"estimators": ["aum", "margin-out-of-fold"]}, "expected held_out: true in the source"),
        (
            {"source": {"missing": True}, "estimators": ["aum", "loss"]},
            "found 'loss', expected only aum",
        ),
        ({"ensembles": {"hardness": 8}}, "ensembles.hardness: found 8, expected at most 3"),
        ({"folds": [5]}, "mine.folds: found the list [5], expected []"),
        ({"stands_for": "cifar10"}, "stands_for: found 'cifar10', expected null: the claims are"),
        ({"neighbours": {"k": 20}}, "expected null: a recording holds no inputs"),
        (
            {"resampling": [{"over": ["smote"], "rhos": [2]}]},
            "resampling[0].over: found 'smote', which makes new inputs",
        ),
        (
            {"resampling": [{"over": ["random"], "rhos": [2], "recipes": ["digits-cnn"]}]},
            "recipes[0]: found 'digits-cnn', expected a recipe of this config: known are recorded",
        ),
    ],
)
def test_what_a_recording_cannot(settings, message):
    found = message_of(**settings)
    assert message in found and found.count("mine.") == 1, found


def test_other_data_sets_are_not_made_from_a_recording():
    config = config_of()
    config["datasets"]["part"] = {
        "source": {"kind": "subset", "of": "mine", "train": 10, "test": 10},
        "recipe": "digits-cnn",
    }
    with pytest.raises(
        ConfigError, match="source.of: found 'mine', which is recorded and holds no i"
    ):
        check(config)


def test_no_data_set_names_a_recipe_of_that_name():
    config = config_of()
    config["recipes"]["recorded"] = config["recipes"]["digits-cnn"]
    config["datasets"]["tiny"]["recipe"] = "recorded"
    with pytest.raises(
        ConfigError, match="tiny.recipe: found 'recorded', expected a recipe of this"
    ):
        check(config)


def test_scores_out_of_fold_are_planned_from_predictions_held_out(empty, tmp_path):
    config = config_of(source={"held_out": True}, estimators=["aum", "margin-out-of-fold"])
    (empty / "config.yaml").write_text(yaml.safe_dump(config | {"study": {"datasets": ["mine"]}}))
    jobs = empty.plan("results/mine/hardness/margin-out-of-fold.npz")
    assert outputs(jobs, "read_held_out") == {"members/held-out/recorded/block-0/predictions.npz"}
    assert rules(jobs)["score_out_of_fold"] == 1 and not rules(jobs)["train_folds"]


def test_the_review_list_suggests_labels_where_predictions_are_held_out(empty, tmp_path):
    """Two folds of 20 samples; sample 3 has another label than networks that did not see it say."""
    labels = np.arange(20) % 2
    true, halves = labels.copy(), np.arange(20) // 2 % 2
    true[3] = 0
    for fold in (0, 1):
        rows, others = (np.flatnonzero(halves == side) for side in (1 - fold, fold))
        recorder = Recorder(n=20, classes=2, rows=rows)
        for _ in range(3):
            recorder.update(rows, 2 * np.eye(2)[true[rows]], labels[rows])
            recorder.end_epoch()
        recorder.held_out(others, 3 * np.eye(2)[true[others]])
        recorder.save(tmp_path / "recording" / f"seed-{fold}.npz", seed=fold)
    source = {"path": str(tmp_path / "recording"), "held_out": True, "members": 1}
    config = config_of(source=source) | {"study": {"datasets": ["mine"]}}
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    tables = ("samples", "confusion", "classes")
    wanted = [f"results/mine/out-of-fold/{table}.csv" for table in tables]
    empty.complete("--cores", "1", "results/mine/review.csv", *wanted)
    listed = rows_of(empty.results("mine", "review.csv"))
    assert (listed[0]["index"], listed[0]["reason"]) == ("3", "likely-mislabelled")
    assert listed[0]["suggested"] == "0" and len(listed) == 2, "and the rest of the hardest tenth"
    judged = rows_of(empty.results("mine", "out-of-fold", "samples.csv"))
    assert [int(row["predicted"]) for row in judged] == true.tolist()
