"""Partial pooling: against a numerical maximum of the restricted likelihood, by hand, and by
simulation.
"""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from hardness.analysis import pooling
from hardness.core import intervals


def simulated(rng, members, groups, tau, common=0.3, means=(0.0, 1.0)):
    """Changes (members, k) with residuals of standard deviation 1, and the classes' true changes
    (k,).
    """
    true = np.asarray(means)[groups] + tau * rng.normal(size=len(groups))
    return true + common * rng.normal(size=(members, 1)) + rng.normal(
        size=(members, len(groups))
    ), true


def two_groups(k):
    return (np.arange(k) >= 0.6 * k).astype(int)


def mixed_model(changes, groups):
    """tau and the classes' predicted values from dense matrices: the restricted likelihood
    maximized numerically.
    """
    members, k = changes.shape
    y = changes.ravel()
    class_of, member_of = np.tile(np.eye(k), (members, 1)), np.repeat(np.eye(members), k, axis=0)
    fixed = (groups[:, None] == np.unique(groups)).astype(float)
    design = class_of @ fixed

    def parts(theta):
        covariance = (
            theta[0] * class_of @ class_of.T
            + theta[1] * member_of @ member_of.T
            + theta[2] * np.eye(y.size)
        )
        inverse = np.linalg.inv(covariance)
        information = design.T @ inverse @ design
        means = np.linalg.solve(information, design.T @ inverse @ y)
        return covariance, information, means, inverse @ (y - design @ means), y - design @ means

    def deviance(theta):
        covariance, information, _, weighted, left = parts(theta)
        return (
            np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1] + left @ weighted
        )

    scale = changes.var()
    fits = [
        scipy.optimize.minimize(
            deviance,
            np.array(start) * scale,
            method="L-BFGS-B",
            bounds=[(0, None), (0, None), (1e-3 * scale, None)],
            options={"ftol": 1e-14, "gtol": 1e-9},
        )
        for start in ((0.3, 0.3, 0.3), (0.02, 0.02, 0.9))
    ]
    best = min(fits, key=lambda fit: fit.fun)
    _, _, means, weighted, _ = parts(best.x)
    return np.sqrt(best.x[0]), fixed @ means + best.x[0] * class_of.T @ weighted, best.x


@pytest.mark.parametrize(
    ("tau", "common", "zeros"),
    [
        (1.5, 1, (False, False)),
        (0, 1, (True, False)),
        (1.5, 0, (False, True)),
        (0, 0, (True, True)),
    ],
)
def test_tau_and_the_classes_are_where_the_restricted_likelihood_is_highest(tau, common, zeros):
    groups, found = np.array([0, 0, 0, 1, 1, 1, 1]), 0
    for seed in range(12):
        changes, _ = simulated(np.random.default_rng([1, seed]), 4, groups, tau, common)
        expected, classes, components = mixed_model(changes, groups)
        fit = pooling.pooled(changes, groups)
        assert fit.tau == pytest.approx(expected, abs=2e-3)
        np.testing.assert_allclose(fit.classes, classes, atol=2e-3)
        found += tuple(components[:2] < 1e-6) == zeros
    assert found >= 2  # this corner of the parameters is among them


def test_a_table_by_hand():
    # class means 0, 2 | 4, 6 about group means 1 | 5; no member effect; residuals of 1 and -1
    residuals = np.array([[1, -1, 1, -1], [-1, 1, -1, 1]])
    fit = pooling.pooled(
        np.array([0, 2, 4, 6]) + residuals, np.array(["easy", "easy", "hard", "hard"])
    )
    # mean squares: classes 2 * 4 / 2 = 4, members 0 / 1, residual 8 / 3; members pooled: 8 / 4 = 2;
    # tau^2 = (4 - 2) / 2
    assert fit.tau == pytest.approx(1) and fit.note == ""
    np.testing.assert_allclose(fit.classes, [0.5, 1.5, 4.5, 5.5])  # half of the way is left
    assert fit.tau_low == 0
    assert fit.tau_high == pytest.approx(np.sqrt((4 / scipy.stats.f.ppf(0.025, 2, 3) - 8 / 3) / 2))


def test_the_lower_mean_square_is_pooled_first():
    # members' mean square 0, classes' .95 of the residual's: below it alone, above it pooled with
    # the members', 18 / 21
    rng, groups = np.random.default_rng(7), np.array([0, 0, 0, 1, 1, 1, 1])
    noise = rng.normal(size=(4, 7))
    noise += noise.mean() - noise.mean(axis=0) - noise.mean(axis=1, keepdims=True)
    effects = np.array([-1.0, 0, 1, -1, 1, 0, 0])
    residual = (noise**2).sum() / 18
    changes = noise + effects * np.sqrt(0.95 * residual / (4 * (effects**2).sum() / 5))
    fit = pooling.pooled(changes, groups)
    assert fit.tau == pytest.approx(np.sqrt((0.95 - 18 / 21) * residual / 4))
    assert fit.tau == pytest.approx(mixed_model(changes, groups)[0], abs=2e-3)


@pytest.mark.parametrize("seed", range(5))
def test_pooling_two_classes_makes_no_interval_longer_than_their_own_means_have(seed):
    changes, _ = simulated(np.random.default_rng([8, seed]), 8, np.zeros(2, dtype=int), 0)
    fit, apart = (pooling.pooled(changes, groups) for groups in (np.zeros(2), np.arange(2)))
    assert (0 < fit.high - fit.low).all()
    assert (fit.high - fit.low <= (apart.high - apart.low) * (1 + 1e-9)).all()


def test_no_spread_gives_all_classes_of_a_group_its_mean_and_says_what_that_is():
    rng, groups = np.random.default_rng(2), two_groups(10)
    flat = rng.normal(size=(8, 10))
    # class means are equal to the digit within groups
    flat += np.array([0.0, 1.0])[groups] - flat.mean(axis=0)
    fit = pooling.pooled(flat, groups)
    assert (fit.tau, fit.tau_low, fit.note) == (0, 0, "no spread between classes seen")
    np.testing.assert_allclose(fit.classes, groups, atol=1e-12)
    assert (fit.low < fit.classes).all() and (fit.classes < fit.high).all()


def test_much_spread_leaves_the_classes_where_they_are():
    changes, _ = simulated(np.random.default_rng(3), 8, two_groups(10), 1000)
    fit = pooling.pooled(changes, two_groups(10))
    np.testing.assert_allclose(fit.classes, changes.mean(axis=0), atol=1e-3)
    assert fit.tau_low < fit.tau < fit.tau_high


def test_pooling_follows_units_and_the_order_of_classes():
    rng, groups = np.random.default_rng(4), two_groups(9)
    changes, _ = simulated(rng, 8, groups, 0.7)
    fit, order = pooling.pooled(changes, groups), rng.permutation(9)
    moved = pooling.pooled(100 * changes[::-1, order], groups[order] == 1)
    for name in ("classes", "low", "high"):
        np.testing.assert_allclose(getattr(moved, name), 100 * getattr(fit, name)[order])
    np.testing.assert_allclose(moved[3:6], np.multiply(100, fit[3:6]))


@pytest.mark.parametrize(("k", "tables"), [(3, 1500), (10, 1200), (100, 400)])
@pytest.mark.parametrize(
    "tau", [0, 0.12, 0.3, 1]
)  # a class mean of 8 members has a standard error of .35
def test_intervals_cover_and_shrunken_classes_are_nearer_to_the_truth(k, tables, tau):
    rng, groups = np.random.default_rng([5, k, round(100 * tau)]), two_groups(k)
    hits, spread_hits, errors = [], [], []
    for _ in range(tables):
        changes, true = simulated(rng, 8, groups, tau)
        fit = pooling.pooled(changes, groups)
        hits.append(((fit.low <= true) & (true <= fit.high)).mean())
        spread_hits.append(fit.tau_low <= tau <= fit.tau_high)
        errors.append(
            [((fit.classes - true) ** 2).mean(), ((changes.mean(axis=0) - true) ** 2).mean()]
        )
    assert 0.935 < np.mean(hits)
    assert 0.92 < np.mean(spread_hits)
    pooled_error, plain_error = np.mean(errors, axis=0)
    if k > 3:  # Stein: three classes about two estimated means need not gain
        assert pooled_error < plain_error * {0: 0.5, 0.12: 0.6, 0.3: 0.85, 1: 1}[tau]


def test_what_cannot_be_pooled():
    changes = np.random.default_rng(6).normal(size=(8, 3))
    mean, low, high = intervals.t_interval(changes[:, 0])
    single = pooling.pooled(changes[:, :1], np.array([True]))  # one class
    np.testing.assert_allclose(
        [single.classes[0], single.low[0], single.high[0]], [mean, low, high]
    )
    assert (
        np.isnan(single[3:6]).all()
        and single.note == "no two classes share a group: nothing to pool"
    )

    apart = pooling.pooled(changes, np.arange(3))
    np.testing.assert_allclose(apart.classes, changes.mean(axis=0))
    assert (
        np.isnan(apart[3:6]).all()
        and (apart.low < apart.classes).all()
        and apart.note == single.note
    )

    # the class alone in its group keeps its mean
    alone = pooling.pooled(changes, np.array([0, 0, 1]))
    assert alone.classes[2] == pytest.approx(changes[:, 2].mean()) and np.isfinite(alone[3:6]).all()

    one = pooling.pooled(changes[:1], np.array([0, 0, 1]))
    np.testing.assert_array_equal(one.classes, changes[0])
    assert (
        np.isnan([one.low, one.high]).all()
        and np.isnan(one[3:6]).all()
        and one.note.startswith("one member")
    )


def test_one_group_of_two_classes_and_members_that_do_not_differ():
    changes = np.tile([0.0, 1.0], (5, 1))
    fit = pooling.pooled(changes, np.zeros(2, dtype=bool))
    np.testing.assert_allclose(
        [fit.classes, fit.low, fit.high], np.tile([0.0, 1.0], (3, 1)), atol=1e-12
    )
    assert fit.tau == pytest.approx(np.sqrt(0.5))
    nothing = pooling.pooled(np.zeros((5, 4)), np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(np.concatenate([nothing.classes, nothing.low, nothing.high]), 0)
    assert (nothing.tau, nothing.tau_low, nothing.tau_high) == (0, 0, 0)
