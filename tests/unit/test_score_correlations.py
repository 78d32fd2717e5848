"""Correlations of scores against scipy, partial ones against the residuals of a regression, and
intervals against simulation.
"""

import numpy as np
import pytest
import scipy.stats

from hardness.analysis import score_correlations
from hardness.analysis.score_correlations import CLASSES, PEARSON, SAMPLES, SPEARMAN
from hardness.core.tables import pick
from hardness.scoring.scores import Scores

M, N, K = 5, 400, 4
RNG = np.random.default_rng(3)
LABELS = np.arange(N) % K


def scores(values, direction="up", members=True):
    values = np.asarray(values, dtype=np.float32)
    seeds = np.arange(len(values)) if members else None
    return Scores(values, np.empty((0, *values.shape)), seeds, direction)


HARD = RNG.standard_normal(N)
NORM = HARD + RNG.standard_normal(N)
TOLD = {
    "msd": scores(-NORM - 0.2 * HARD + 0.5 * RNG.standard_normal((M, N)), "down"),
    "aum": scores(-HARD + 0.5 * RNG.standard_normal((M, N)), "down"),
    "forgetting": scores(np.rint(2 * HARD + RNG.standard_normal((M, N)))),
    "feature-norm": scores(-NORM + 0.1 * RNG.standard_normal((M, N)), "down"),
    "contrast": scores(RNG.standard_normal(N), "down", members=False),
}
MEANS = {
    name: (-1 if one.direction == "down" else 1)
    * (one.scores if one.seeds is None else one.scores.mean(axis=0, dtype=np.float64))
    for name, one in TOLD.items()
}


@pytest.fixture(scope="module")
def table():
    made = score_correlations.table(TOLD, M, LABELS, K)
    return {name: np.array(column) for name, column in made.items()}


def cell(table, first, second, over=SAMPLES, kind=SPEARMAN, given=""):
    rows = pick(table, first=first, second=second, over=over, kind=kind, given=given)
    assert len(rows["value"]) == 1
    return {name: column[0] for name, column in rows.items()}


@pytest.mark.parametrize("second", ["aum", "forgetting", "feature-norm", "contrast"])
def test_plain_correlations_are_scipys(table, second):
    x, y = MEANS["msd"], MEANS[second]
    assert cell(table, "msd", second)["value"] == pytest.approx(
        scipy.stats.spearmanr(x, y)[0], abs=1e-6
    )
    assert cell(table, "msd", second, kind=PEARSON)["value"] == pytest.approx(
        scipy.stats.pearsonr(x, y)[0], abs=1e-6
    )
    means = [[one[LABELS == c].mean() for c in range(K)] for one in (x, y)]
    assert cell(table, "msd", second, CLASSES)["value"] == pytest.approx(
        scipy.stats.spearmanr(*means)[0]
    )


@pytest.mark.parametrize("given", ["feature-norm", "contrast", "feature-norm+contrast"])
def test_partial_ones_are_of_what_a_regression_on_the_controls_leaves(table, given):
    controls = np.stack([scipy.stats.rankdata(MEANS[name]) for name in given.split("+")])
    design = np.vstack([controls, np.ones(N)]).T

    def left(name):
        ranks = scipy.stats.rankdata(MEANS[name])
        return ranks - design @ np.linalg.lstsq(design, ranks, rcond=None)[0]

    expected = scipy.stats.pearsonr(left("msd"), left("aum"))[0]
    assert cell(table, "msd", "aum", given=given)["value"] == pytest.approx(expected, abs=1e-6)


def test_a_control_takes_away_what_it_explains(table):
    plain, given = (cell(table, "msd", "aum", given=one) for one in ("", "feature-norm"))
    assert plain["value"] > 0.6 and plain["low"] > given["high"]


def test_the_bootstrap_is_as_wide_as_resampling_by_hand_and_ranks_anew(table):
    """400 resamples by scipy: the intervals' ends agree within their noise."""
    rng, found = np.random.default_rng(11), []
    for _ in range(400):
        rows = rng.integers(0, N, N)
        found.append(scipy.stats.spearmanr(MEANS["msd"][rows], MEANS["forgetting"][rows])[0])
    row = cell(table, "msd", "forgetting")
    assert [row["low"], row["high"]] == pytest.approx(np.quantile(found, [0.025, 0.975]), abs=0.015)


def test_ranks_of_a_resample_are_those_of_its_samples():
    values = np.array([3.0, 1, 2, 2, 5])
    times = np.array([2.0, 0, 1, 3, 1])
    group = np.unique(values, return_inverse=True)[1]
    ranks = score_correlations._ranks(group, times)
    drawn = np.repeat(np.arange(5), times.astype(int))
    assert ranks[drawn].tolist() == scipy.stats.rankdata(values[drawn]).tolist()


def test_the_jackknife_over_members_is_the_textbooks(table):
    whole = scipy.stats.spearmanr(MEANS["msd"], MEANS["aum"])[0]
    without = []
    for out in range(M):
        chosen = np.delete(np.arange(M), out)
        pair = [TOLD[name].scores[chosen].mean(axis=0) for name in ("msd", "aum")]
        without.append(scipy.stats.spearmanr(*pair)[0])
    error = np.sqrt((M - 1) / M * np.sum((np.array(without) - np.mean(without)) ** 2))
    half = scipy.stats.t.ppf(0.975, M - 1) * error
    row = cell(table, "msd", "aum")
    assert [row["member_low"], row["member_high"]] == pytest.approx(
        [whole - half, whole + half], abs=1e-5
    )


def test_its_interval_covers_the_correlation_of_infinitely_many_members():
    """Scores are truth and members' noise: the interval is for the truth's own correlation, which
    the mean of few members falls short of by little here. 300 studies of 8 members.
    """
    rng = np.random.default_rng(5)
    truth = rng.standard_normal((2, 2000))
    truth[1] += truth[0]
    covered, aims = 0, []
    for _ in range(300):
        noisy = truth[:, None] + 0.3 * rng.standard_normal((2, 8, 2000))
        means = np.corrcoef(noisy.mean(axis=1))[0, 1]
        aims.append(means)
    aim = np.mean(aims)
    for _ in range(300):
        noisy = truth[:, None] + 0.3 * rng.standard_normal((2, 8, 2000))
        found = [np.corrcoef(noisy.mean(axis=1))[0, 1]] + [
            np.corrcoef(np.delete(noisy, out, axis=1).mean(axis=1))[0, 1] for out in range(8)
        ]
        low, high = score_correlations._jackknife([np.array(one) for one in found])
        covered += low <= aim <= high
    assert 0.9 <= covered / 300 <= 0.99


def test_what_has_no_members_or_does_not_vary_has_no_interval_over_them(table):
    alone = {"contrast": TOLD["contrast"], "brightness": scores(HARD, members=False)}
    made = score_correlations.table(alone | {"flat": scores(np.ones((M, N)))}, M, LABELS, K)
    assert set(made["first"]) == {"contrast"} and set(made["second"]) == {"brightness"}
    assert np.isnan(made["member_low"]).all() and np.isfinite(made["low"][0])
    # one member: no interval over members, and still one over samples
    one = score_correlations.table({n: s.first(1) for n, s in TOLD.items()}, 1, LABELS, K)
    assert np.isnan(one["member_high"]).all() and set(one["members"]) == {1}
