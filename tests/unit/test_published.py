"""The transcribed Tables I and II of the paper, against its text and its claims about them."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

PUBLISHED = Path(__file__).resolve().parents[2] / "workflow" / "published"
STRATEGIES = {("none", "easy")} | {
    (over, under) for over in ("random", "smote", "easy", "hard") for under in ("none", "easy")
}


def cells(data):
    name = "table-2" if data == "cifar100-clean" else "table-1"
    with (PUBLISHED / f"{name}.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["data"] == data]
    return [
        row | {name: float(row[name]) for name in ("change", "sd_over_classes")} for row in rows
    ]


@pytest.mark.parametrize("data", ["cifar10", "cifar100", "cifar100-clean"])
def test_each_table_has_every_cell_once(data):
    places = [(row["over"], row["under"], row["metric"], row["group"]) for row in cells(data)]
    assert len(places) == len(set(places)) == 36
    assert {place[:2] for place in places} == STRATEGIES


@pytest.mark.parametrize(
    ("data", "largest"), [("cifar10", 0.00244), ("cifar100", 0.0092), ("cifar100-clean", 0.00485)]
)
def test_the_largest_changes_are_those_that_the_claims_cite(data, largest):
    assert max(abs(row["change"]) for row in cells(data)) == largest


def test_six_cells_exceed_their_spread_and_four_of_them_are_bold():
    exceeding = [row for row in cells("cifar10") if abs(row["change"]) > row["sd_over_classes"]]
    bold = [row for row in cells("cifar10") + cells("cifar100") if row["bold"] == "yes"]
    assert len(exceeding) == 6
    assert len(bold) == 4 and all(row in exceeding for row in bold)
    assert sorted(row["metric"] for row in bold) == ["precision", "recall", "recall", "recall"]


def test_so_many_exceed_it_by_chance():
    """As docs/papers.md says, where six classes are easy and four hard: |mean| > sd of n classes is
    |t| > sqrt(n - 1), 4.6 cells of 36; and six or more in a third of studies, whose strategies
    share a baseline.
    """
    exact = 18 * sum(2 * stats.t.sf(math.sqrt(n - 1), n - 1) for n in (6, 4))
    assert exact == pytest.approx(4.6, abs=0.05)
    rng, exceeding = np.random.default_rng(0), np.zeros(5000)
    for n in (6, 4, 6, 4):  # precision and recall of easy and of hard classes
        change = rng.standard_normal((5000, 9, n)) - rng.standard_normal((5000, 1, n))
        exceeding += (np.abs(change.mean(axis=2)) > change.std(axis=2)).sum(axis=1)
    assert exceeding.mean() == pytest.approx(exact, abs=0.2)
    assert (exceeding >= 6).mean() == pytest.approx(1 / 3, abs=0.03)


def test_undersampling_of_cifar100_lowers_recall_by_several_standard_errors():
    """Easy: 58 classes, hard: 42, as Sec. II-E says."""
    of = {
        row["group"]: row["change"] / row["sd_over_classes"]
        for row in cells("cifar100")
        if (row["over"], row["metric"]) == ("none", "recall")
    }
    assert of["easy"] * math.sqrt(58) == pytest.approx(-4.91, abs=0.01)
    assert of["hard"] * math.sqrt(42) == pytest.approx(-2.91, abs=0.01)


def test_every_strategy_lowers_the_recall_of_easy_classes_of_cifar100():
    easy = [row for row in cells("cifar100") if (row["metric"], row["group"]) == ("recall", "easy")]
    assert len(easy) == 9 and all(row["change"] < 0 for row in easy)
