"""Stability and agreement: against explicit sets and scores.ranking, by hand, and by simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardness.analysis import stability
from hardness.core import classes, intervals
from hardness.scoring.scores import Scores, hardness, ranking
from hardness.sets import allocation

RATES = [10, 20, 30, 40, 50, 60, 70, 80, 90]


def make_scores(scores, keys=None, direction="up"):
    scores = np.asarray(scores, dtype=np.float32)
    keys = np.empty((0, *scores.shape)) if keys is None else np.asarray(keys)
    return Scores(scores, keys.astype(np.float32), np.arange(len(scores)), direction)


def noisy_scores(members=8, n=400, noise=1.0, seed=0, direction="up"):
    rng = np.random.default_rng(seed)
    return make_scores(
        rng.normal(size=n) + noise * rng.normal(size=(members, n)), direction=direction
    )


@st.composite
def tied_scores(draw):
    """Scores and keys of few different values, so that most samples tie somewhere."""
    n, members, keys = draw(st.integers(10, 60)), draw(st.integers(2, 6)), draw(st.integers(0, 2))
    rng, values = np.random.default_rng(draw(st.integers(0, 2**32))), draw(st.integers(1, 6))
    scores = rng.integers(0, values, (members, n)) / draw(st.sampled_from([1, 3, 7]))
    made = make_scores(
        scores, rng.integers(-2, 2, (keys, members, n)), draw(st.sampled_from(["up", "down"]))
    )
    return made._replace(random_ties=draw(st.booleans()))


def rows_of(columns, **wanted):
    """The rows of a table of columns whose values are the wanted ones."""
    table = {name: np.asarray(values) for name, values in columns.items()}
    chosen = np.all([table[name] == value for name, value in wanted.items()], axis=0)
    assert chosen.any()
    return {name: values[chosen] for name, values in table.items()}


def pruned_sets(scores, members, counts):
    return [set(ranking(scores, members)[:count].tolist()) for count in counts]


# The sets


@given(tied_scores(), st.randoms(use_true_random=False))
def test_tiers_are_the_sets_of_the_one_ranking(scores, random):
    columns = stability.member_columns(scores)
    order = random.sample(range(len(scores.scores)), len(scores.scores))
    counts = stability.pruned_counts(scores.scores.shape[1], RATES)
    growing = stability._growing(scores, columns, np.array(order), counts)
    for size, tier in enumerate(growing, start=1):
        expected = pruned_sets(scores, np.array(order[:size]), counts)
        assert [set(np.flatnonzero(tier <= r).tolist()) for r in range(len(counts))] == expected


@given(tied_scores())
def test_shared_counts_the_samples_in_both_sets(scores):
    counts = stability.pruned_counts(scores.scores.shape[1], RATES)
    columns = stability.member_columns(scores)
    one, other = (next(stability._growing(scores, columns, [m], counts)) for m in (0, 1))
    sets = zip(
        pruned_sets(scores, np.array([0]), counts),
        pruned_sets(scores, np.array([1]), counts),
        strict=True,
    )
    np.testing.assert_array_equal(
        stability.shared(one, other, len(counts)), [len(a & b) for a, b in sets]
    )


def test_more_rates_than_a_byte_can_count():
    scores = noisy_scores(members=2, n=1000)
    counts = np.arange(1, 1000)
    tier = stability.tiers(stability.member_columns(scores)[:, 0], counts)
    np.testing.assert_array_equal(np.argsort(tier), ranking(scores, 1))


@pytest.mark.parametrize("rates", [[], [0, 10], [20, 10], [10, 10], [50, 100], [-5]])
def test_rates_must_ascend_between_0_and_100(rates):
    with pytest.raises(ValueError, match="must ascend, in percent, between 0 and 100"):
        stability.pruned_counts(100, rates)


@pytest.mark.parametrize("rates", [[10, 50], [50, 90]])
def test_rates_that_prune_nothing_or_all_are_refused(rates):
    with pytest.raises(ValueError, match="of 4 samples"):
        stability.pruned_counts(4, rates)


# Eq. 9


def test_pruning_change_by_hand():
    # Means over 1, 2, 3 members, times 1, 2, 3: [0 1 2 3], [4 2 2 3], [4 7 2 3]. At 50%: {0 1}, {1
    # 2}, {2 3}.
    scores = make_scores([[0, 1, 2, 3], [4, 1, 0, 0], [0, 5, 0, 0]])
    paper = rows_of(stability.pruning_change(scores, [50], orders=3), mode="paper")
    np.testing.assert_array_equal(paper["members"], [1, 2])
    np.testing.assert_array_equal(paper["rate"], [50, 50])
    np.testing.assert_allclose(paper["change"], [50, 50])
    assert np.isnan(paper["low"]).all() and np.isnan(paper["high"]).all()


def test_ties_that_fall_at_random_change_as_much_of_the_pruned_set_as_chance_says():
    """With the paper's counts of ties by eight members: 4,163 samples are never forgotten, 3,430
    once. Its 5,000 pruned are the first and 837 of the second, drawn anew for nine members.

    A sample that is forgotten `rate` times by a member on average has a Poisson count; rates have a
    gamma distribution, which the two counts fix (shape .8755, mean 1.76).
    """
    n, members, shape, rate = 50_000, 9, 0.8755, 1.76
    rng = np.random.default_rng(5)
    counts = rng.poisson(rng.gamma(shape, rate / shape, n), (members, n))
    ties = np.bincount(counts[:8].sum(axis=0))[:2]
    np.testing.assert_allclose(ties, [4163, 3430], rtol=0.05)
    by_index = make_scores(counts)
    found = {
        random: rows_of(
            stability.pruning_change(by_index._replace(random_ties=random), [10], orders=1),
            mode="paper", members=8,
        )["change"][0]
        for random in (False, True)
    }  # fmt: skip
    assert found[True] == pytest.approx(16.3, abs=1) and found[False] < 0.8 * found[True]


@pytest.mark.parametrize("direction", ["up", "down"])
def test_pruning_change_is_eq_9_of_sets_written_out(direction):
    scores = noisy_scores(members=6, n=97, direction=direction)
    found = stability.pruning_change(scores, RATES, orders=2)
    counts = [round(rate * 97 / 100) for rate in RATES]
    for j in range(1, 6):
        before, after = pruned_sets(scores, j, counts), pruned_sets(scores, j + 1, counts)
        expected = [100 * len(b - a) / len(a) for a, b in zip(before, after, strict=True)]
        np.testing.assert_allclose(rows_of(found, mode="paper", members=j)["change"], expected)


def test_random_orders_average_to_the_mean_over_all_orders():
    # From 1 member to 2: the mean over all ordered pairs of members.
    scores = noisy_scores(members=4, n=60)
    changes = []
    for a, b in itertools.permutations(range(4), 2):
        first, both = (pruned_sets(scores, np.array(members), [30])[0] for members in ([a], [a, b]))
        changes.append(100 * len(both - first) / 30)
    found = rows_of(stability.pruning_change(scores, [50], orders=3000), mode="study", members=1)
    assert found["change"][0] == pytest.approx(np.mean(changes), abs=0.3)
    assert found["low"][0] >= min(changes) and found["high"][0] <= max(changes)
    assert found["low"][0] < found["change"][0] < found["high"][0]


def test_random_orders_are_seeded():
    scores = noisy_scores()
    one, same, other = (
        stability.pruning_change(scores, RATES, orders=5, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one["change"], same["change"])
    assert (one["change"] != other["change"]).any()


def test_equal_members_change_nothing():
    found = stability.pruning_change(make_scores(np.tile(np.arange(50), (4, 1))), RATES, orders=3)
    np.testing.assert_allclose(found["change"], 0, atol=1e-12)
    assert len(found["change"]) == 2 * len(RATES) * 3


def test_change_shrinks_like_one_over_the_members_as_eq_9_does_by_construction():
    found = stability.pruning_change(noisy_scores(members=20, n=20000, noise=0.3), [50], orders=10)
    change = rows_of(found, mode="study")["change"]
    assert change[15] / change[7] == pytest.approx(8 / 16, rel=0.2)


def test_a_single_member_has_no_change():
    found = stability.pruning_change(noisy_scores(members=1), RATES)
    assert list(found) == ["mode", "rate", "members", "change", "low", "high"]
    assert {len(column) for column in found.values()} == {0}


def test_no_random_orders_are_refused():
    with pytest.raises(ValueError, match="0 random orders"):
        stability.pruning_change(noisy_scores(), RATES, orders=0)


# Eq. 8


def test_absolute_differences_by_hand():
    # Classes of 4. Class means by one member 1, 3; by two (1 + 3) / 2 = 2 and 2. Eq. 6: S = 8 R /
    # sum R.
    labels, names = np.repeat([0, 1], 4), ("parameter", "members", "min", "mean", "max")
    found = stability.absolute_differences(
        make_scores([[1] * 4 + [3] * 4, [3] * 4 + [1] * 4]), labels, 2
    )
    paper = rows_of(found, mode="paper")  # sizes 2, 6, then 4, 4
    assert [paper[name].item() for name in names] == ["a1", 1, 2, 2, 2]
    study = rows_of(found, mode="study")  # ratios 1, 2: 8/3, 16/3, rounded 3, 5; then z = 0: 4, 4
    assert [study[name].item() for name in names] == ["r2", 1, 1, 1, 1]


@pytest.mark.parametrize("direction", ["up", "down"])
def test_absolute_differences_are_those_of_allocations_of_each_ensemble(direction):
    rng = np.random.default_rng(4)
    labels = rng.permutation(np.repeat(np.arange(5), [30, 40, 50, 60, 70]))
    scores = make_scores(rng.uniform(0.5, 2, (4, 250)) + labels, direction=direction)
    found = stability.absolute_differences(
        scores, labels, 5, [allocation.PaperPolicy(3), allocation.StudyPolicy(1.5)]
    )
    counts, sizes = np.bincount(labels), {"paper": [], "study": []}
    for j in range(1, 5):
        raw = classes.class_means(scores.scores[:j].mean(axis=0, dtype=np.float64), labels, 5)
        up = classes.class_means(hardness(scores, j), labels, 5)
        sizes["paper"].append(
            allocation.allocate(allocation.ratios_paper(raw, direction), counts, 3).sizes
        )
        sizes["study"].append(
            allocation.allocate(allocation.ratios_study(up, 1.5), counts, None).sizes
        )
    for mode, parameter in (("paper", "a3"), ("study", "r1.5")):
        rows, moved = (
            rows_of(found, mode=mode, parameter=parameter),
            np.abs(np.diff(sizes[mode], axis=0)),
        )
        np.testing.assert_array_equal(rows["members"], [1, 2, 3])
        for name in ("min", "mean", "max"):
            np.testing.assert_allclose(rows[name], getattr(moved, name)(axis=1))


def test_rows_of_mode_paper_are_left_out_where_eq_3_is_undefined():
    # Class 0's mean by 1, 2, 3, 4 members: -1, 0, 1/3, 1/2.
    scores = make_scores([[value] * 3 + [2] * 3 for value in (-1, 1, 1, 1)], direction="down")
    found = stability.absolute_differences(scores, np.repeat([0, 1], 3), 2)
    assert rows_of(found, mode="paper")["members"].tolist() == [3]
    assert rows_of(found, mode="study")["members"].tolist() == [1, 2, 3]


# Overlap


def test_overlap_by_hand():
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    rankings = {"one": np.arange(10), "other": np.array([0, 1, 5, 6, 2, 3, 4, 7, 8, 9])}
    found = stability.overlap(rankings, [20, 40], labels)
    assert (found["first"], found["second"]) == (["one", "one"], ["other", "other"])
    np.testing.assert_array_equal(found["n_pruned"], [2, 4])
    np.testing.assert_allclose(found["replaced"], [0, 2 / 4])
    np.testing.assert_allclose(found["jaccard"], [1, 2 / 6])
    np.testing.assert_allclose(found["replaced_chance"], [0.8, 0.6])
    np.testing.assert_allclose(found["jaccard_chance"], [0.2 / 1.8, 0.4 / 1.6])
    # Class counts (2, 0) and (2, 0); then (4, 0) and (2, 2).
    np.testing.assert_allclose(
        found["replaced_chance_given_classes"], [1 - (2 * 2 / 5) / 2, 1 - (4 * 2 / 5) / 4]
    )


def test_overlap_of_each_pair_is_that_of_sets_written_out():
    rng = np.random.default_rng(5)
    labels, rankings = np.arange(83) % 4, {name: rng.permutation(83) for name in "abc"}
    found = stability.overlap(rankings, RATES, labels)
    assert list(zip(found["first"], found["second"], strict=True))[::9] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
    ]
    for row in range(27):
        count = found["n_pruned"][row]
        one, other = (
            set(rankings[found[name][row]][:count].tolist()) for name in ("first", "second")
        )
        assert count == round(found["rate"][row] * 83 / 100)
        assert found["replaced"][row] == pytest.approx(len(one - other) / len(one))
        assert found["jaccard"][row] == pytest.approx(len(one & other) / len(one | other))


def test_opposite_rankings_share_only_what_they_must():
    rankings = {"up": np.arange(100), "down": np.arange(100)[::-1]}
    found = stability.overlap(rankings, [20, 50, 80], np.zeros(100, dtype=int))
    np.testing.assert_allclose(found["replaced"], [1, 1, 20 / 80])


def test_random_rankings_overlap_by_chance():
    rng, found = np.random.default_rng(6), []
    labels = np.repeat(np.arange(4), [400, 300, 200, 100])
    for _ in range(300):
        found.append(
            stability.overlap(
                {"a": rng.permutation(1000), "b": rng.permutation(1000)}, [20, 70], labels
            )
        )
    mean = {
        name: np.mean([columns[name] for columns in found], axis=0) for name in list(found[0])[4:]
    }
    np.testing.assert_allclose(mean["replaced"], mean["replaced_chance"], atol=0.003)
    np.testing.assert_allclose(mean["jaccard"], mean["jaccard_chance"], atol=0.003)
    np.testing.assert_allclose(mean["replaced"], mean["replaced_chance_given_classes"], atol=0.003)


def test_estimators_that_agree_only_on_classes_overlap_as_their_class_counts_say():
    rng, found = np.random.default_rng(7), []
    labels = np.repeat(np.arange(4), 250)
    for _ in range(300):  # within a class at random, class 0 mostly the easiest
        orders = [np.argsort(labels + rng.normal(0, 0.7, 1000)) for _ in "ab"]
        found.append(stability.overlap(dict(zip("ab", orders, strict=True)), [20], labels))
    replaced, by_classes, chance = (
        np.mean([columns[name] for columns in found])
        for name in ("replaced", "replaced_chance_given_classes", "replaced_chance")
    )
    assert replaced == pytest.approx(by_classes, abs=0.003)
    assert by_classes < chance - 0.2


def test_overlap_names_an_empty_class():
    with pytest.raises(ValueError, match="class 1 .* no samples"):
        stability.overlap({"a": np.arange(10), "b": np.arange(10)}, [20], np.array([0, 2] * 5))


def test_one_estimator_has_no_pairs():
    found = stability.overlap({"a": np.arange(10)}, [20], np.zeros(10, dtype=int))
    assert {len(column) for column in found.values()} == {0}


# Reliability


def simulate(members, n=4000, k=20, noise=2.0, seed=8):
    """Members who see the truth with noise of their own: n true values of k classes that differ,
    variance 1 in all.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    truth = np.sqrt(0.2) * rng.normal(size=k)[labels] + np.sqrt(0.8) * rng.normal(size=n)
    return make_scores(truth + noise * rng.normal(size=(members, n))), labels, truth


def test_reliability_of_scores_is_that_of_larger_ensembles():
    # Correlation of two independent ensembles of m members: 1 / (1 + noise^2 / m), whatever m.
    scores, labels, truth = simulate(members=20)
    found = rows_of(
        stability.reliability(scores, labels, 20, RATES, hardness_members=8), quantity="scores"
    )
    variance = truth.var()
    assert found["half"][0] == 10
    assert found["correlation"][0] == pytest.approx(variance / (variance + 4 / 10), abs=0.01)
    assert found["all_members"][0] == pytest.approx(variance / (variance + 4 / 20), abs=0.01)
    assert found["hardness_members"][0] == pytest.approx(variance / (variance + 4 / 8), abs=0.01)
    assert found["low"][0] < found["correlation"][0] < found["high"][0]


@pytest.mark.parametrize("size", [8, 20])
def test_stepped_up_reliability_is_the_correlation_of_two_such_ensembles(size):
    scores, labels, _ = simulate(members=40)
    found = rows_of(
        stability.reliability(make_scores(scores.scores[:20]), labels, 20, RATES, 8),
        quantity="scores",
    )
    one, other = (
        scores.scores[chosen].mean(axis=0) for chosen in (slice(0, size), slice(size, 2 * size))
    )
    stepped = found["all_members" if size == 20 else "hardness_members"][0]
    assert stepped == pytest.approx(np.corrcoef(one, other)[0, 1], abs=0.02)


def test_class_sizes_are_as_reliable_as_the_class_means_behind_them():
    # With classes of one size, sizes of mode study are a linear function of class means, up to
    # rounding.
    scores, labels, _ = simulate(members=6, noise=4.0)
    found = rows_of(
        stability.reliability(scores, labels, 20, RATES, 6, splits=400), quantity="class-sizes"
    )
    means = np.array([np.bincount(labels, weights=row) / 200 for row in scores.scores])
    halves = [[0, a, b] for a in range(1, 6) for b in range(a + 1, 6)]
    expected = [
        np.corrcoef(means[h].mean(0), means[[m for m in range(6) if m not in h]].mean(0))[0, 1]
        for h in halves
    ]
    assert found["correlation"][0] == pytest.approx(np.mean(expected), abs=0.01)
    assert found["all_members"][0] == pytest.approx(
        intervals.spearman_brown(found["correlation"][0], 2)
    )
    assert found["low"][0] >= min(expected) - 0.01 and found["high"][0] <= max(expected) + 0.01


def test_pruned_sets_are_compared_between_disjoint_halves_and_not_stepped_up():
    scores, labels = noisy_scores(members=2, n=200), np.arange(200) % 2
    # two members: each is a half
    found = stability.reliability(scores, labels, 2, RATES, 2, splits=3)
    counts = [2 * rate for rate in RATES]
    pairs = zip(
        pruned_sets(scores, np.array([0]), counts),
        pruned_sets(scores, np.array([1]), counts),
        strict=True,
    )
    for rate, (one, other) in zip(RATES, pairs, strict=True):
        row = rows_of(found, quantity=f"pruned-{rate}")
        expected = len(one - other) / len(one)
        np.testing.assert_allclose([row["correlation"], row["low"], row["high"]], expected)
        assert np.isnan([row["all_members"], row["hardness_members"]]).all()


def test_scores_without_any_signal_have_no_reliability():
    rng = np.random.default_rng(9)
    found = stability.reliability(
        make_scores(rng.normal(size=(20, 5000))), np.arange(5000) % 10, 10, [50], 8
    )
    scores, pruned = rows_of(found, quantity="scores"), rows_of(found, quantity="pruned-50")
    assert scores["correlation"][0] == pytest.approx(0, abs=0.02)
    assert pruned["correlation"][0] == pytest.approx(0.5, abs=0.01)


def test_members_that_agree_are_wholly_reliable_also_an_odd_number_of_them():
    scores = make_scores(np.tile(np.arange(60), (5, 1)))
    found = stability.reliability(scores, np.arange(60) // 20, 3, [50], 4, splits=4)
    assert found["quantity"] == ["scores", "class-sizes", "pruned-50"] and found["half"] == [
        2,
        2,
        2,
    ]
    np.testing.assert_allclose(found["correlation"], [1, 1, 0], atol=1e-12)
    np.testing.assert_allclose(found["all_members"], [1, 1, np.nan])


def test_reliability_does_not_depend_on_the_direction():
    up = noisy_scores(members=4)
    found = [
        stability.reliability(scores, np.arange(400) % 5, 5, RATES, 4, splits=5)
        for scores in (up, Scores(-up.scores, up.keys, up.seeds, "down"))
    ]
    for name in ("correlation", "low", "high"):
        np.testing.assert_allclose(found[0][name], found[1][name])


def test_a_single_member_has_no_halves():
    found = stability.reliability(noisy_scores(members=1), np.arange(400) % 5, 5, RATES, 1)
    assert list(found) == [
        "quantity",
        "half",
        "correlation",
        "low",
        "high",
        "all_members",
        "hardness_members",
    ]
    assert {len(column) for column in found.values()} == {0}


def test_no_splits_are_refused():
    with pytest.raises(ValueError, match="at least 1; they are 0 and 4"):
        stability.reliability(noisy_scores(), np.arange(400) % 5, 5, RATES, 4, splits=0)


# Estimators without members


def without_members(values, labels=None):
    values = np.asarray(values, dtype=np.float32)
    return Scores(values, np.empty((0, *values.shape), np.float32), None, "up", labels)


def test_an_estimator_without_members_is_left_out_by_name_but_of_the_overlap(capsys):
    rng, labels = np.random.default_rng(3), np.arange(60) % 3
    member_scores = noisy_scores(members=4, n=60, seed=1)
    every = {
        "loss": member_scores,
        "density": without_members(rng.normal(size=60)),
        "spread": without_members([3, 1, 2], labels),
    }
    settings = {"rates": [20, 50], "orders": 3, "splits": 3}
    ensembles = {"stability": 4, "hardness": 2}
    made = stability.tables(every, labels, 3, ensembles, settings, [1], [2])
    alone = stability.tables({"loss": member_scores}, labels, 3, ensembles, settings, [1], [2])
    for name in ("change", "differences", "reliability"):
        assert set(made[name]["estimator"]) == {"loss"}
        for column, values in alone[name].items():
            np.testing.assert_array_equal(made[name][column], values)
    pairs = list(zip(made["overlap"]["first"], made["overlap"]["second"], strict=True))
    assert pairs[:6:2] == [("loss", "density"), ("loss", "spread"), ("density", "spread")]
    said = capsys.readouterr().out
    assert "density" in said and "spread" in said and "loss" not in said


def test_estimators_are_compared_by_the_hardness_members_and_by_all():
    """Two estimators that agree in the first two members, and in no pruned sample in the others."""
    rng, labels = np.random.default_rng(4), np.zeros(40, dtype=int)
    first = np.tile(rng.permutation(40), (4, 1)).astype(np.float32)
    second = np.where(np.arange(4)[:, None] < 2, first, 100 - 5 * first)
    scores = {
        name: Scores(values, np.empty((0, 4, 40), np.float32), np.arange(4), "up")
        for name, values in (("a", first), ("b", second.astype(np.float32)))
    }
    settings = {"rates": [20, 50], "orders": 1, "splits": 1}
    ensembles = {"stability": 4, "hardness": 2}
    found = stability.tables(scores, labels, 1, ensembles, settings, [1], [2])["overlap"]
    assert found["members"] == [2, 2, 4, 4]
    np.testing.assert_allclose(found["jaccard"], [1, 1, 0, 0])
    once = stability.tables(scores, labels, 1, ensembles | {"hardness": 4}, settings, [1], [2])
    assert once["overlap"]["members"] == [4, 4]


def test_overlap_with_scores_of_classes_is_that_of_whole_classes():
    """Half is pruned: all of class 1, easiest, and by index the first ten of class 2."""
    labels = np.arange(60) % 3
    spread = ranking(without_members([3, 1, 2], labels), 8)
    assert spread[:20].tolist() == list(range(1, 60, 3))
    found = stability.overlap({"spread": spread, "index": np.arange(60)}, [50], labels)
    common = len([i for i in range(30) if i % 3])  # of classes 1 and 2
    assert found["replaced"] == pytest.approx([(30 - common) / 30])
