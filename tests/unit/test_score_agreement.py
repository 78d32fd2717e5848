"""Rank correlations between estimators over samples."""

import numpy as np
import pytest
from scipy import stats

from hardness.analysis import score_agreement
from hardness.core.tables import rows_of


def test_correlations_are_scipys_of_scores_that_are_turned():
    """AUM is low where a sample is hard, EL2N high; infinite scores tie at the top."""
    rng = np.random.default_rng(0)
    aum = rng.normal(size=300)
    el2n = np.round(rng.normal(size=300) - aum, 1)
    mdsc = np.where(el2n > 1, np.inf, el2n)
    constant = np.ones(300)
    scored = [("train-only", "aum", aum), ("train-only", "el2n", el2n), ("part", "aum", aum),
              ("train-only", "mdsc", mdsc), ("train-only", "n3", constant)]  # fmt: skip
    rows = rows_of(score_agreement.table(scored))
    rho = {(row["setting"], row["first"], row["second"]): row["rho"] for row in rows}
    assert len(rows) == len(rho) == 9 + 1  # n3 says the same of all
    assert [rho["part", "aum", "aum"], rho["train-only", "el2n", "el2n"]] == pytest.approx([1, 1])
    expected = -stats.spearmanr(aum, el2n).statistic
    assert rho["train-only", "aum", "el2n"] == pytest.approx(expected) and expected > 0.5
    assert rho["train-only", "el2n", "aum"] == rho["train-only", "aum", "el2n"]
    capped = stats.spearmanr(el2n, np.where(el2n > 1, 99, el2n)).statistic
    assert rho["train-only", "el2n", "mdsc"] == pytest.approx(capped) and capped < 1
