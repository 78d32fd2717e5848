"""The whole tiny study from nothing to its report: complete, and the same bytes each time; and
CIFAR-10's own files.
"""

import csv
import os
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import ROOT, TINY, Project, figures_shown

FIGURES = (
    "recall-by-class", "sampling-weight", "class-sizes", "pruning-stability",
    "absolute-differences",
    "recall-by-hardness", "estimator-overlap", "recall-change", "metric-change", "dlp-against-clp",
    "removed-by-class",
    "recall-by-rate", "gallery", "noise-thresholds", "data-map", "gallery-by-class",
    "epoch-sensitivity", "recipe-sensitivity", "variance-split",
)  # fmt: skip
OF_NEIGHBOURS = (
    "class-accuracy", "class-correlations",
    "difficulty-families", "estimator-clusters-by-classes", "estimator-clusters-by-samples",
)  # fmt: skip
ALL_FIGURES = (*FIGURES, *OF_NEIGHBOURS)
TABLES = ("claims", "class-correlations", "gaps", "resampling-effect", "verdict-anatomy")
METRICS = "precision,recall,accuracy,f1,mcc,support,predicted"
COLUMNS = {
    "class-scores/features.csv": "setting,estimator,class,score,infinite",
    "samples.csv": "index,file,label,name,aum,aum_rank,el2n,el2n_rank,forgetting,forgetting_rank,"
    "cdr,cdr_rank,never_learned,origin",
    "data-map.csv": "index,label,name,confidence,variability,correctness",
    "sensitivity/epochs.csv": "estimator,epoch,epochs,members,quantity,value,low,high,settled",
    "sensitivity/recipes.csv": "estimator,first,second,members,quantity,value,low,high",
    "sensitivity/variance.csv": "estimator,component,recipes,members,share,low,high",
    "groups.csv": "class,name,n,group,rule",
    "sets/sizes.csv": "set,kind,over,under,mode,alpha,rho,level,rate,estimator,members,draws,"
    "class,name,n,size,removed,added,neighbors",
    "evaluation/full/digits-cnn.csv": f"seed,class,name,{METRICS},"
    "precision_undefined,mcc_undefined",
    "evaluation/classwise.csv": f"set,recipe,seed,class,{METRICS}",
    "evaluation/overall.csv": "set,recipe,seed,accuracy,mean_recall,recall_range,"
    "recall_quantile_gap,recall_easy_minus_hard,recall_sd,recall_mad,recall_fixed_gap,"
    "recall_fixed_best,recall_fixed_worst,fixed_by",
}
ALLOCATION = {
    "estimator",
    "mode",
    "alpha",
    "rho",
    "class",
    "n",
    "hardness",
    "ratio",
    "size",
    "hard",
}
SETS = {
    "full", "resample-none-easy-a1", "resample-smote-easy-a1", "resample-random-none-a1",
    "resample-none-easy-r2",
    "resample-smote-easy-r2", "resample-random-none-r2", "prune-dlp-30", "prune-dlp-50",
    "prune-clp-30", "prune-clp-50",
    "prune-random-50", "resample-none-easy-a1-forgetting",
}  # fmt: skip
OTHER_RECIPE = "digits-pad-mean"  # of full and resample-none-easy-a1


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def results_of(folder):
    """Every npz, csv, pdf, png and table that a study made, by its path; the store's among them."""
    ends = {".npz", ".csv", ".pdf", ".png", ".md", ".tex"}
    return {
        path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.suffix in ends
    }


class Resources(HTMLParser):
    """What a browser would load: sources, style sheets, and addresses in styles."""

    def __init__(self, text):
        super().__init__()
        styles = re.sub("<script.*?</script>", "", text, flags=re.DOTALL)
        self.found = re.findall(r"url\(\s*['\"]?([^'\")]+)", styles) + re.findall(
            r"@import\s+['\"]([^'\"]+)", styles
        )
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        names = {"src", "srcset", "poster", "data", "background"}
        names |= {"href"} if tag in ("link", "image", "use") else set()
        self.found += [value for name, value in attributes if name in names and value]


@pytest.fixture(scope="module")
def again(tmp_path_factory, finished):
    """The study a second time: on one core, in a folder apart from the code, with a space and an
    umlaut in its name.
    """
    home = tmp_path_factory.mktemp("again") / "zweite Prüfung"
    home.mkdir()
    project = Project(finished.folder, home)
    project.output = project.complete("--cores", "1", "--directory", home, "--configfile", TINY)
    return project


def test_twice_from_nothing_gives_the_same_bytes(finished, again):
    one, two = results_of(finished.results()), results_of(again.results())
    assert set(one) == set(two)
    assert {path.suffix for path in one} == {".npz", ".csv", ".pdf", ".png", ".md", ".tex"} and len(
        one
    ) > 100
    assert [str(path) for path in one if one[path].read_bytes() != two[path].read_bytes()] == []
    assert f"Report: {again.home}/results/tiny/report.html" in again.output


def test_threads_that_wait_do_not_take_the_cores_of_other_jobs(empty):
    with (empty / "Snakefile").open("a") as file:
        file.write(
            'rule probe:\n    output: "results/probe.txt"\n    shell: "echo '
            '${{OMP_WAIT_POLICY:-}} > {output}"\n'
        )
    empty.complete("--cores", "1", "results/probe.txt")
    assert empty.results("probe.txt").read_text() == "PASSIVE\n"


def test_every_planned_part_is_there(finished):
    wanted = [f"figures/{name}.{end}" for name in ALL_FIGURES for end in ("pdf", "png", "csv")]
    wanted += [f"tables/{name}.{end}" for name in TABLES for end in ("csv", "tex", "md")]
    wanted += [f"effects/{name}.csv" for name in ("cells", "gaps", "families", "classes")]
    wanted += [
        "figures/recall-by-hardness.sizes.csv",
        "report.html",
        "stability/reliability.csv",
        "claims.csv",
    ]
    for name in wanted:
        path = finished.results("tiny", name)
        assert path.stat().st_size > 100, name
        if path.suffix in (".csv", ".npz"):
            assert path.with_name(f"{path.name}.sha256").exists(), name
    drawn = {path.stem for path in finished.results("tiny", "figures").glob("*.pdf")}
    assert drawn == set(ALL_FIGURES)
    for name in ALL_FIGURES:
        assert len(rows(finished.results("tiny", "figures", f"{name}.csv"))) > 1, name
        assert finished.results("tiny", "figures", f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert not [path for path in finished.results().rglob("*") if path.name.endswith(".part")]


def test_the_report_opens_offline_and_shows_all(finished):
    text = finished.results("tiny", "report.html").read_text()
    found = Resources(text).found
    assert figures_shown(text) == {*ALL_FIGURES} - {"gallery-by-class"}  # its images stand alone
    assert [source for source in found if not source.startswith(("data:", "#"))] == []
    assert "is missing" not in text
    for part in ("200", "digits-cnn", "snakemake", "torch", "members_per_job", "train_full"):
        assert part in text


def test_links_of_the_report_lead_to_files(finished):
    links = re.findall(
        r'<a[^>]* href="([^"#][^"]*)"', finished.results("tiny", "report.html").read_text()
    )
    assert len(links) >= 3 * len(ALL_FIGURES)
    assert [link for link in links if not finished.results("tiny", link).is_file()] == []


@pytest.mark.parametrize("name", COLUMNS)
def test_columns(finished, name):
    header, *lines = finished.results("tiny", name).read_text().splitlines()
    assert header == COLUMNS[name] and len(lines) >= 10


def test_columns_of_class_sizes(finished):
    for estimator in ("aum", "el2n", "forgetting"):
        table = rows(finished.results("tiny", "allocation", f"{estimator}.csv"))
        assert ALLOCATION <= set(table[0])
        assert {(row["mode"], row["alpha"], row["rho"]) for row in table} == {
            ("paper", "1", ""),
            ("study", "", "2"),
        }
        for mode in ("paper", "study"):
            assert sum(int(row["size"]) for row in table if row["mode"] == mode) == 200


def test_every_ensemble_has_its_seeds_and_is_compared_member_by_member(finished):
    found = {}
    for row in rows(finished.results("tiny", "evaluation", "overall.csv")):
        found.setdefault((row["set"], row["recipe"]), []).append(int(row["seed"]))
    others = {(name, OTHER_RECIPE): [0, 1] for name in ("full", "resample-none-easy-a1")}
    assert (
        found
        == {(name, "digits-cnn"): [0, 1, 2, 3] if name == "full" else [0, 1] for name in SETS}
        | others
    )
    for name in SETS:
        with np.load(
            finished.results("tiny", "members", name, "digits-cnn", "block-0", "test.npz")
        ) as file:
            assert file["seeds"].tolist() == [0, 1]
    changes = rows(finished.results("tiny", "figures", "recall-change.csv"))
    assert {"2"} == {row["members"] for row in changes if row.get("members")}


def test_what_resampling_changes_is_tested_for_every_family(finished):
    """Two members can decide nothing; each recipe is compared with its own full and with the base
    recipe's.
    """
    cells = rows(finished.results("tiny", "effects", "cells.csv"))
    families = {(row["recipe"], row["baseline"], row["mode"], row["suffix"]) for row in cells}
    assert families == {
        ("digits-cnn", "own", "paper", ""),
        ("digits-cnn", "own", "paper", "forgetting"),
        ("digits-cnn", "own", "study", ""),
        (OTHER_RECIPE, "own", "paper", ""),
        (OTHER_RECIPE, "base-recipe", "paper", ""),
    }
    assert {row["verdict"] for row in cells} == {"undecided"} and {
        row["margin"] for row in cells
    } == {"0.05"}
    shown = {
        row["ingredient"] for row in rows(finished.results("tiny", "tables", "verdict-anatomy.csv"))
    }
    assert shown == {"none", "hardness by forgetting"} | {
        f"{OTHER_RECIPE}, against {full}" for full in ("its own full", "full by digits-cnn")
    }


def test_every_claim_is_listed_and_what_is_not_computed_says_which_key_would_plan_it(finished):
    claims = rows(finished.results("tiny", "claims.csv"))
    assert len(claims) > 30 and len({row["id"] for row in claims}) == len(claims)
    not_computed = [row["note"] for row in claims if row["verdict"] == "not computed"]
    assert any(note == "not planned: datasets.tiny.pruning: prune-dlp-70" for note in not_computed)
    assert all(
        note and (note.startswith("not planned: datasets.tiny") or "Appendix B" in note)
        for note in not_computed
    )
    report = finished.results("tiny", "report.html").read_text()
    assert 0 < report.index('id="table-claims"') < report.index('id="table-resampling-effect"')


def test_the_networks_learn(finished):
    accuracy = [float(row["accuracy"]) for row in rows(finished.results("tiny", "evaluation",
        "overall.csv"))
                if (row["set"], row["recipe"]) == ("full", "digits-cnn")]  # fmt: skip
    assert min(accuracy) > 0.7  # 0.84 to 0.91; a tenth is chance


def cifar():
    """A folder with CIFAR-10's own files: HARDNESS_DATA, or what ../shared/data/unpack.py left in
    ./data.
    """
    for folder in (os.environ.get("HARDNESS_DATA"), ROOT / "data"):
        if folder and (Path(folder) / "cifar-10-batches-py" / "test_batch").exists():
            return Path(folder).resolve()
    return None


@pytest.mark.skipif(
    cifar() is None,
    reason="needs CIFAR-10: python ../shared/data/unpack.py data cifar-10, or "
    "HARDNESS_DATA=folder with its files",
)
def test_cifar10_runs_end_to_end(empty):
    """Rho and pruning only: class means of AUM are below 0 after two epochs."""
    lenet = {"model": {"name": "lenet"}, "epochs": 2, "batch_size": 32,
        "optimizer": {"name": "adam", "lr": 0.001},
             "members_per_job": 2}  # fmt: skip
    short = {"source": {"kind": "subset", "of": "cifar10", "train": 500, "test": 200},
        "recipe": "lenet",
             "ensembles": {"stability": 2, "recall": 2, "hardness": 2, "retraining": 2},
             "estimators": ["aum", "el2n"],
             "resampling": [{"over": ["smote"], "under": ["easy"], "rhos": [2]}],
             "pruning": [{"levels": ["dlp", "clp"], "rates": [50]}],
             "stability": {"rates": [20, 50]}}  # fmt: skip
    config = {
        "data_dir": str(cifar()),
        "study": {"datasets": ["cifar10-short"]},
        "recipes": {"lenet": lenet},
    }
    config["datasets"] = {
        "cifar10": {"source": {"kind": "cifar10"}, "recipe": "lenet"},
        "cifar10-short": short,
    }
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    empty.complete("--cores", "2")

    with np.load(empty.results("cifar10", "data.npz")) as data:
        assert (
            data["train_inputs"].shape == (50_000, 32, 32, 3)
            and data["train_inputs"].dtype == np.uint8
        )
        assert (
            data["test_labels"].shape == (10_000,)
            and np.bincount(data["test_labels"]).tolist() == [1000] * 10
        )
        assert data["class_names"].tolist()[3] == "cat" and data["test_labels"][:4].tolist() == [
            3,
            8,
            8,
            0,
        ]
    with np.load(empty.results("cifar10-short", "data.npz")) as data:
        assert np.bincount(data["train_labels"]).tolist() == [50] * 10
    sets = {row["set"] for row in rows(empty.results("cifar10-short", "evaluation", "overall.csv"))}
    assert sets == {"full", "resample-smote-easy-r2", "prune-dlp-50", "prune-clp-50"}
    assert {row["rule"] for row in rows(empty.results("cifar10-short", "groups.csv"))} == {"study"}
    assert "is missing" not in (report := empty.results("cifar10-short", "report.html").read_text())
    assert figures_shown(report) == {*FIGURES} - {"gallery-by-class", "recipe-sensitivity"}


def made_from_cifar100():
    """The config of a part of CIFAR-100 and of three data sets made from that part."""
    lenet = {
        "model": {"name": "lenet"},
        "epochs": 2,
        "batch_size": 32,
        "optimizer": {"name": "adam", "lr": 0.001},
        "members_per_job": 2,
    }
    short = {
        "recipe": "lenet",
        "ensembles": dict.fromkeys(("stability", "recall", "hardness", "retraining"), 2),
        "estimators": ["aum", "el2n"],
        "stability": {"rates": [20, 50]},
    }
    grid = {"resampling": [{"over": ["none"], "under": ["easy"], "rhos": [2]}], "margin": 0.01}
    sources = {
        "part": {"kind": "subset", "of": "cifar100", "train": 2000, "test": 1000},
        "clean": {"kind": "denoised", "of": "part", "remove": 22},
        "pairs": {"kind": "noisy", "of": "part", "rate": 0.1, "pairs": True},
        "tailed": {"kind": "long-tailed", "of": "part", "ratio": 5},
    }
    datasets = {name: short | {"source": source} for name, source in sources.items()}
    datasets["clean"] |= grid | {"stands_for": "cifar100-clean"}
    datasets["cifar100"] = {"source": {"kind": "cifar100"}, "recipe": "lenet"}
    return {
        "data_dir": str(cifar()),
        "study": {"datasets": ["clean"]},
        "recipes": {"lenet": lenet},
        "datasets": datasets,
    }


@pytest.mark.skipif(
    cifar() is None or not (cifar() / "cifar-100-python").exists(),
    reason="needs CIFAR-100, as above",
)
def test_cifar100_and_what_is_made_from_it_run_end_to_end(empty):
    """A part of CIFAR-100, the same denoised, with flipped labels, and long-tailed; duplicates in
    the whole.
    """
    (empty / "config.yaml").write_text(yaml.safe_dump(made_from_cifar100()), encoding="utf-8")
    targets = ["results/cifar100/duplicates.csv", "results/pairs/figures/noise-detection.pdf"]
    targets += [f"results/{name}/samples.csv" for name in ("part", "pairs", "tailed")]
    empty.complete("--cores", "2", "clean", *targets)
    found = rows(empty.results("cifar100", "duplicates.csv"))
    group = next(row["group"] for row in found if (row["part"], row["index"]) == ("train", "46752"))
    pair = [row for row in found if row["group"] == group]
    assert {(row["part"], row["index"], row["conflict"]) for row in pair} == {
        ("train", "46752", "true"),
        ("train", "18461", "true"),
    }

    scores = {row["index"]: float(row["aum"]) for row in rows(empty.results("part", "samples.csv"))}
    kept = {row["origin"] for row in rows(empty.results("clean", "samples.csv"))}
    removed = set(scores) - kept
    assert len(removed) == 22 and max(scores[i] for i in removed) <= min(scores[i] for i in kept)
    assert {row["baseline"] for row in rows(empty.results("clean", "effects", "cells.csv"))} == {
        "own",
        "origin",
    }
    claims = {row["id"]: row["verdict"] for row in rows(empty.results("clean", "claims.csv"))}
    # they are about alpha 1, nine strategies
    assert len(claims) >= 2 and set(claims.values()) == {"not computed"}
    report = empty.results("clean", "report.html").read_text()
    assert "is missing" not in report and "against full of the data set it is made from" in report

    flipped = rows(empty.results("pairs", "samples.csv"))
    goes_to = {
        (row["true_label"], row["label"]) for row in flipped if row["label"] != row["true_label"]
    }
    assert sum(row["label"] != row["true_label"] for row in flipped) == 200
    assert len({true for true, _ in goes_to}) == len(goes_to)  # each class to one other
    tail = Counter(int(row["label"]) for row in rows(empty.results("tailed", "samples.csv")))
    assert tail[0] == 20 and tail[99] == 4 and all(tail[c] >= tail[c + 1] for c in range(99))
