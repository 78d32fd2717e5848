"""Intervals over members and images: against scipy, by hand, by naive loops, and how often they
cover a known truth.

Bounds on the results of simulations have a margin of at least four standard errors.
"""

import numpy as np
import pytest
import scipy.stats
from scipy.special import ndtr, stdtrit

from hardness.analysis import variance
from hardness.analysis.evaluation import class_metrics, confusion, gaps
from hardness.core import intervals


def covers(low, high, truth):
    return np.mean((np.asarray(low) <= truth) & (truth <= np.asarray(high)), axis=0)


def group_means(values, groups):
    return values @ (groups / groups.sum(axis=1, keepdims=True)).T


# why the study's intervals are what they are


def test_a_percentile_bootstrap_of_8_members_covers_89_percent_and_a_t_interval_95():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(8, 6000))
    drawn = rng.multinomial(8, np.full(8, 1 / 8), size=1500) / 8
    assert covers(*np.percentile(drawn @ values, [2.5, 97.5], axis=0), 0) == pytest.approx(
        0.89, abs=0.02
    )
    assert covers(*intervals.t_interval(values)[1:], 0) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("r", "size"), [(0, 0.064), (-0.2, 0.077), (-0.5, 0.104)])
def test_choosing_paired_or_welch_by_the_sign_of_8_pairs_correlation_breaks_the_size(r, size):
    rng = np.random.default_rng([1, round(-10 * r)])
    full = rng.normal(size=(8, 60000))
    values = r * full + np.sqrt(1 - r**2) * rng.normal(size=full.shape)
    pairs = intervals.t_interval(values - full)[1:]
    correlation = ((values - values.mean(axis=0)) * (full - full.mean(axis=0))).sum(axis=0)
    chosen = np.where(correlation > 0, pairs, variance.welch(values, full)[1:])
    assert 1 - covers(*pairs, 0) == pytest.approx(0.05, abs=0.004)
    assert 1 - covers(*chosen, 0) == pytest.approx(size, abs=0.006)


# welch


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_welch_is_that_of_scipy(level):
    rng = np.random.default_rng(2)
    values, baseline = rng.normal(1, 3, (8, 4)), rng.normal(0, 1, (20, 4))
    difference, low, high = variance.welch(values, baseline, level)
    expected = scipy.stats.ttest_ind(values, baseline, equal_var=False).confidence_interval(level)
    np.testing.assert_allclose(difference, values.mean(axis=0) - baseline.mean(axis=0))
    np.testing.assert_allclose([low, high], [expected.low, expected.high], rtol=1e-10)


def test_welch_of_what_does_not_vary_is_a_point_and_of_one_member_has_no_bounds():
    np.testing.assert_array_equal(
        variance.welch(np.full(3, 0.75), np.full(5, 0.5)), [0.25, 0.25, 0.25]
    )
    difference, low, high = variance.welch(np.array([0.75]), np.array([0.5, 0.25]))
    assert difference == 0.375 and np.isnan([low, high]).all()


# the correlation of pairs


def paired_members(rng, r, k, shared, members=8):
    """Two (members, k) tables: pairs correlate by r, classes of a member by `shared`; classes
    differ in noise.
    """
    scale = np.exp(rng.normal(0, 0.5, k))

    def luck():
        return np.sqrt(1 - shared) * rng.normal(size=(members, k)) + np.sqrt(shared) * rng.normal(
            size=(members, 1)
        )

    seed = np.sqrt(r) * luck()
    return scale * (seed + np.sqrt(1 - r) * luck()), scale * (seed + np.sqrt(1 - r) * luck())


def test_pair_correlation_of_one_class_is_pearsons():
    values, baseline = paired_members(np.random.default_rng(3), 0.5, 1, 0)
    r, low, high = variance.pair_correlation(values, baseline)
    assert r == pytest.approx(scipy.stats.pearsonr(values[:, 0], baseline[:, 0]).statistic)
    assert low < r < high


def test_pair_correlation_and_its_jackknife_by_loops_over_members():
    values, baseline = paired_members(np.random.default_rng(4), 0.4, 5, 0.2)

    def pooled(keep):
        x, y = (table[keep] - table[keep].mean(axis=0) for table in (values, baseline))
        return np.arctanh(np.corrcoef(x.ravel(), y.ravel())[0, 1])

    z = pooled(np.arange(8))
    without = np.array([pooled(np.delete(np.arange(8), m)) for m in range(8)])
    half = scipy.stats.t.ppf(0.975, 7) * (8 * z - 7 * without).std(ddof=1) / np.sqrt(8)
    np.testing.assert_allclose(
        variance.pair_correlation(values, baseline), np.tanh([z, z - half, z + half])
    )


def test_pair_correlation_sees_neither_the_classes_difficulty_nor_the_sets():
    values, baseline = paired_members(np.random.default_rng(5), 0.4, 6, 0.2)
    shifted = variance.pair_correlation(values + np.arange(6), 3 * baseline - 100 * np.arange(6))
    np.testing.assert_allclose(shifted, variance.pair_correlation(values, baseline), rtol=1e-9)


@pytest.mark.parametrize("r", [0, 0.6])
@pytest.mark.parametrize(("k", "shared"), [(1, 0), (10, 0), (10, 0.3), (100, 0.3), (10, 0.9)])
def test_the_interval_of_the_pair_correlation_covers_with_8_members(k, shared, r):
    rng = np.random.default_rng([6, k, round(10 * shared), round(10 * r)])
    found = np.array(
        [variance.pair_correlation(*paired_members(rng, r, k, shared)) for _ in range(1500)]
    )
    assert 0.92 < covers(*found[:, 1:].T, r) < 0.99


def test_the_correlation_of_pairs_at_its_edges():
    same = np.random.default_rng(7).normal(size=(8, 3))
    np.testing.assert_allclose(variance.pair_correlation(same, same), 1, rtol=1e-9)
    assert np.isnan(variance.pair_correlation(np.full((8, 2), 0.1), same[:, :2])).all()
    r, low, high = variance.pair_correlation(same[:3], -same[:3])
    assert r == pytest.approx(-1) and np.isnan([low, high]).all()


# members x images


def test_images_that_are_all_alike_leave_the_t_interval_over_members():
    labels, groups = np.repeat([0, 1, 2], [4, 2, 6]), np.array([[1, 1, 0], [0, 0, 1]], dtype=bool)
    by_class = np.array([[1, 0, 1], [0, 0, 1], [0, -1, 1], [1, 1, -1]])
    found = variance.beyond_images(by_class[:, labels] > 0, by_class[:, labels] < 0, labels, groups)
    np.testing.assert_allclose(found, intervals.t_interval(group_means(by_class, groups)))


def test_members_that_are_all_alike_leave_the_variance_of_the_images():
    labels, groups = np.repeat([0, 1], [4, 2]), np.array([[1, 1], [1, 0]], dtype=bool)
    difference = np.array([1, 1, 0, -1, 0, 1])  # class means 1/4 and 1/2, variances 11/12 and 1/2
    right = (np.tile(difference > 0, (5, 1)), np.tile(difference < 0, (5, 1)))
    mean, low, high = variance.beyond_images(*right, labels, groups)
    np.testing.assert_allclose(mean, [3 / 8, 1 / 4])
    half = 2.776445 * np.sqrt([(11 / 48 + 1 / 4) / 4, 11 / 48])  # t(4, .975)
    np.testing.assert_allclose([low, high], [mean - half, mean + half], rtol=1e-6)


@pytest.mark.parametrize(
    ("table", "mean", "square"),
    [
        ([[1, 0], [0, -1]], 0, 1 / 4 + 1 / 4),  # no interaction
        ([[1, 1], [0, -1], [1, 0]], 1 / 3, 7 / 36 + 1 / 9 - 1 / 36),
        ([[1, 0], [0, 0]], 1 / 4, 1 / 16),  # all three are equal
        ([[1, 0], [0, 1]], 1 / 2, 0),  # 0 + 0 - 1 / 4: not below the first
    ],
)
def test_members_by_images_by_hand(table, mean, square):
    table = np.array(table)
    found = variance.beyond_images(table > 0, table < 0, np.array([0, 0]), np.array([[True]]))
    half = stdtrit(len(table) - 1, 0.975) * np.sqrt(square)
    np.testing.assert_allclose(np.ravel(found), [mean, mean - half, mean + half], atol=1e-12)


def crossed(rng, images, members, own_images, own_members):
    """Right answers of a set and of full of both, random members x random images of 3 classes, and
    the true changes.

    An answer is right where a normal sum is positive: the image's ease and the seed's luck, which
    both share, and what an image and a member have of their own on each.
    """
    labels, level = np.repeat([0, 1, 2], images), np.array([[1.2, 0.3, 0.8], [0.9, 0.5, 0.8]])
    ease, luck = rng.normal(size=len(labels)), 0.1 * rng.normal(size=(members, 1))
    right = [
        level[s][labels] + ease + luck
        + own_images * rng.normal(size=len(labels))
        + own_members * rng.normal(size=(members, 3))[:, labels]
        + 0.5 * rng.normal(size=(members, len(labels))) > 0
        for s in range(2)
    ]  # fmt: skip
    recall = ndtr(level / np.sqrt(1 + 0.1**2 + own_images**2 + own_members**2 + 0.5**2))
    return labels, *right, recall[0] - recall[1]


@pytest.mark.parametrize(
    ("images", "own_images", "own_members", "at_least"),
    [
        (60, 0.7, 0.02, 0.96),
        (60, 0.2, 0.2, 0.93),
        (200, 0.1, 0.5, 0.925),
    ],  # images, both, members are most of the noise
)
def test_the_interval_beyond_members_and_images_covers_the_true_change(
    images, own_images, own_members, at_least
):
    rng, groups = (
        np.random.default_rng([8, images, round(10 * own_images)]),
        np.array([[1, 1, 0], [0, 0, 1]], dtype=bool),
    )
    means, bounds, over_members = [], [], []
    for _ in range(1500):
        labels, one, full, change = crossed(rng, images, 8, own_images, own_members)
        mean, *interval = variance.beyond_images(one, full, labels, groups)
        means.append(mean), bounds.append(interval)
        recall = group_means(class_means(one, labels) - class_means(full, labels), groups)
        over_members.append(intervals.t_interval(recall)[1:])
    means, bounds, truth = np.array(means), np.array(bounds), group_means(change, groups)
    np.testing.assert_allclose(
        means.mean(axis=0), truth, atol=4.5 * means.std(axis=0).max() / np.sqrt(1500)
    )
    covered = covers(bounds[:, 0], bounds[:, 1], truth)
    assert (covered > at_least).all() and (covered < 0.995).all()
    assert (covered >= covers(*np.swapaxes(over_members, 0, 1), truth)).all()
    # the standard error is the estimates' true spread, except for what its floor adds
    errors = (bounds[:, 1] - bounds[:, 0]) / 2 / stdtrit(7, 0.975)
    np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=0)), means.std(axis=0), rtol=0.12)


def class_means(right, labels):
    return np.stack([right[:, labels == c].mean(axis=1) for c in np.unique(labels)], axis=1)


def test_beyond_images_where_little_is_known():
    labels, groups = np.array([0, 0, 1]), np.array([[1, 0], [0, 1], [0, 0]], dtype=bool)
    right = np.array([[1, 0, 1], [1, 1, 0]], dtype=bool)
    mean, low, high = variance.beyond_images(right, ~right, labels, groups)
    np.testing.assert_allclose(mean, [0.5, 0, np.nan])
    assert np.isfinite(low[0]) and np.isnan([low[1:], high[1:]]).all()  # one image; no class
    mean, low, high = variance.beyond_images(right[:1], ~right[:1], labels, groups)
    assert mean[1] == 1 and np.isnan([low, high]).all()
    with pytest.raises(ValueError, match="class 2 of 0..2 has no samples"):
        variance.beyond_images(right, right, labels, np.ones((1, 3), dtype=bool))


def test_the_jackknife_of_a_mean_is_students_t():
    """An identity; and a statistic of two members has no interval."""
    values = np.random.default_rng(6).normal(size=(7, 3))
    found = variance.jackknifed(lambda chosen: chosen[:, 1].mean(), values)
    np.testing.assert_allclose(found, intervals.t_interval(values[:, 1]))
    assert np.isnan(variance.jackknifed(np.std, values[:2])[1:]).all()


# the two-way bootstrap


def metrics_of(labels, predicted, k):
    found = class_metrics(confusion(labels, predicted, k))
    return np.stack([found[name] for name in variance.METRICS])


def guesses(rng, labels, k, members, right=0.7):
    guess = rng.integers(k, size=(members, len(labels)))
    return np.where(rng.random((members, len(labels))) < right, labels, guess)


def test_the_two_way_bootstrap_is_what_a_loop_over_resampled_tables_finds():
    rng, k = np.random.default_rng(9), 3
    labels, groups = (
        rng.permutation(np.repeat([0, 1, 2], [5, 9, 14])),
        np.array([[1, 1, 0], [0, 0, 1]], dtype=bool),
    )
    full, one = guesses(rng, labels, k, 4), guesses(rng, labels, k, 4, 0.5)
    changes = []
    for _ in range(2000):
        pairs = rng.integers(4, size=4)
        images = np.concatenate(
            [rng.choice(np.flatnonzero(labels == c), (labels == c).sum()) for c in range(k)]
        )
        both = [
            metrics_of(labels[images], table[pairs][:, images], k).mean(axis=1)
            for table in (one, full)
        ]
        changes.append(group_means(both[0] - both[1], groups))
    found = variance.two_way_bootstrap(labels, [full, one], groups, seed=0, resamples=4000)
    spread = np.std(changes, axis=0)
    for bound, expected in zip(found, np.percentile(changes, [2.5, 97.5], axis=0), strict=True):
        assert bound.shape == (1, len(variance.METRICS), 2)
        assert (
            np.abs(bound[0] - expected) < 0.25 * spread
        ).all()  # a percentile's own error: .06 and .04 of it


def test_where_resampling_changes_nothing_the_bounds_are_the_change_itself():
    labels, groups = np.repeat([0, 1, 2], [3, 4, 5]), np.array([[1, 0, 0], [0, 1, 1]], dtype=bool)
    sets = [
        np.tile(np.array(to)[labels], (3, 1)) for to in ([0, 1, 2], [0, 2, 2], [1, 0, 0], [0, 0, 0])
    ]
    low, high = variance.two_way_bootstrap(labels, sets, groups, seed=1, resamples=50)
    values = [group_means(metrics_of(labels, one, 3).mean(axis=1), groups) for one in sets]
    # classes never predicted among them
    np.testing.assert_allclose(low, np.subtract(values[1:], values[0]), atol=1e-6)
    np.testing.assert_allclose(high, low, atol=1e-6)


def test_all_sets_share_a_draw_and_do_not_depend_on_each_other():
    rng = np.random.default_rng(10)
    labels, groups = np.repeat([0, 1], 20), np.array([[1, 1], [1, 0]], dtype=bool)
    full, one, other = (guesses(rng, labels, 2, 5, right) for right in (0.8, 0.6, 0.7))
    low, high = variance.two_way_bootstrap(
        labels, [full, one, full, other, one], groups, seed=2, resamples=200
    )
    alone = variance.two_way_bootstrap(labels, [full, one], groups, seed=2, resamples=200)
    np.testing.assert_array_equal([low[1], high[1]], 0)
    np.testing.assert_allclose([low[[0, 3]], high[[0, 3]]], np.repeat(alone, 2, axis=1), atol=1e-6)
    assert (low[0] < high[0]).all()
    assert not np.allclose(
        low, variance.two_way_bootstrap(labels, [full, one, full, other, one], groups, 3, 200)[0]
    )


def test_the_two_way_bootstrap_covers_the_change_between_populations_of_members_and_images():
    rng, k, drawn = np.random.default_rng(11), 3, 60
    labels, groups = np.repeat(np.arange(k), 2000), np.array([[1, 1, 0], [0, 0, 1]], dtype=bool)
    ease = rng.normal(size=(len(labels), k)) + 1.5 * np.eye(k)[labels]
    luck = 0.1 * rng.normal(size=(150, 1, k))
    population = []
    for shift in (0, 0.3):
        own = ease + 0.5 * rng.normal(size=ease.shape) + shift * np.array([-1, 0, 1])
        noise = rng.standard_normal((150, *ease.shape), dtype=np.float32)
        population.append((own + luck + 0.7 * noise).argmax(axis=2).astype(np.int16))
    full, one = population
    truth = group_means(
        (metrics_of(labels, one, k) - metrics_of(labels, full, k)).mean(axis=1), groups
    )
    bounds = []
    for seed in range(500):
        members = rng.integers(150, size=8)
        images = (np.arange(k)[:, None] * 2000 + rng.integers(2000, size=(k, drawn))).ravel()
        tables = [table[members][:, images] for table in population]
        bounds.append(
            variance.two_way_bootstrap(labels[images], tables, groups, seed, resamples=300)
        )
    covered = covers(*np.moveaxis(np.array(bounds)[:, :, 0], 1, 0), truth)
    assert (
        covered.shape == (len(variance.METRICS), 2)
        and (covered > 0.94).all()
        and (covered < 1).all()
    )


def test_the_two_way_bootstrap_where_little_is_known():
    labels, groups = np.array([0, 0, 1]), np.array([[1, 1], [0, 0]], dtype=bool)
    right = np.array([[0, 0, 1], [0, 1, 1]])
    low, high = variance.two_way_bootstrap(labels, [right, 1 - right], groups, seed=0, resamples=20)
    assert (
        np.isfinite([low[:, :, 0], high[:, :, 0]]).all()
        and np.isnan([low[:, :, 1], high[:, :, 1]]).all()
    )
    assert np.isnan(
        variance.two_way_bootstrap(labels, [right[:1], right[1:]], groups, seed=0)
    ).all()
    with pytest.raises(ValueError, match=r"classes 0\.\.1 of 3 test images; they are 0\.\.2 of 3"):
        variance.two_way_bootstrap(labels, [right, 2 * right], groups, seed=0)
    with pytest.raises(ValueError, match=r"they are 0\.\.1 of 2 images"):
        variance.two_way_bootstrap(labels, [right[:, :2]], groups, seed=0)


# the standard deviation without noise


def recalls_of_100_classes():
    """Mean recalls: normal, cut at two standard deviations; mean .75, standard deviation .11, .51
    to .99.
    """
    normal = scipy.stats.truncnorm.ppf((np.arange(100) + 0.5) / 100, -2, 2)
    return 0.75 + 0.11 * normal / normal.std()


def test_extremes_of_noisy_recalls_are_biased_by_what_the_definitions_say():
    true, noise = recalls_of_100_classes(), np.random.default_rng(12).normal(0, 0.04, (2000, 100))
    easy, none = true > true.mean(), np.full((1, 1), -1)
    found, truth = (
        gaps(true + noise, easy, np.repeat(none, 2000, axis=0), none),
        gaps(true[None], easy, none, none),
    )
    for name, bias in {"sd": 0.007, "range": 0.053, "quantile_gap": 0.023, "mad": 0.005}.items():
        assert found[name].mean() - truth[name][0] == pytest.approx(bias, abs=0.0025), name


@pytest.mark.parametrize(
    "true", [recalls_of_100_classes(), np.linspace(0.5, 0.9, 10)], ids=["100", "10"]
)
def test_the_sd_without_noise_is_the_classes_own(true):
    rng = np.random.default_rng(13)
    recalls = true + rng.normal(0, 0.04, (1000, 8, len(true)))
    found = [variance.sd_without_noise(recall) for recall in recalls]
    assert np.mean(found) == pytest.approx(true.std(), abs=0.001)
    assert recalls.std(axis=2).mean() > true.std() + 0.004


def test_the_sd_without_noise_by_loops_over_pairs_of_members():
    recall = np.random.default_rng(14).normal(0, 1, (5, 7)) + np.arange(7)
    covariances = [np.cov(recall[a], recall[b], ddof=0)[0, 1] for a in range(5) for b in range(a)]
    assert variance.sd_without_noise(recall) == pytest.approx(np.sqrt(np.mean(covariances)))


def test_the_sd_without_noise_at_its_edges():
    alike = np.tile([0.2, 0.5, 0.9], (4, 1))
    assert variance.sd_without_noise(alike) == pytest.approx(np.std([0.2, 0.5, 0.9]))
    assert variance.sd_without_noise(np.array([[0.2, 0.8], [0.8, 0.2]])) == 0
    assert np.isnan(variance.sd_without_noise(alike[:1]))
    change, low, high = variance.sd_without_noise_change(alike[:2], alike[:2])
    assert change == 0 and np.isnan([low, high]).all()
    np.testing.assert_allclose(
        variance.sd_without_noise_change(alike, 2 * alike), -np.std([0.2, 0.5, 0.9])
    )


def test_the_change_of_the_sd_is_jackknifed_over_pairs_of_members():
    rng = np.random.default_rng(15)
    one, full = (0.1 * rng.normal(size=(6, 9)) + np.linspace(0, size, 9) for size in (0.6, 0.8))
    change, low, high = variance.sd_without_noise_change(one, full)
    assert change == variance.sd_without_noise(one) - variance.sd_without_noise(full)
    without = [
        variance.sd_without_noise(np.delete(one, m, 0))
        - variance.sd_without_noise(np.delete(full, m, 0))
        for m in range(6)
    ]
    half = (
        scipy.stats.t.ppf(0.975, 5) * (6 * change - 5 * np.array(without)).std(ddof=1) / np.sqrt(6)
    )
    np.testing.assert_allclose([low, high], [change - half, change + half])


@pytest.mark.parametrize("k", [10, 100])
def test_the_change_of_the_sd_covers_a_true_change_that_unequal_noise_hides(k):
    rng, true = np.random.default_rng([16, k]), np.linspace(0.5, 0.9, k)
    narrower = 0.7 + 0.9 * (true - 0.7)
    found, naive = [], []
    for _ in range(1500):
        luck = 0.03 * rng.normal(size=(8, k))
        full, one = true + luck, narrower + luck + 0.06 * rng.normal(size=(8, k))
        found.append(variance.sd_without_noise_change(one, full))
        naive.append((one.std(axis=1) - full.std(axis=1)).mean())
    found, change = np.array(found), narrower.std() - true.std()
    assert found[:, 0].mean() == pytest.approx(change, abs=0.002)
    assert np.mean(naive) > change + 0.01
    assert 0.92 < covers(*found[:, 1:].T, change) < 0.98
