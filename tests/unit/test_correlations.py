"""Rank correlations over classes: against scipy, against all permutations, and for the small
numbers of classes that occur.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hardness.analysis import correlations
from hardness.analysis.correlations import BELOW, RELATED, UNDECIDED

NUMBERS = st.lists(st.integers(0, 5), min_size=2, max_size=9)


@given(NUMBERS)
def test_ranks_are_scipys(values):
    np.testing.assert_array_equal(correlations.ranks(np.array(values)), stats.rankdata(values))


def test_ranks_go_along_the_last_axis():
    np.testing.assert_array_equal(
        correlations.ranks(np.array([[3, 1, 2], [1, 1, 0]])), [[3, 1, 2], [2.5, 2.5, 1]]
    )


@given(st.integers(3, 12), st.integers(0, 1000))
def test_spearman_is_scipys(k, seed):
    scores, accuracy = np.random.default_rng(seed).integers(0, 20, (2, k))
    accuracy[:2] = 0, 30
    expected = stats.spearmanr(scores, accuracy).statistic if np.ptp(scores) else np.nan
    found = correlations.spearman(scores[None], accuracy)
    np.testing.assert_allclose(found, [expected], atol=1e-12)


def every_permutation(scores, accuracy):
    """p-values from the definition: scipy's correlation for each permutation, one by one."""
    rho = [abs(stats.spearmanr(row, accuracy).statistic) for row in scores]
    of_all = np.array(
        [
            [abs(stats.spearmanr(row, permuted).statistic) for row in scores]
            for permuted in itertools.permutations(accuracy)
        ]
    )
    alone = (of_all >= np.array(rho) - 1e-9).mean(axis=0)
    corrected, last = np.empty(len(rho)), 0.0
    for place in np.argsort(-np.array(rho), kind="stable"):
        rest = [e for e in range(len(rho)) if rho[e] <= rho[place] + 1e-12]
        last = max(last, (of_all[:, rest].max(axis=1) >= rho[place] - 1e-9).mean())
        corrected[place] = last
    return alone, corrected


def test_p_values_are_those_of_all_permutations():
    rng = np.random.default_rng(0)
    scores, accuracy = rng.normal(size=(3, 5)), np.array([0.9, 0.8, 0.8, 0.5, 0.7])
    scores[0] = -accuracy + 0.01 * scores[0]
    p, p_max = correlations.permutation_p(scores, accuracy)
    alone, corrected = every_permutation(scores, accuracy)
    np.testing.assert_allclose(p, alone)
    np.testing.assert_allclose(p_max, corrected)
    assert (p_max >= p).all() and (p_max > p).any()


def test_a_perfect_order_of_ten_classes_has_one_chance_in_half_of_ten_factorial():
    p, p_max = correlations.permutation_p(np.arange(10.0)[None], np.arange(10.0) ** 2)
    assert p[0] == p_max[0] == 2 / 3628800


def test_the_p_value_of_ten_classes_is_that_of_the_published_table():
    """Zar's critical values of Spearman's rho for n = 10: .648 at .05, .794 at .01, two-sided."""
    x = np.arange(10)
    for critical, alpha in ((0.648, 0.05), (0.794, 0.01)):
        d2 = round((1 - critical) * 165)  # rho = 1 - 6 sum d^2 / (n (n^2 - 1))
        y, other = with_distance(d2), with_distance(d2 + 2)
        rho = correlations.spearman(x[None], y)[0]
        assert rho == pytest.approx(critical, abs=0.001)
        assert correlations.permutation_p(x[None], y)[0][0] <= alpha
        assert correlations.permutation_p(x[None], other)[0][0] > alpha


def with_distance(d2):
    """A permutation of 0..9 whose squared distances from the identity sum to d2."""
    rng = np.random.default_rng(0)
    while True:
        y = rng.permutation(10)
        if ((y - np.arange(10)) ** 2).sum() == d2:
            return y


def test_over_independent_estimators_the_corrected_p_is_sidaks():
    rng = np.random.default_rng(1)
    scores = np.array([np.arange(10), *(rng.permutation(10) for _ in range(16))])
    p, p_max = correlations.permutation_p(scores, with_distance(30))
    assert p[0] == p.min() < 0.01 < p_max[0]
    assert p_max[0] == pytest.approx(1 - (1 - p[0]) ** 17, rel=0.1)


def test_of_more_classes_the_permutations_are_drawn_and_the_identity_counts():
    accuracy = np.arange(15.0)
    p, _ = correlations.permutation_p(accuracy[None], accuracy)
    assert p[0] == 1 / 100_000
    weak = np.random.default_rng(3).permutation(15)[None].astype(float)
    p, _ = correlations.permutation_p(weak, accuracy)
    expected = stats.spearmanr(weak[0], accuracy).pvalue
    assert p[0] == pytest.approx(expected, abs=0.02)
    np.testing.assert_array_equal(p, correlations.permutation_p(weak, accuracy)[0])


def test_what_does_not_vary_correlates_with_nothing():
    scores = np.array([[1.0, 1, 1, 1], [1, 2, 3, 4]])
    p, p_max = correlations.permutation_p(scores, np.array([0.1, 0.2, 0.3, 0.4]))
    assert p[0] == p_max[0] == 1 and p[1] == 2 / 24
    assert np.isnan(correlations.spearman(scores, np.arange(4))).tolist() == [True, False]
    p, p_max = correlations.permutation_p(scores, np.ones(4))
    assert p.tolist() == p_max.tolist() == [1, 1]


def test_the_interval_by_hand_and_of_a_perfect_correlation():
    low, high = correlations.fisher_interval(np.array([0.5, 1, -1, np.nan]), 10)
    half = 1.6449 * np.sqrt(1.06 / 7)
    assert low[0] == pytest.approx(np.tanh(np.arctanh(0.5) - half), abs=1e-4)
    assert high[0] == pytest.approx(np.tanh(np.arctanh(0.5) + half), abs=1e-4)
    swapped = stats.spearmanr(np.arange(10), [1, 0, *range(2, 10)]).statistic
    assert low[1] == -high[2] == pytest.approx(np.tanh(np.arctanh(swapped) - half), abs=1e-4)
    assert high[1] == 1 and low[2] == -1 and np.isnan([low[3], high[3]]).all()
    assert np.isnan(correlations.fisher_interval(np.array([0.5]), 3)).all()


def test_the_interval_covers_nine_of_ten():
    """Over normal pairs whose Spearman correlation is known: 6/pi asin(r/2)."""
    rng = np.random.default_rng(0)
    r = 0.6
    true = 6 / np.pi * np.arcsin(r / 2)
    x, noise = rng.normal(size=(2, 4000, 10))
    found = correlations.spearman(x, r * x + np.sqrt(1 - r**2) * noise)
    low, high = correlations.fisher_interval(found, 10)
    assert ((low <= true) & (true <= high)).mean() == pytest.approx(0.9, abs=0.02)


def test_pearsons_p_is_scipys():
    x, y = np.random.default_rng(0).normal(size=(2, 10))
    expected = stats.pearsonr(x, y)
    r = np.array([expected.statistic, 1.0])
    np.testing.assert_allclose(correlations.pearson_p(r, 10), [expected.pvalue, 0])
    assert np.isnan(correlations.pearson_p(r, 2)).all()


@pytest.mark.parametrize(
    ("p_max", "low", "high", "expected"),
    [
        (0.05, -0.5, 0.5, RELATED),
        (0.051, -0.6, 0.6, BELOW),
        (0.051, -0.1, 0.61, UNDECIDED),
        (0.051, -0.61, 0.1, UNDECIDED),
        (1.0, np.nan, np.nan, UNDECIDED),
    ],
)
def test_verdicts(p_max, low, high, expected):
    assert correlations.verdict(p_max, low, high) == expected


def test_ten_classes_can_hardly_show_that_there_is_nothing():
    low, high = correlations.fisher_interval(np.array([0.0, 0.1]), 10)
    verdicts = [correlations.verdict(1, *interval) for interval in zip(low, high, strict=True)]
    assert verdicts == [BELOW, UNDECIDED]
