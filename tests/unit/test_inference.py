"""Tests on paired changes: against scipy.stats, by hand, and by simulation of their size and power
at 8 members.
"""

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hardness.analysis import inference

# classes averaged: precision easy, hard, recall easy, hard of CIFAR-10
GROUPS = np.array([6, 4, 6, 4])
COLUMN = np.tile(np.arange(4), 9)  # nine strategies
ERROR = np.sqrt(2 / 8)  # of a mean change over 8 members, where a member's sd is 1


def noise(rng, tables, members=8, full=20, sd=1.0):
    """Nine sets and their common baseline, no change: changes (tables, members, 36), baseline
    (tables, full, 4).
    """
    baseline = rng.normal(0, sd, (tables, full, 4))
    sets = rng.normal(0, sd, (tables, members, 9, 4))
    return (sets - baseline[:, :members, None]).reshape(tables, members, 36), baseline


def rejected(changes, scale):
    return np.array(
        [inference.max_t(table, row) <= 0.05 for table, row in zip(changes, scale, strict=True)]
    )


tables_of_changes = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8),
    elements=st.integers(-9, 9).map(float),
)


# ---- is there a change


@pytest.mark.parametrize("members", [5, 6, 8, 11])
@pytest.mark.parametrize("shift", [0, 0.5, 1.2])
def test_one_cell_has_the_p_of_scipys_permutation_test(members, shift):
    values = np.random.default_rng(members).normal(shift, 1, members)
    expected = scipy.stats.permutation_test(
        [values], np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert inference.max_t(values[:, None], np.ones(1)) == pytest.approx([expected.pvalue])


def test_tied_flips_count_whatever_their_rounding():
    # sums of +-.6 (2 flips) and +-.4 (12) are at least .4
    values = np.array([0.1, 0.1, 0.1, 0.1, 0.1, -0.1])
    assert inference.max_t(values[:, None], np.ones(1)) == pytest.approx([14 / 64])
    mixed = np.array([0.1, 0.2, 0.3, 0.7, 0.9, 1.1, -0.6, 0.4])
    whole = np.rint(10 * mixed)
    np.testing.assert_array_equal(
        inference.max_t(mixed[:, None], np.full(1, 0.3)),
        inference.max_t(whole[:, None], np.ones(1)),
    )


def test_a_large_cell_does_not_hide_a_small_one():
    # both: only the identity and its opposite reach the observed
    changes = np.tile([10.0, 1.0], (8, 1))
    np.testing.assert_allclose(inference.max_t(changes, np.ones(2)), 2 / 256)


def test_p_grows_from_the_largest_cell_to_the_smallest():
    alternating = np.array([3.0, -2.0] * 4)  # mean .5
    changes = np.stack([alternating, np.ones(8)], axis=1)  # by itself, the mean of 1 has p 2/256
    p = inference.max_t(changes, np.ones(2))
    flips = np.array(list(itertools.product([1, -1], repeat=8))) @ changes / 8
    np.testing.assert_allclose(p[1], np.mean(np.abs(flips).max(axis=1) >= 1))
    assert p[0] >= p[1] > 2 / 256


def test_cells_that_are_copies_cost_nothing():
    values = np.random.default_rng(1).normal(0.8, 1, (8, 1))
    alone = inference.max_t(values, np.ones(1))
    np.testing.assert_array_equal(
        inference.max_t(np.tile(values, 36), np.ones(36)), np.repeat(alone, 36)
    )


@settings(deadline=None)
@given(tables_of_changes, st.randoms(use_true_random=False))
def test_p_depends_neither_on_the_order_nor_the_unit_nor_the_direction(changes, random):
    members, cells = changes.shape
    scale = np.ones(cells)
    p = inference.max_t(changes, scale)
    rows, columns = random.sample(range(members), members), random.sample(range(cells), cells)
    np.testing.assert_array_equal(inference.max_t(changes[rows][:, columns], scale), p[columns])
    np.testing.assert_array_equal(inference.max_t(-0.001 * changes, 0.001 * scale), p)
    assert (p >= 2 / 2**members).all() and (p <= 1).all()


@settings(deadline=None)
@given(
    hnp.arrays(
        np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.floats(-1, 1)
    )
)
def test_fewer_than_six_members_find_nothing(changes):
    assert (inference.max_t(changes, np.ones(changes.shape[1])) > 0.05).all()
    assert np.isnan(inference.detectable(changes, np.ones(changes.shape[1]))).all()
    largest, point = inference.largest_point(changes)
    assert largest <= point


def test_six_members_can_find_something():
    assert inference.max_t(np.ones((6, 1)), np.ones(1)) == pytest.approx([2 / 64])
    largest, point = inference.largest_point(np.ones((6, 1)))
    assert largest == 1 and point < 1


def test_random_flips_beyond_twelve_members_agree_with_all():
    values = np.random.default_rng(2).normal(0.35, 1, (13, 1))
    flips = np.array(list(itertools.product([1, -1], repeat=13))) @ values[:, 0] / 13
    exact = np.mean(np.abs(flips) >= abs(values.mean()) * (1 - 1e-9))
    assert 0.01 < exact < 0.5
    found = inference.max_t(values, np.ones(1))[0]
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact / 1e5))
    assert found != inference.max_t(values, np.ones(1), seed=1)[0]  # random they are


def test_random_flips_count_the_identity():
    assert inference.max_t(np.ones((40, 1)), np.ones(1))[0] == 1e-5


def test_family_wise_error_is_held_with_a_scale_from_other_members():
    changes, full = noise(np.random.default_rng(3), 3000)
    scale = full[:, 8:].std(axis=1, ddof=1)[:, COLUMN]
    errors = rejected(changes, scale).any(axis=1).mean()
    assert 0.03 < errors < 0.05 + 4 * 0.004
    changes[:, :, :18] += 3  # the other half of the cells must not be rejected more often for it
    found = rejected(changes, scale)
    assert found[:, :18].mean() > 0.9
    assert found[:, 18:].any(axis=1).mean() < 0.05 + 4 * 0.004


@pytest.mark.parametrize(
    ("members_of_full", "low", "high"), [(20, 0.035, 0.076), (8, 0.065, 0.117)]
)
def test_family_wise_error_with_a_scale_from_the_compared_members(members_of_full, low, high):
    changes, full = noise(np.random.default_rng(4), 2000)
    scale = [
        inference.scales(baseline[:members_of_full], c, COLUMN)
        for baseline, c in zip(full, changes, strict=True)
    ]
    assert low < rejected(changes, scale).any(axis=1).mean() < high


def test_power_is_that_without_the_large_cell_and_three_times_that_of_a_t_per_cell():
    changes, full = noise(np.random.default_rng(5), 600)
    scale = full.std(axis=1, ddof=1)[:, COLUMN]
    changes[:, :, 0] += 3.3 * ERROR
    alone = rejected(changes, scale)[:, 0].mean()
    changes[:, :, 1] += 50
    beside = rejected(changes, scale)[:, 0].mean()
    signs = np.array(list(itertools.product([1, -1], repeat=7)))
    flips = np.abs(np.concatenate([np.ones((128, 1)), signs], axis=1) @ changes / 8)
    single_step = (flips / scale[:, None]).max(axis=2) >= np.abs(changes.mean(axis=1) / scale)[
        :, :1
    ]
    assert beside == pytest.approx(alone, abs=0.03)
    assert (single_step.mean(axis=1) <= 0.05).mean() < 0.01 < 0.3 < beside
    squares = (changes**2).sum(axis=1, keepdims=True)
    # a t per cell, large cell left out
    t = np.delete(flips / np.sqrt(squares - 8 * flips**2), 1, axis=2).max(axis=2)
    own = np.abs(changes.mean(axis=1)) / np.sqrt(squares[:, 0] - 8 * changes.mean(axis=1) ** 2)
    assert 0.2 < ((t >= own[:, :1] * (1 - 1e-9)).mean(axis=1) <= 0.05).mean() / beside < 0.5


def test_holm_never_rejects_one_cell_of_36_with_8_pairs_and_max_t_does():
    changes = noise(np.random.default_rng(6), 1)[0][0]
    changes[:, 0] += 50
    single = [inference.max_t(changes[:, [j]], np.ones(1))[0] for j in range(36)]
    assert 36 * min(single) == 36 * 2 / 256 > 0.05
    assert inference.max_t(changes, np.ones(36))[0] == 2 / 256


def test_scale_is_the_spread_of_full_in_the_cells_column():
    full = np.array([[0.9, 0.5], [0.92, 0.5], [0.94, 0.5]])  # the second column never varies
    changes = np.array([[1.0, 3.0, 5.0], [1.0, -4.0, 0.0]])
    found = inference.scales(full, changes, np.array([0, 1, 1]))
    np.testing.assert_allclose(found, [0.02, np.sqrt(50 / 4), np.sqrt(50 / 4)])


def test_scale_of_one_member_is_the_size_of_its_columns_changes():
    np.testing.assert_allclose(
        inference.scales(np.array([[0.9]]), np.array([[3.0, -4.0]]), np.zeros(2, int)), 12.5**0.5
    )


def test_nothing_varies_nothing_is_found():
    changes = np.column_stack([np.zeros(8), np.ones(8)])
    scale = inference.scales(np.full((8, 2), 0.1), changes, np.array([0, 1]))
    np.testing.assert_allclose(scale, [0, 1])
    np.testing.assert_allclose(inference.max_t(changes, scale), [1, 2 / 256])
    detectable = inference.detectable(changes, scale)
    assert np.isnan(detectable[0]) and detectable[1] == 0


@pytest.mark.parametrize(
    ("changes", "scale", "message"),
    [
        (np.array([[1.0, np.nan]]), np.ones(2), "changes of cell 1 are not finite"),
        (np.ones(3), np.ones(3), r"members x cells.* shape is \(3,\)"),
        (np.empty((0, 3)), np.ones(3), "at least one of each"),
        (np.ones((2, 3)), np.ones(2), "for each of 3 cells"),
        (np.ones((2, 1)), np.array([-1.0]), "number >= 0"),
        (np.array([[0.0, 1.0]]), np.zeros(2), "scale of cell 1 is 0, but its changes are not"),
    ],
)
def test_max_t_refuses(changes, scale, message):
    with pytest.raises(ValueError, match=message):
        inference.max_t(changes, scale)


# ---- the largest change of a table


@settings(deadline=None)
@given(tables_of_changes.filter(lambda changes: changes.any()))
def test_the_largest_is_above_its_point_where_the_smallest_p_says_so(changes):
    largest, point = inference.largest_point(changes / 7)
    assert largest == pytest.approx(np.abs(changes.mean(axis=0)).max() / 7)
    assert (largest > point) == (inference.max_t(changes, np.ones(changes.shape[1])).min() <= 0.05)


def test_the_point_by_hand():
    # the 16 sums are +-1, +-3 .. +-15, two each of a size
    changes = np.array([[8.0], [4.0], [2.0], [1.0]])
    assert inference.largest_point(changes, 0.5) == (15 / 4, 7 / 4)
    assert inference.largest_point(changes, 0.8) == (15 / 4, 13 / 4)


@pytest.mark.parametrize(
    "whole",
    [
        [[4, 4, 4, 1, 0, 3, 1, -2, 4], [0, 0, -4, -4, 3, -3, -3, -1, 2]],
        [[-4, -4, 0, -2, 1, -2, -1, -3, -1], [1, -4, 4, 1, 2, 1, -1, -2, -4]],
        [[1, -1, 2, -2, -1, 0, 1], [-2, -2, -1, -3, -4, 2, -4]],
    ],
)
def test_a_flip_as_large_as_the_largest_is_not_below_it_for_its_rounding(whole):
    largest, point = inference.largest_point(np.transpose(whole).astype(float))
    assert largest == point  # of whole numbers, so without rounding
    largest, point = inference.largest_point(np.transpose(whole) * 0.1)
    assert largest == point


@pytest.mark.parametrize(("sd", "low", "high"), [(0.0044, 0.0014, 0.0030), (0.008, 0.0025, 0.0054)])
def test_noise_alone_makes_the_largest_of_36_cells_as_large_as_table_1s(sd, low, high):
    changes, _ = noise(np.random.default_rng(7), 2000, sd=sd)
    largest, point = np.array(
        [inference.largest_point(table) for table in changes / np.sqrt(GROUPS)[COLUMN]]
    ).T
    assert np.mean((low <= largest) & (largest <= high)) > 0.8
    assert np.quantile(largest, [0.02, 0.9]) == pytest.approx([low, high], rel=0.06)
    assert np.mean(largest > point) < 0.05 + 4 * 0.005


# ---- is there none


@pytest.mark.parametrize("margin", [0.3, 0.9])
@pytest.mark.parametrize("members", [2, 5, 8])
def test_tost_is_two_t_tests_of_scipy(members, margin):
    values = np.random.default_rng(members).normal(0.2, 0.5, (members, 6))
    upper = scipy.stats.ttest_1samp(values, margin, alternative="less").pvalue
    lower = scipy.stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    passes, p = inference.tost(values, margin)
    np.testing.assert_allclose(p, np.maximum(lower, upper), rtol=1e-9)
    np.testing.assert_array_equal(passes, np.maximum(lower, upper) <= 0.05)


def test_tost_passes_from_the_smallest_margin_on():
    values = np.random.default_rng(8).normal(-0.3, 1, (8, 50))
    smallest = inference.smallest_margin(values)
    interval = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.9)
    np.testing.assert_allclose(smallest, np.maximum(np.abs(interval.low), np.abs(interval.high)))
    for cell, margin in enumerate(smallest):
        assert inference.tost(values[:, cell], 1.0001 * margin)[0]
        assert not inference.tost(values[:, cell], 0.9999 * margin)[0]


@pytest.mark.parametrize(("noise_sd", "low"), [(0.1, 0.047), (1.0, 0.0)])
def test_tost_passes_a_change_of_the_margins_size_in_at_most_5_percent(noise_sd, low):
    values = np.random.default_rng(9).normal(1, noise_sd, (8, 100_000))
    assert low < inference.tost(values, 1.0)[0].mean() < 0.053


def test_members_that_agree_to_the_bit_decide():
    passes, p = inference.tost(np.tile([0.25, -0.25, 0.5, 1.0], (8, 1)), 0.5)
    np.testing.assert_array_equal(passes, [True, True, False, False])
    np.testing.assert_array_equal(p, [0, 0, 1, 1])


@pytest.mark.parametrize(("values", "margin"), [(np.zeros((1, 2)), 0.5), (np.zeros((8, 2)), None)])
def test_one_member_or_no_margin_shows_nothing(values, margin):
    passes, p = inference.tost(values, margin)
    np.testing.assert_array_equal(passes, [False, False])
    assert np.isnan(p).all() and p.shape == (2,)


def test_one_member_has_no_smallest_margin_and_no_power():
    assert np.isnan(inference.smallest_margin(np.ones((1, 2)))).all()
    assert np.isnan(inference.detectable_by_t(np.ones(2), 1)).all()
    assert np.isnan(inference.detectable_margin(np.ones(2), 1)).all()
    assert np.isnan(inference.sd_interval(np.ones(2), 1)).all()
    assert inference.tost_power(0.001, 1, 1) == 0


@pytest.mark.parametrize(
    ("p", "passes", "members", "expected"),
    [
        (0.01, False, 8, "changed"),
        (0.05, True, 8, "changed, below the margin"),
        (0.051, True, 8, "none"),
        (0.5, False, 8, "undecided"),
        (None, True, 8, "undecided"),
        (np.nan, False, 8, "undecided"),
        (0.0625, True, 5, "undecided"),
        (2 / 64, np.False_, 6, "changed"),
    ],
)
def test_the_four_verdicts(p, passes, members, expected):
    assert inference.verdict(p, passes, members) == expected


# ---- nothing in the table


def test_nothing_in_the_table_needs_every_cell():
    changes = noise(np.random.default_rng(10), 1)[0][0]
    verdict, power = inference.nothing_in_table(changes, 5)
    assert verdict == "nothing in the table" and power > 0.99
    changes[:, 7] += 5
    # a change is no noise: the power stays
    assert inference.nothing_in_table(changes, 5) == (
        "undecided",
        power,
    )
    verdict, power = inference.nothing_in_table(changes, 1)
    assert verdict == "undecided (this M could not have shown it)" and power < 0.1


def test_nothing_in_the_table_without_a_margin_or_with_few_members():
    verdict, power = inference.nothing_in_table(np.zeros((8, 2)), None)
    assert verdict == "undecided" and np.isnan(power)
    assert inference.nothing_in_table(np.zeros((1, 2)), 1) == (
        "undecided (this M could not have shown it)",
        0,
    )
    assert inference.nothing_in_table(np.array([[0.1], [-0.1]]), 1)[0] == "nothing in the table"


def test_the_power_of_nothing_in_the_table_is_the_share_of_flips_that_pass():
    changes = np.random.default_rng(18).normal(0.4, 1, (8, 3))
    wide = (changes - changes.mean(axis=0)) * np.sqrt(8 / 7)
    flips = np.array(list(itertools.product([1, -1], repeat=8)))
    share = np.mean([inference.tost(signs[:, None] * wide, 1.0)[0].all() for signs in flips])
    assert 0.1 < share < 0.9
    assert inference.nothing_in_table(changes, 1.0)[1] == pytest.approx(share)


@pytest.mark.parametrize("members", [8, 12])
def test_the_power_of_nothing_in_the_table_is_right_on_average(members):
    changes, _ = noise(np.random.default_rng(11), 1000, members)
    margin = 2.25 * np.sqrt(8 / members)
    mean, sd = changes.mean(axis=1), changes.std(axis=1, ddof=1)
    true = (
        (np.abs(mean) + scipy.stats.t.ppf(0.95, members - 1) * sd / np.sqrt(members) < margin)
        .all(axis=1)
        .mean()
    )
    power = np.mean([inference.nothing_in_table(table, margin)[1] for table in changes[:150]])
    assert 0.3 < true < 0.8
    assert power == pytest.approx(true, abs=0.12)


# ---- power


def test_interval_of_an_sd_is_that_of_chi_square():
    low, high = inference.sd_interval(np.array([1.0, 2.0]), 8)
    # tabulated: 1.6899, 16.0128
    np.testing.assert_allclose(low, np.array([1, 2]) * np.sqrt(7 / 16.0128), rtol=1e-5)
    np.testing.assert_allclose(high, np.array([1, 2]) * np.sqrt(7 / 1.6899), rtol=1e-4)
    assert (round(low[0], 2), round(high[0], 1)) == (0.66, 2.0)


def test_interval_of_an_sd_covers_it():
    sd = np.random.default_rng(12).normal(0, 3, (8, 20_000)).std(axis=0, ddof=1)
    low, high = inference.sd_interval(sd, 8)
    assert np.mean((low <= 3) & (3 <= high)) == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize(("members", "errors", "tables"), [(6, 4.6, 80), (8, 4.1, 12)])
def test_max_t_finds_the_detectable_change_in_four_of_five_tables(members, errors, tables):
    rng = np.random.default_rng(13)
    changes, _ = noise(rng, tables, members)
    effect = np.mean([inference.detectable(table, np.ones(36)) for table in changes])
    assert effect / np.sqrt(2 / members) == pytest.approx(errors, rel=0.08)
    changes, _ = noise(rng, 1000, members)
    changes[:, :, 5] += effect
    assert 0.76 < rejected(changes, np.ones((1000, 36)))[:, 5].mean() < 0.89


def test_the_detectable_change_hangs_on_no_quieter_cell_and_on_no_direction():
    loud = np.random.default_rng(17).normal(0, 1, (8, 1))
    alone = inference.detectable(loud, np.ones(1))
    both = inference.detectable(np.hstack([loud, loud[::-1] / 1000]), np.ones(2))
    np.testing.assert_allclose(both[0], alone[0], rtol=2e-3)
    assert 0.3 * alone[0] < both[1] < alone[0]  # it must rise above the loud one
    np.testing.assert_allclose(inference.detectable(-loud, np.ones(1)), alone, rtol=1e-9)


@pytest.mark.parametrize("members", [8, 14])
def test_the_detectable_change_is_proportional_to_the_noise_and_grows_with_the_table(members):
    changes = noise(np.random.default_rng(14), 1, members)[0][0]
    scale = np.linspace(1, 2, 36)
    found = inference.detectable(changes, scale)
    np.testing.assert_allclose(inference.detectable(3 * changes, scale), 3 * found, rtol=2e-3)
    np.testing.assert_allclose(inference.detectable(changes + 7, 5 * scale), found, rtol=2e-3)
    alone = np.array([inference.detectable(changes[:, [j]], np.ones(1))[0] for j in range(36)])
    assert (found > alone).all()


@pytest.mark.parametrize("members", [2, 3, 8, 20, 300])
def test_a_paired_t_finds_the_change_that_it_should(members):
    df = members - 1
    effect = inference.detectable_by_t(np.array([2.0]), members)
    shift = effect * np.sqrt(members) / 2
    bound = scipy.stats.t.ppf(0.975, df)
    assert scipy.stats.nct.sf(bound, df, shift) == pytest.approx([0.8], abs=1e-4)
    if members == 8:
        values = np.random.default_rng(15).normal(effect, 2, (8, 40_000))
        assert np.mean(scipy.stats.ttest_1samp(values, 0).pvalue <= 0.05) == pytest.approx(
            0.8, abs=0.008
        )


@pytest.mark.parametrize(("members", "margin"), [(2, 5.0), (3, 2.0), (8, 1.0), (8, 1.6), (30, 0.5)])
def test_power_of_tost_is_what_a_simulation_finds(members, margin):
    values = np.random.default_rng(16).normal(0, 2, (members, 40_000))
    power = inference.tost(values, 2 * margin)[0].mean()
    assert power > 0.1
    assert inference.tost_power(2, 2 * margin, members) == pytest.approx(power, abs=0.01)


def test_power_of_tost_with_many_members_is_that_of_a_normal():
    expected = 2 * scipy.stats.norm.cdf(100 * 0.03 - 1.6449) - 1
    assert inference.tost_power(1, 0.03, 10_000) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("members", [2, 5, 8, 20, 100])
def test_the_detectable_margin_needs_as_many_members(members):
    margin = inference.detectable_margin(0.7, members)
    assert inference.tost_power(0.7, margin, members) == pytest.approx(0.8, abs=1e-6)
    assert inference.members_needed(0.7, 1.0001 * margin) == members
    assert inference.members_needed(0.7, 0.9999 * margin) == members + 1


@pytest.mark.parametrize(
    ("what", "classes", "sd", "margin", "published"),
    [
        ("single class, CIFAR-10", 1, 0.0044, 0.005, 15),
        ("single class, CIFAR-10", 1, 0.008, 0.005, 45),
        ("single class, CIFAR-100", 1, 0.021, 0.01, 75),
        ("single class, CIFAR-100", 1, 0.04, 0.01, 270),
        ("easy - hard, CIFAR-100", 1 / (1 / 58 + 1 / 42), 0.04, 0.01, 12),
        ("easy - hard, CIFAR-10", 1 / (1 / 6 + 1 / 4), 0.008, 0.005, 19),
        ("quantile gap, CIFAR-10", 1 / (1 / 2 + 1 / 2), 0.008, 0.005, 45),
        ("quantile gap, CIFAR-100", 1 / (1 / 10 + 1 / 10), 0.04, 0.01, 55),
    ],
)
def test_members_that_the_margins_need_are_those_of_the_plan(what, classes, sd, margin, published):
    # a difference of two members' class means
    needed = inference.members_needed(sd * np.sqrt(2 / classes), margin)
    assert needed == pytest.approx(published, abs=1 + 0.03 * published)


def test_members_needed_at_the_ends():
    assert inference.members_needed(0.0, 0.005) == 2
    assert np.isnan(inference.members_needed(0.01, None)) and np.isnan(
        inference.members_needed(np.nan, 0.005)
    )
    with pytest.raises(ValueError, match="margin is 0; it must lie above 0"):
        inference.members_needed(0.01, 0)
    normal = (1.6449 + 1.2816) ** 2 * 100**2
    assert inference.members_needed(1.0, 0.01) == pytest.approx(normal, rel=1e-3)
