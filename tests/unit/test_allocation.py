"""From hardness to class sizes: every formula against a case computed by hand, and properties that
must hold for any input.
"""

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hardness.core import classes
from hardness.scoring.scores import Scores
from hardness.sets import allocation, class_tables

ALPHAS = [0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0]


@st.composite
def problems(draw, balanced=False):
    """Ratios (apart from each other by at least .01, or equal), class counts, and an alpha."""
    k = draw(st.integers(2, 12))
    ratios = np.array(draw(st.lists(st.integers(1, 2000), min_size=k, max_size=k))) / 100
    if balanced:
        counts = np.full(k, draw(st.integers(2, 6000)))
    else:
        counts = np.array(draw(st.lists(st.integers(2, 6000), min_size=k, max_size=k)))
    return ratios, counts, draw(st.sampled_from(ALPHAS))


def long_tailed(alpha=10.0):
    """Counts as in CIFAR-10-LT100, the head classes the easiest: sum n_c R_c is negative after
    alpha 10.
    """
    counts = np.array([int(5000 * 100 ** (-c / 9)) for c in range(10)])
    return np.linspace(0.5, 1.5, 10), counts, alpha


# Eq. 2


def test_class_means_by_hand():
    values, labels = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), np.array([0, 2, 0, 2, 2, 1])
    np.testing.assert_allclose(classes.class_means(values, labels, 3), [2, 9, 11 / 3])


def test_class_means_of_members_are_a_row_each():
    values, labels = np.array([[1, 2, 3], [10, 20, 60]], dtype=np.float32), np.array([1, 0, 1])
    np.testing.assert_allclose(classes.class_means(values, labels, 2), [[2, 2], [20, 35]])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 0, 2], "class 1 .* no samples"),
        ([0, 1, 3], "must lie in 0..2.* found 3"),
        ([-1, 1, 2], "found -1"),
    ],
)
def test_class_means_refuse_an_empty_class_and_a_foreign_label(labels, message):
    with pytest.raises(ValueError, match=message):
        classes.class_means(np.ones(3), np.array(labels), 3)


def test_class_means_refuse_what_is_not_finite():
    with pytest.raises(ValueError, match="not finite"):
        classes.class_means(np.array([1.0, np.nan]), np.array([0, 1]), 2)


# Eq. 3 and mode study


def test_ratios_of_the_paper_by_hand():
    np.testing.assert_allclose(
        allocation.ratios_paper(np.array([2.0, 4.0, 0.5]), "down"), [0.5, 0.25, 2]
    )
    np.testing.assert_allclose(
        allocation.ratios_paper(np.array([2.0, 4.0, 0.5]), "up"), [2, 4, 0.5]
    )


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("mean", [-0.6, 0.0, np.nan, np.inf])
def test_ratios_of_the_paper_name_the_classes_where_they_are_undefined(direction, mean):
    with pytest.raises(ValueError, match="cat") as error:
        allocation.ratios_paper(np.array([1.0, mean, 3.0]), direction, ["plane", "cat", "ship"])
    assert "plane" not in str(error.value) and "paper_estimator" in str(error.value)


def test_ratios_of_mode_study_by_hand():
    np.testing.assert_allclose(allocation.scaled_hardness(np.array([-3.0, -1.0, 1.0])), [0, 0.5, 1])
    np.testing.assert_allclose(
        allocation.scaled_hardness(1e-9 * np.array([-3.0, -1.0, 1.0])), [0, 0.5, 1]
    )
    np.testing.assert_allclose(allocation.ratios_study(np.array([-3.0, -1.0, 1.0]), 2), [1, 1.5, 2])
    np.testing.assert_array_equal(allocation.ratios_study(np.array([0.1, 0.1, 0.1]), 5), [1, 1, 1])


@given(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=12, unique=True),
    st.floats(1, 8),
    st.data(),
)
def test_rho_is_the_ratio_between_the_extreme_classes(means, rho, data):
    counts = np.array(
        data.draw(st.lists(st.integers(10**6, 10**7), min_size=len(means), max_size=len(means)))
    )
    result = allocation.allocate(
        allocation.ratios_study(np.array(means) / 7, rho), counts, alpha=None
    )
    per_sample = result.sizes / counts
    assert per_sample[np.argmax(means)] / per_sample[np.argmin(means)] == pytest.approx(
        rho, rel=1e-4
    )
    assert result.achieved == pytest.approx(rho, rel=1e-4)
    assert np.isnan(result.largest_alpha) and not result.clipped.any()


@pytest.mark.parametrize("rho", [0.5, -1, np.inf, np.nan])
def test_rho_below_one_is_refused(rho):
    with pytest.raises(ValueError, match="rho is"):
        allocation.ratios_study(np.array([1.0, 2.0]), rho)


def test_classes_of_equal_hardness_leave_the_set_as_it_is():
    counts = np.array([7, 500, 31])
    result = allocation.allocate(allocation.ratios_study(np.full(3, 0.3), 4), counts, alpha=None)
    np.testing.assert_array_equal(result.sizes, counts)
    assert (result.achieved, result.displaced) == (1, 0)
    assert allocation.allocate(np.full(3, 0.1), counts, 3).largest_alpha == np.inf


# Eqs. 4 to 6


def test_amplify_by_hand():
    ratios = np.array([1.0, 2.0, 6.0])
    np.testing.assert_allclose(allocation.amplify(ratios, 1), [1, 2, 6])
    np.testing.assert_allclose(allocation.amplify(ratios, 0), [3, 3, 3])
    np.testing.assert_allclose(allocation.amplify(ratios, 2), [-1, 1, 9])


@pytest.mark.parametrize("alpha", [-1, np.inf, np.nan])
def test_a_negative_alpha_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha is"):
        allocation.amplify(np.array([1.0, 2.0]), alpha)


def test_class_sizes_by_hand_on_balanced_counts():
    result = allocation.allocate(np.array([1.0, 2.0, 3.0]), np.array([100, 100, 100]))
    np.testing.assert_array_equal(result.sizes, [50, 100, 150])
    assert result.sizes.dtype == np.int64
    assert (
        result.achieved == 3
        and result.displaced == pytest.approx(1 / 6)
        and not result.clipped.any()
    )
    assert result.largest_alpha == pytest.approx(1.96)  # 50 (2 - alpha) = 2


def test_class_sizes_by_hand_on_unequal_counts():
    # n_c R_c = 10, 40, 210 of 260: 3.846, 15.385, 80.769 of 100
    result = allocation.allocate(np.array([1.0, 2.0, 3.0]), np.array([10, 20, 70]))
    np.testing.assert_array_equal(result.sizes, [4, 15, 81])
    assert result.displaced == pytest.approx((6 + 5 + 11) / 200)


def test_clipping_by_hand():
    # R = 0, 2, 4: the first class gets 2, the others share 298
    result = allocation.allocate(np.array([1.0, 2.0, 3.0]), np.array([100, 100, 100]), alpha=2)
    np.testing.assert_allclose(result.ratios, [0, 2, 4])
    np.testing.assert_array_equal(result.sizes, [2, 99, 199])
    np.testing.assert_array_equal(result.clipped, [True, False, False])
    assert result.achieved == pytest.approx(99.5) and result.largest_alpha == pytest.approx(1.96)


def test_clipping_one_class_can_push_another_below_the_floor():
    # 30 * 1/15 = 2 for the second class, but 28 * 1/15 once the first has got its floor
    result = allocation.allocate(np.array([0.0, 1.0, 14.0]), np.array([10, 10, 10]), alpha=None)
    np.testing.assert_array_equal(result.sizes, [2, 2, 26])
    np.testing.assert_array_equal(result.clipped, [True, True, False])


def test_easy_head_classes_at_alpha_10_by_hand():
    # R = -7, 1, 9 and sum n_c R_c = -34,450: unclipped, the easiest class would get everything
    result = allocation.allocate(np.array([0.2, 1.0, 1.8]), np.array([5000, 100, 50]), alpha=10)
    np.testing.assert_array_equal(result.sizes, [2, 936, 4212])


def test_a_study_of_as_many_samples_as_floors_gives_each_class_its_floor():
    result = allocation.allocate(np.array([0.1, 0.2, 0.3, 0.7, 0.7, 0.7]), np.full(6, 2), alpha=3)
    np.testing.assert_array_equal(result.sizes, np.full(6, 2))


@pytest.mark.parametrize(
    ("ratios", "counts", "message"),
    [
        ([1, 2], [1, 2], "3 samples are too few for 2 classes"),
        ([1, 2], [0, 9], "at least 1"),
        ([0, 0], [5, 5], "not all 0"),
        ([1, -2], [5, 5], "at least 0"),
        ([1, np.nan], [5, 5], "finite"),
    ],
)
def test_impossible_allocations_are_refused(ratios, counts, message):
    with pytest.raises(ValueError, match=message):
        allocation.allocate(np.array(ratios), np.array(counts))


@given(problems())
@example(long_tailed())
def test_totals_are_exact_and_the_floor_is_kept(problem):
    ratios, counts, alpha = problem
    result = allocation.allocate(ratios, counts, alpha)
    assert result.sizes.sum() == counts.sum()
    assert result.sizes.min() >= 2
    assert (result.sizes[result.clipped] == 2).all()
    assert 0 <= result.displaced <= 1 and result.achieved >= 1


@given(problems())
@example(long_tailed())
@example(long_tailed(alpha=3.0))
def test_sizes_per_sample_rise_with_hardness_among_unclipped_classes(problem):
    ratios, counts, alpha = problem
    result = allocation.allocate(ratios, counts, alpha)
    for a, b in itertools.permutations(np.flatnonzero(~result.clipped), 2):
        if ratios[a] > ratios[b]:
            assert (
                result.sizes[a] / counts[a] + 1 / counts[a]
                >= result.sizes[b] / counts[b] - 1 / counts[b]
            )


@given(problems(balanced=True))
def test_on_balanced_data_sizes_rise_with_hardness_among_all_classes(problem):
    ratios, counts, alpha = problem
    sizes = allocation.allocate(ratios, counts, alpha).sizes
    for a, b in itertools.permutations(range(len(counts)), 2):
        if ratios[a] > ratios[b]:
            assert sizes[a] >= sizes[b]


@given(problems())
@example(long_tailed())
def test_unclipped_classes_share_in_proportion_to_ratio_and_count(problem):
    ratios, counts, alpha = problem
    result = allocation.allocate(ratios, counts, alpha)
    free = ~result.clipped
    unit = result.sizes[free].sum() / (counts @ np.where(free, result.ratios, 0))
    assert (np.abs(result.sizes - unit * counts * result.ratios)[free] < 1 + 1e-6).all()


@given(problems(), st.randoms(use_true_random=False))
def test_relabelling_the_classes_moves_at_most_one_unit_and_only_at_ties(problem, random):
    ratios, counts, alpha = problem
    permutation = np.array(random.sample(range(len(counts)), len(counts)))
    before = allocation.allocate(ratios, counts, alpha).sizes[permutation]
    after = allocation.allocate(ratios[permutation], counts[permutation], alpha).sizes
    assert np.abs(before - after).max() <= 1
    cut_off = _cut_off(ratios, counts, alpha)[permutation]
    for c in np.flatnonzero(before != after):
        assert np.isclose(cut_off, cut_off[c], atol=1e-8).sum() > 1


def _cut_off(ratios, counts, alpha):
    """What rounding cut off of each class's share, modulo 1."""
    result = allocation.allocate(ratios, counts, alpha)
    free = ~result.clipped
    weights = np.where(free, counts * result.ratios, 0)
    return (weights / weights.sum() * (counts.sum() - 2 * (~free).sum())) % 1


@given(problems())
def test_the_largest_alpha_is_where_clipping_starts(problem):
    ratios, counts, _ = problem
    assume(np.ptp(ratios) > 0)
    largest = allocation.allocate(ratios, counts).largest_alpha
    assert not allocation.allocate(ratios, counts, largest * (1 - 1e-9)).clipped.any()
    assert allocation.allocate(ratios, counts, largest * (1 + 1e-6) + 1e-6).clipped.any()


def test_a_class_below_the_floor_is_lifted_to_it():
    result = allocation.allocate(np.array([1.0, 1.1]), np.array([1, 99]))
    np.testing.assert_array_equal(result.sizes, [2, 98])
    assert result.clipped[0] and np.isnan(result.largest_alpha)


# rounding


def test_largest_remainder_agrees_with_a_published_election():
    # the worked example (Hare quota, ten seats) of Wikipedia's article on the largest remainder
    # method
    votes = np.array([47_000, 16_000, 15_900, 12_000, 6_000, 3_100])
    np.testing.assert_array_equal(allocation.largest_remainder(votes, 10), [5, 2, 1, 1, 1, 0])


def test_ties_go_to_the_lower_index_even_where_float_noise_breaks_them():
    np.testing.assert_array_equal(
        allocation.largest_remainder(np.array([0.3, 0.1 + 0.2, 0.3]), 4), [2, 1, 1]
    )
    np.testing.assert_array_equal(
        allocation.largest_remainder(np.array([1 / 3, 31 / 3, 1 / 3]), 11), [1, 10, 0]
    )
    shares = np.tile([0.5, 0.25], 100)  # of 75: the hundred halves tie for the 75 units
    expected = np.zeros(200)
    expected[0:150:2] = 1
    np.testing.assert_array_equal(allocation.largest_remainder(shares, 75), expected)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=4).filter(any), st.integers(0, 12))
def test_largest_remainder_is_the_nearest_of_all_whole_allocations(shares, total):
    exact = np.array(shares) * total / sum(shares)
    sizes = allocation.largest_remainder(np.array(shares), total)
    assert sizes.sum() == total and sizes.min() >= 0
    every = [x for x in itertools.product(range(total + 1), repeat=len(shares)) if sum(x) == total]
    assert np.abs(sizes - exact).sum() <= np.abs(np.array(every) - exact).sum(axis=1).min() + 1e-9


@pytest.mark.parametrize("shares", [[-1.0, 2.0], [np.nan, 1.0], [np.inf, 1.0], [0.0, 0.0]])
def test_largest_remainder_refuses_what_is_no_share(shares):
    with pytest.raises(ValueError, match="shares must be finite"):
        allocation.largest_remainder(np.array(shares), 3)


# hard and easy classes


def test_hard_classes_by_hand():
    hard, rule = allocation.hard_classes(np.array([100, 100, 100]), np.array([1.0, 2.0, 3.0]), None)
    assert hard.tolist() == [False, False, True] and rule == "paper"
    # weighted mean 1.4
    hard, _ = allocation.hard_classes(np.array([70, 20, 10]), np.array([1.0, 2.0, 3.0]), None)
    assert hard.tolist() == [False, True, True]
    # weighted mean .12
    hard, rule = allocation.hard_classes(np.array([70, 20, 10]), None, np.array([0.0, 0.1, 1.0]))
    assert hard.tolist() == [False, False, True] and rule == "study"
    assert not allocation.hard_classes(np.array([3, 3, 3]), np.full(3, 0.1), None)[0].any()
    with pytest.raises(ValueError, match="both are missing"):
        allocation.hard_classes(np.array([3, 3]), None, None)


@given(problems())
def test_hard_classes_are_those_that_grow_at_alpha_1(problem):
    ratios, counts, _ = problem
    result = allocation.allocate(ratios, counts, 1)
    assume(not result.clipped.any())
    hard, _ = allocation.hard_classes(counts, ratios, None)
    assert (result.sizes[hard] >= counts[hard]).all() and (
        result.sizes[~hard] <= counts[~hard]
    ).all()
    assert hard.any() == (np.ptp(ratios) > 0)


# intervals


def test_bootstrap_interval_agrees_with_scipy():
    rng = np.random.default_rng(5)
    labels = np.repeat([0, 1], [60, 150])
    values = np.where(labels == 0, rng.exponential(2.0, 210), rng.normal(-4, 1, 210))
    low, high = class_tables.bootstrap_class_means(values, labels, 2, seed=0, resamples=20_000)
    for c in range(2):
        own = values[labels == c]
        reference = scipy.stats.bootstrap(
            (own,), np.mean, n_resamples=20_000, method="percentile", rng=1
        )
        tolerance = 0.06 * own.std(ddof=1) / np.sqrt(len(own))
        assert low[c] == pytest.approx(reference.confidence_interval.low, abs=tolerance)
        assert high[c] == pytest.approx(reference.confidence_interval.high, abs=tolerance)


def test_bootstrap_interval_of_one_sample_is_that_sample_and_the_seed_decides():
    values, labels = np.array([3.0, 1.0, 2.0, 5.0]), np.array([1, 0, 0, 0])
    low, high = class_tables.bootstrap_class_means(values, labels, 2, seed=0)
    assert low[1] == high[1] == 3 and low[0] < values[labels == 0].mean() < high[0]
    wide = np.random.default_rng(0).normal(size=50), np.repeat([0, 1], 25)
    first, again, other = (
        class_tables.bootstrap_class_means(*wide, 2, seed)[0] for seed in (1, 1, 2)
    )
    assert (first == again).all() and (first != other).any()


def test_bootstrap_interval_of_a_harmonic_mean_is_scipys_and_leaves_out_what_is_0():
    rng = np.random.default_rng(6)
    values, labels = rng.uniform(1, 9, 120), np.repeat([0, 1], [119, 1])
    low, high = class_tables.bootstrap_class_means(
        values, labels, 2, seed=0, resamples=20_000, harmonic=True
    )
    reference = scipy.stats.bootstrap(
        (values[:-1],), scipy.stats.hmean, n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    assert low[0] == pytest.approx(reference.low, abs=0.03)
    assert low[1] == high[1] == pytest.approx(values[-1])
    assert high[0] == pytest.approx(reference.high, abs=0.03) and high[0] < values[:-1].mean()
    half = np.repeat([0.0, 3.0], 10), np.zeros(20, dtype=int)
    bounds = class_tables.bootstrap_class_means(*half, 1, seed=0, harmonic=True)
    np.testing.assert_allclose(bounds, [[3], [3]])


# The table of classes


NAMES = ["ant", "bee", "cat"]
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
MEANS = [1.0, 2.0, 3.0]  # of each class, by all members


def scores_of(kind):
    """The same class means by members, by none, and at class level with and without members."""
    offsets = np.array([-0.5, 0, 0.5])[:, None]
    of_samples = np.array(MEANS)[LABELS] + np.array([-1, 1, -1, 1, -1, 0, 1, 0, 1, -1]) / 4
    return {
        "members": Scores(of_samples + offsets, np.empty((0, 3, 10)), np.arange(3), "up"),
        "none": Scores(of_samples, np.empty((0, 10)), None, "up"),
        "classes": Scores(np.array(MEANS), np.empty((0, 3)), None, "up", LABELS),
        "recall": Scores(MEANS + offsets, np.empty((0, 3, 3)), np.arange(3), "up", LABELS),
    }[kind]


@pytest.mark.parametrize("kind", ["members", "none", "classes", "recall"])
def test_the_table_of_classes_by_hand(kind):
    policies = allocation.policies([1, 10], [2])
    found = class_tables.table("own", scores_of(kind), LABELS, NAMES, 3, policies)
    rows = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    assert [(row["mode"], row["alpha"], row["rho"], row["name"]) for row in rows] == [
        (*policy, name)
        for policy in (("paper", 1, None), ("paper", 10, None), ("study", None, 2))
        for name in NAMES
    ]
    np.testing.assert_allclose([row["hardness"] for row in rows], MEANS * 3)
    assert [row["n"] for row in rows[:3]] == [4, 3, 3]
    # n R = 4, 6, 9 of 19 of 10 samples: 2.1, 3.2, 4.7; R = -8, 2, 12: the first two get the floor;
    # R = 1, 1.5, 2: n R = 4, 4.5, 6 of 14.5: 2.8, 3.1, 4.1
    assert [row["size"] for row in rows] == [2, 3, 5, 2, 2, 6, 3, 3, 4]
    assert [row["clipped"] for row in rows[:6]] == [False, False, False, True, True, False]
    assert [row["hard"] for row in rows[:3]] == [False, False, True]
    largest = allocation.allocate(np.array(MEANS), np.array([4, 3, 3])).largest_alpha
    assert [row["effective_alpha"] for row in rows[::3]] == [1, pytest.approx(largest), None]
    with_members, of_samples = kind in ("members", "recall"), kind in ("members", "none")
    for row in rows:
        if of_samples:
            assert row["sample_low"] <= row["hardness"] <= row["sample_high"]
        else:
            assert row["sample_low"] is row["sample_high"] is None
        if with_members:  # t(.975, 2) = 4.303, standard deviation 1/2 of three
            half = 4.302653 * 0.5 / 3**0.5
            assert row["member_high"] - row["hardness"] == pytest.approx(half)
        else:
            assert row["member_low"] is row["member_high"] is None


def test_where_eq_3_is_undefined_the_paper_gives_no_sizes_and_the_study_does(capsys):
    scores = Scores(np.array([-1.0, 2, 3]), np.empty((0, 3)), None, "down", LABELS)
    found = class_tables.table("own", scores, LABELS, NAMES, 1, allocation.policies([1], [2]))
    assert found["size"][:3] == [None] * 3 and sum(found["size"][3:]) == 10
    assert found["ratio"][:3] == [None] * 3 and found["hardness"][:3] == [-1, 2, 3]
    assert "own, alpha 1: no class sizes" in capsys.readouterr().out


@pytest.mark.parametrize("members", [None, 2])
def test_a_harmonic_class_value_is_in_the_table_the_sizes_and_the_groups(members):
    values = np.array([2, 6, 3, 0, 4, 4, 4, 0, 0, 0.0])  # ant 3, bee 4, cat has none above 0
    seeds = None if members is None else np.arange(members)
    shape = values.shape if members is None else (members, *values.shape)
    scores = Scores(
        np.broadcast_to(values, shape), np.empty((0, *shape)), seeds, "up", harmonic=True
    )
    found = class_tables.table("own", scores, LABELS, NAMES, 2, allocation.policies([], [3]))
    np.testing.assert_allclose(found["hardness"], [3, 4, 0])
    np.testing.assert_allclose(found["ratio"], [1 + 2 * 3 / 4, 3, 1])
    assert found["sample_low"][0] < 3 < found["sample_high"][0]
    assert [found[f"sample_{end}"][1:] for end in ("low", "high")] == [[4, 0]] * 2
    if members:
        np.testing.assert_allclose(found["member_low"], [3, 4, 0])
    # mode study groups, by the middle of the scaled values: cat has no estimate
    groups = class_tables.groups(scores, LABELS, NAMES, 2)
    assert groups["rule"] == ["study"] * 3 and groups["group"].tolist() == ["hard", "hard", "easy"]


@pytest.mark.parametrize("kind", ["members", "none", "classes", "recall"])
def test_groups_of_classes_are_the_same_for_all_kinds_of_scores(kind):
    found = class_tables.groups(scores_of(kind), LABELS, NAMES, 3)
    # R weighted by n: (4 + 6 + 9) / 10 = 1.9
    assert found["group"].tolist() == ["easy", "hard", "hard"] and found["rule"] == ["paper"] * 3


def test_a_metric_is_a_score_of_classes_by_members():
    evaluation = {
        "seed": np.array([0, 0, 0, 1, 1, 1]),
        "class": np.array([2, 0, 1, 0, 1, 2]),
        "recall": np.array([0.3, 0.1, 0.2, 0.4, 0.5, 0.6]),
        "f1": np.array([0.9, 0.7, 0.8, 0.7, 0.8, 0.9]),
    }
    scores = class_tables.scores_of_metric(evaluation, "recall", LABELS, 3)
    np.testing.assert_allclose(scores.scores, [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    by_f1 = class_tables.scores_of_metric(evaluation, "f1", LABELS, 3).scores
    np.testing.assert_allclose(by_f1, [[0.7, 0.8, 0.9]] * 2)
    assert scores.members == 2 and scores.samples == 10 and scores.direction == "down"
