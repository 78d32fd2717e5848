"""The guide to the estimators: an entry for each, without contradiction to their files."""

import re

import numpy as np

from hardness.scoring import estimation, formulas, guide
from hardness.scoring.parts import ESTIMATORS
from hardness.scoring.sources import Dynamics


def test_every_estimator_has_words_and_no_words_are_of_another():
    assert {*guide.GUIDE} == {*ESTIMATORS.names()}
    for row in guide.rows():
        assert all(row.values()), row["name"]


def test_every_estimator_has_a_formula_and_a_source_in_the_page():
    assert {*formulas.FORMULAS} == {*ESTIMATORS.names()}
    page = guide.markdown().split("## How each is computed")[1]
    rows = dict(re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+ \| [^|]+) \|$", page, re.MULTILINE))
    for name, (formula, source) in formulas.FORMULAS.items():
        assert formula and source and rows[name] == f"{formula} | {source}"


def test_directions_are_those_of_the_files():
    rows = guide.rows(["aum", "el2n", "mdoc"])
    assert [row["name"] for row in rows] == ["aum", "el2n", "mdoc"]
    assert [row["direction"] for row in rows] == ["low is hard", "high is hard", "low is hard"]
    for row in guide.rows():
        hard = {"up": "high", "down": "low"}[ESTIMATORS.find(row["name"]).DIRECTION]
        assert row["direction"] == f"{hard} is hard"


def test_an_estimator_of_the_users_own_needs_no_words(tmp_path, monkeypatch):
    from hardness.scoring import estimators

    (tmp_path / "late_loss.py").write_text(
        'DIRECTION = "up"\nSOURCE = "dynamics"\nNEEDS = ("loss",)\ndef score(source): ...\n'
    )
    monkeypatch.setattr(estimators, "__path__", [*estimators.__path__, str(tmp_path)])
    (row,) = guide.rows(["late-loss"])
    assert row["direction"] == "high is hard" and row["what_for"] == ""


def test_scores_of_dynamics_lie_in_the_ranges_that_the_guide_gives():
    """The numbers in a range such as "0 to .5", with T = 12 epochs."""
    rng = np.random.default_rng(0)
    epochs, shape = 12, (3, 12, 400)
    p = rng.beta(0.4, 0.4, shape)
    p[0, :, 0], p[0, :, 1] = np.arange(epochs) % 2, 1 - p[0, :, 0]  # up and down each epoch
    loss = -np.log(np.maximum(p, 1e-7)).astype(np.float16)
    correct = p > 0.5
    el2n = (np.sqrt(2) * (1 - p)).astype(np.float16)  # of two classes
    read = Dynamics(
        np.arange(3), 2, loss=loss, el2n=el2n, correct=correct, probe_el2n=el2n[:, 1],
        aum=rng.normal(size=(3, 400)).astype(np.float32),
    )  # fmt: skip
    looked_at = 0
    for row in guide.rows():
        name, (first, _, rest) = row["name"], row["range"].partition(" to ")
        needs = {*ESTIMATORS.find(name).NEEDS}
        if ESTIMATORS.find(name).SOURCE != "dynamics" or not rest or "true_logit" in needs:
            continue
        last = rest.partition(",")[0].replace("T + 1", "13").replace("T - 1", "11")
        low, high = float(first), float(last.replace("T", "12").replace("infinity", "inf"))
        scores = estimation.compute(name, read).scores
        assert low <= scores.min() and scores.max() <= high + 1e-2, name
        looked_at += 1
    assert looked_at >= 12
