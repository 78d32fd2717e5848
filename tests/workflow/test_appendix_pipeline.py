"""Estimators compared by classes, in the whole pipeline: on tiny, its whole and its folds."""

import csv

import numpy as np
import pytest
from scipy import stats

PREDICTED = ("cleanlab", "margin", "el2n-final")
HELD_OUT = ("cleanlab-out-of-fold", "margin-out-of-fold")


@pytest.fixture(scope="module")
def made(finished, tmp_path_factory):
    """The finished tiny study, and what of the comparison it does not ask for."""
    study = finished.copy(tmp_path_factory.mktemp("classes") / "study")
    tiny = {"whole": "tiny-whole", "folds": [2]}
    tiny["estimators"] = ["aum", "el2n", "forgetting", "cdr", *PREDICTED, *HELD_OUT]
    for key, value in tiny.items():
        study.change("datasets", "tiny", key, value=value)
    whole = {
        "source": {"kind": "whole", "of": "tiny"},
        "recipe": "digits-cnn",
        "ensembles": {"stability": 2, "recall": 2, "hardness": 2, "retraining": 2},
        "estimators": ["aum"],
        "neighbours": {"k": 20, "spaces": ["pixels"]},
    }
    study.change("datasets", "tiny-whole", value=whole)
    figures = ("class-accuracy", "class-correlations", "difficulty-families")
    study.complete(
        "results/tiny/samples.csv",
        *(f"results/tiny/figures/{name}.pdf" for name in figures),
        "results/tiny/tables/class-correlations.md",
        driver=False,
    )
    return study


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def probabilities(paths):
    logits = np.concatenate([np.load(path)["logits"] for path in sorted(paths)]).astype(float)
    powers = np.exp(logits - logits.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


def test_scores_of_predictions_are_those_of_the_weights(made):
    """p_y less the largest other p, of the mean over the two members that hardness averages."""
    folder = made.results("tiny", "members", "full", "digits-cnn", "block-0")
    p = probabilities([folder / "predictions.npz"]).mean(axis=0)
    labels = np.load(made.results("tiny", "data.npz"))["train_labels"]
    own = p[np.arange(len(p)), labels]
    others = np.where(np.eye(p.shape[1], dtype=bool)[labels], -1, p).max(axis=1)
    found = rows(made.results("tiny", "samples.csv"))
    np.testing.assert_allclose([float(row["margin"]) for row in found], own - others, atol=1e-6)
    np.testing.assert_allclose([float(row["cleanlab"]) for row in found], own, atol=1e-6)
    held_out = [float(row["cleanlab-out-of-fold"]) for row in found]
    assert np.mean(own) > np.mean(held_out) > 0.2  # who trained on a sample is surer of it


def test_accuracies_are_those_of_the_test_logits(made):
    blocks = made.results("tiny", "members", "full", "digits-cnn").glob("block-*/test.npz")
    p = probabilities(blocks)
    labels = np.load(made.results("tiny", "data.npz"))["test_labels"]
    found = rows(made.results("tiny", "class-accuracy", "ensembles.csv"))
    for members, column, right in (
        (3, "prediction", p[:3].mean(axis=0).argmax(axis=1) == labels),
        (4, "mean", (p.argmax(axis=2) == labels).mean(axis=0)),
        (2, "member", p[1].argmax(axis=1) == labels),
    ):
        chosen = [
            float(row[column])
            for row in found
            if (row["setting"], row["members"]) == ("part", str(members))
        ]
        expected = [right[labels == c].mean() for c in range(10)]
        np.testing.assert_allclose(chosen, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("dataset", "setting", "accuracy"),
    [("tiny", "part", "part"), ("tiny", "test-only", "part"), ("tiny", "train-only", "part"),
     ("tiny-whole", "full", "full")],
)  # fmt: skip
def test_correlations_are_scipys_of_the_scores_and_the_accuracies(dataset, setting, accuracy, made):
    scores = {
        int(row["class"]): float(row["score"])
        for row in rows(made.results(dataset, "class-scores", "pixels.csv"))
        if (row["setting"], row["estimator"]) == (setting, "mdoc")
    }
    every = [
        row
        for row in rows(made.results("tiny", "class-accuracy", "ensembles.csv"))
        if row["setting"] == accuracy
    ]
    last = max(int(row["members"]) for row in every)
    reached = {
        int(row["class"]): float(row["mean"]) for row in every if int(row["members"]) == last
    }
    classes = range(10)
    expected = stats.spearmanr([scores[c] for c in classes], [reached[c] for c in classes])
    (found,) = [
        float(row["rho"])
        for row in rows(made.results("tiny", "class-accuracy", "correlations.csv"))
        if (row["setting"], row["space"], row["estimator"]) == (setting, "pixels", "mdoc")
    ]
    assert found == pytest.approx(expected.statistic)


def test_both_sides_are_compared_in_each_setting_and_nothing_is_nan(made):
    found = rows(made.results("tiny", "class-accuracy", "correlations.csv"))
    estimators = {
        setting: {row["estimator"] for row in found if row["setting"] == setting}
        for setting in ("full", "part", "train-only")
    }
    assert {"mdoc", "volume", *PREDICTED, "aum"} <= estimators["full"]
    assert {"mdoc", "volume", *PREDICTED} <= estimators["part"]
    assert {"mdoc", *PREDICTED, *HELD_OUT, "aum", "el2n"} <= estimators["train-only"]
    assert not [row for row in found if "nan" in row.values()]
    families = rows(made.results("tiny", "difficulty", "families.csv"))
    assert {row["setting"] for row in families} == {"full", "part", "train-only", "test-only"}
    assert not [row for row in families if "nan" in row.values()]
    table = made.results("tiny", "tables", "class-correlations.md").read_text()
    assert "nan" not in table and table.count("| MDOC |") >= 4
