"""Intervals and correlations: against scipy.stats, by hand, and by simulation."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from hardness.core import intervals


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_t_interval_is_that_of_scipy(level):
    values = np.random.default_rng(0).normal(3, 2, (8, 5))
    mean, low, high = intervals.t_interval(values, level)
    expected = scipy.stats.ttest_1samp(values, 0).confidence_interval(level)
    np.testing.assert_allclose(mean, values.mean(axis=0))
    np.testing.assert_allclose([low, high], [expected.low, expected.high], rtol=1e-10)


def test_t_interval_by_hand():
    mean, low, high = intervals.t_interval(np.array([1.0, 2.0, 3.0]))  # sd 1, t(2, .975) = 4.302653
    np.testing.assert_allclose(
        [mean, low, high], [2, 2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5], rtol=1e-6
    )


def test_t_interval_covers_the_mean_as_often_as_it_says():
    values = np.random.default_rng(1).normal(0.7, 1, (8, 20000))
    _, low, high = intervals.t_interval(values)
    assert np.mean((low <= 0.7) & (0.7 <= high)) == pytest.approx(0.95, abs=0.006)


def test_one_member_has_a_mean_and_no_bounds():
    mean, low, high = intervals.t_interval(np.array([[0.25, 0.5]]))
    np.testing.assert_array_equal(mean, [0.25, 0.5])
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(
    ("values", "level", "message"),
    [
        (np.empty((0, 3)), 0.95, "at least one member"),
        (np.ones(3), 95, "is 95; it must lie between 0 and 1"),
    ],
)
def test_t_interval_refuses(values, level, message):
    with pytest.raises(ValueError, match=message):
        intervals.t_interval(values, level)


def test_pearson_is_that_of_scipy():
    rng = np.random.default_rng(2)
    first = rng.normal(size=200).astype(np.float32)
    second = first + rng.normal(size=200)
    assert intervals.pearson(first, second) == pytest.approx(
        scipy.stats.pearsonr(first, second).statistic, rel=1e-6
    )


def test_pearson_of_whole_numbers_by_hand():
    assert intervals.pearson(np.array([1, 2, 3]), np.array([2, 1, 3])) == pytest.approx(0.5)
    assert intervals.pearson(np.array([1, 2, 3]), np.array([30, 20, 10])) == -1


def test_pearson_is_undefined_where_nothing_varies():
    assert np.isnan(intervals.pearson(np.ones(4), np.arange(4)))


def test_spearman_brown_by_hand():
    assert intervals.spearman_brown(0.5, 2) == pytest.approx(2 / 3)
    assert intervals.spearman_brown(2 / 3, 0.5) == pytest.approx(0.5)
    assert intervals.spearman_brown(0.3, 1) == pytest.approx(0.3)


def test_spearman_brown_is_undefined_where_its_denominator_is():
    assert np.isnan(intervals.spearman_brown(-1, 2))


@given(st.floats(0, 1), st.floats(0.1, 10), st.floats(0.1, 10))
def test_two_steps_of_spearman_brown_are_one(correlation, first, second):
    stepped = intervals.spearman_brown(intervals.spearman_brown(correlation, first), second)
    assert stepped == pytest.approx(intervals.spearman_brown(correlation, first * second), abs=1e-9)
    assert 0 <= stepped <= 1 + 1e-9
