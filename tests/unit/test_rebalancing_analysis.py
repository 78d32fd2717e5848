"""The comparisons of methods of re-balancing: values by hand, scipy's t, direct loops, and the
numbers that Yu et al. (2022) print.
"""

import math

import numpy as np
import pytest
from scipy import stats
from test_parts import setting
from test_rebalancing import watched

from hardness.analysis import passes, readings, rebalancing, simulation
from hardness.analysis.rebalancing import Classes, Design, Method
from hardness.core import artifacts
from hardness.data.datasets import Data, TrainingSet, none_synthetic
from hardness.sets import splits
from hardness.training import weighting
from hardness.training.parts import OBJECTIVES, SAMPLERS

DIGITS = np.array([str(digit) for digit in range(10)])
NONE = np.empty(0, dtype=int)


def of_digits(digits):
    """Even and odd, of these digits."""
    digits = np.asarray(digits)
    return Classes(digits % 2, np.array(["even", "odd"]), digits, DIGITS)


def of_classes(labels, k):
    names = np.array([f"c{c}" for c in range(k)])
    return Classes(np.asarray(labels), names, NONE, np.empty(0, dtype=str))


# Groups


def test_groups_of_even_and_odd_digits_are_the_papers():
    """Sec. 4.3: major are 0 and 2, 1 and 3; minor 4, 6, 8 and 5, 7, 9."""
    trained = of_digits(np.repeat(np.arange(10), np.arange(20, 0, -2)))
    found = rebalancing.groups(of_digits(np.arange(10)), trained)
    members = {name: np.flatnonzero(mask).tolist() for name, mask in found.items()}
    assert members.pop("all") == list(range(10))
    assert {members.pop(f"digit-{digit}")[0] for digit in range(10)} == set(range(10))
    assert members == {
        "even": [0, 2, 4, 6, 8],
        "odd": [1, 3, 5, 7, 9],
        "even-major": [0, 2],
        "even-minor": [4, 6, 8],
        "odd-major": [1, 3],
        "odd-minor": [5, 7, 9],
    }


@pytest.mark.parametrize(("k", "minority"), [(100, 30), (10, 3), (4, 1), (3, 1), (2, 1)])
def test_the_minority_are_the_classes_with_the_fewest_training_samples(k, minority):
    """As many as Tang et al. take of 100. Majority and minority make up all classes: of the paper's
    Table 2, .7 x 54.1 + .3 x 9.0 = 40.6, its overall accuracy.
    """
    sizes = np.random.default_rng(k).permutation(np.arange(5, 5 + k))
    trained = of_classes(np.repeat(np.arange(k), sizes), k)
    found = rebalancing.groups(of_classes(np.arange(k), k), trained)
    expected = sorted(range(k), key=lambda c: sizes[c])[:minority]
    assert sorted(np.flatnonzero(found["minority"])) == sorted(expected)
    np.testing.assert_array_equal(found["majority"], ~found["minority"])
    assert found["class-c1"].tolist() == [c == 1 for c in range(k)]


def test_classes_of_equal_size_have_no_minority():
    every = of_classes(np.repeat(np.arange(3), 4), 3)
    assert {*rebalancing.groups(every, every)} == {"all", "class-c0", "class-c1", "class-c2"}


# Accuracies, gains, intervals

RIGHT = {
    "plain": np.array([[1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 1, 0]], dtype=bool),
    "other": np.array([[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, 1, 1]], dtype=bool),
}
BASES = {("s", "plain"): "plain", ("s", "other"): "plain"}


def toy():
    groups = {"all": np.ones(4, dtype=bool), "first": np.arange(4) < 2, "none": np.zeros(4, bool)}
    return {
        Method("s", recipe, reading): rebalancing.accuracy(right, groups)
        for recipe, reading, right in (
            ("plain", "logits", RIGHT["plain"]),
            ("plain", "tde-1", RIGHT["other"]),
            ("other", "logits", RIGHT["other"]),
        )
    }


def test_members_have_accuracies_and_gains_over_the_same_seed_of_the_base():
    """Of 4 samples members have 2, 2, 3 right, and by the other method 3, 3, 4."""
    columns = rebalancing.members(toy(), BASES)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    of = {(row["recipe"], row["reading"], row["group"], row["seed"]): row for row in rows}
    assert len(of) == len(rows) == 3 * 2 * 3  # a group without samples is left out
    plain = [of["plain", "logits", "all", seed] for seed in range(3)]
    assert [row["accuracy"] for row in plain] == [0.5, 0.5, 0.75]
    assert {row["gain"] for row in plain} == {None} and plain[0]["samples"] == 4
    assert [of["other", "logits", "all", seed]["gain"] for seed in range(3)] == [0.25] * 3
    first = [of["plain", "tde-1", "first", seed] for seed in range(3)]
    assert [(row["samples"], row["gain"]) for row in first] == [(2, 0), (2, 0.5), (2, 0)]


def test_methods_are_summarized_as_scipy_does():
    columns = rebalancing.methods(toy(), BASES, {"s": Design(draws=3)})
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    of = {(row["recipe"], row["reading"], row["group"]): row for row in rows}
    row, first = of["other", "logits", "first"], [1.0, 0.5, 1.0]
    base = of["plain", "logits", "first"]
    test = stats.ttest_rel([1, 1, 1], first)
    interval = test.confidence_interval(0.95)
    assert (row["gain"], row["gain_low"], row["gain_high"]) == pytest.approx((1 / 6, *interval))
    assert row["p"] == pytest.approx(test.pvalue) and row["members"] == 3
    ends = stats.t.interval(0.95, 2, np.mean(first), stats.sem(first))
    assert (base["low"], base["high"]) == pytest.approx(ends)
    assert base["gain"] is None and base["p"] is None
    assert math.isnan(of["other", "logits", "all"]["p"])  # all gain the same: no t


def test_random_splits_get_the_interval_of_nadeau_and_bengio():
    """mean +- t(J - 1) sqrt((1/J + n_test/n_train) s^2)."""
    rng = np.random.default_rng(0)
    values, share = rng.normal(0.02, 0.05, 12), 43 / 171
    mean, low, high, p = rebalancing.summary(values, Design(draws=12, test_share=share))
    error = np.sqrt((1 / 12 + share) * values.var(ddof=1))
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 11, values.mean(), error))
    assert p == pytest.approx(2 * stats.t.sf(abs(mean) / error, 11))
    plain = rebalancing.summary(values, Design(draws=12))
    assert plain[3] == pytest.approx(stats.ttest_1samp(values, 0).pvalue) and plain[3] < p


@pytest.mark.parametrize(
    ("values", "draws", "expected"),
    [
        ([0.0, 0.0, 0.0], 3, (0, 0, 0, 1)),  # a method that changes nothing
        ([0.1 + 0.2, 0.3, 0.3], 3, (0.3, 0.3, 0.3, math.nan)),  # the same except for rounding
        ([0.5], 1, (0.5, math.nan, math.nan, math.nan)),
        ([0.1, 0.2, 0.3, 0.4], 2, (0.25, math.nan, math.nan, math.nan)),  # members share 2 draws
    ],
)
def test_where_there_is_no_interval(values, draws, expected):
    found = rebalancing.summary(np.array(values), Design(draws))
    assert found == pytest.approx(expected, nan_ok=True)


def test_members_that_share_draws_are_averaged_over_these():
    values = np.random.default_rng(1).normal(size=14)
    means = [values[d::7].mean() for d in range(7)]
    _, low, high, p = rebalancing.summary(values, Design(draws=7))
    assert p == pytest.approx(stats.ttest_1samp(means, 0).pvalue)
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 6, np.mean(means), stats.sem(means)))


# Readings


def toy_data(n=40, k=3):
    labels = np.arange(n) % k
    rows = np.random.default_rng(2).normal(size=(n, 2)).astype(np.float32)
    names = np.array([f"c{c}" for c in range(k)])
    return Data(rows, labels, rows[:9], labels[:9], names, np.zeros(2), np.ones(2))


def save_block(folder, seeds, **arrays):
    path = folder / f"block-{seeds[0]}.npz"
    artifacts.save_npz(path, seeds=np.array(seeds), **arrays)
    return path


def test_members_of_random_splits_are_tested_on_the_rows_that_each_leaves_out(tmp_path):
    data, rng = toy_data(), np.random.default_rng(3)
    training_set = splits.training_sets(data, 3, standardize=False)
    trial = readings.trial(data, training_set, is_split=True)
    predicted = rng.integers(0, 3, (3, 40))
    files = [save_block(tmp_path, seeds, predicted=predicted[seeds]) for seeds in ([0, 1], [2])]
    found = readings.correct(files, 3, trial)
    for m in range(3):
        unseen = [row for row in range(40) if row not in training_set.source[m]]
        right = [predicted[m, row] == data.train_labels[row] for row in unseen]
        assert found[m].mean() == np.mean(right) and len(unseen) == found.shape[1]
        for c in range(3):
            own = [predicted[m, r] == c for r in unseen if data.train_labels[r] == c]
            assert found[m][trial.groups[f"class-c{c}"]].mean() == np.mean(own)
    assert trial.design == Design(3, found.shape[1] / training_set.source.shape[1])


def test_long_tails_are_tested_on_the_test_part_and_adjusted_by_their_own_draws(tmp_path):
    """Two draws of different sizes: the adjusted argmax of z - ln n_c, one sample at a time."""
    data, rng = toy_data(), np.random.default_rng(4)
    by_class = [np.flatnonzero(data.train_labels == c) for c in range(3)]
    sizes = ((11, 3, 1), (1, 3, 11))
    source = np.array(
        [np.concatenate([own[:n] for own, n in zip(by_class, of, strict=True)]) for of in sizes]
    )
    training_set = TrainingSet(source, data.train_labels[source], none_synthetic(2, (2,)))
    trial = readings.trial(data, training_set, is_split=False)
    logits = rng.normal(size=(3, 9, 3)).astype(np.float16)
    predicted = logits.argmax(2)
    tde = np.stack([predicted, (predicted + 1) % 3], axis=1)
    file = save_block(tmp_path, [0, 1, 2], logits=logits, predicted=predicted)
    (tmp_path / "tde").mkdir()
    effects = save_block(tmp_path / "tde", [0, 1, 2], predicted=tde, alphas=np.array([0.5, 1.0]))
    adjusted = readings.adjusted([file], 3, trial)
    for m, i in np.ndindex(3, 9):
        counts = np.bincount(data.train_labels[source[m % 2]], minlength=3)
        shifted = [float(logits[m, i, c]) - math.log(counts[c] / 15) for c in range(3)]
        assert adjusted[m, i] == (max(range(3), key=shifted.__getitem__) == data.test_labels[i])
    plain = readings.correct([file], 3, trial)
    assert (adjusted != plain).any() and plain.any()
    found = readings.direct_effects([effects], 3, trial)
    np.testing.assert_array_equal(found["tde-0.5"], plain)
    np.testing.assert_array_equal(found["tde-1"], tde[:, 1] == data.test_labels)
    with pytest.raises(ValueError, match="4 of them"):
        readings.correct([file], 4, trial)


# Weights and ratios

PLAIN = {"objective": {"name": "cross-entropy"}, "sampler": {"name": "permutation"}, "epochs": 5}


def ratios_of(recipe, digits, sums=()):
    """The ratios of one member's rows of even and odd digits."""
    classes = of_digits(digits)
    weights = weighting.of_rows(PLAIN | recipe, classes.labels[:, None], 2, dict(sums))
    return rebalancing.ratios(rebalancing.shares(weights[0], classes))


TAIL = np.repeat(np.arange(10), np.floor(5421 * 100.0 ** (-np.arange(10) / 9)).astype(int))


@pytest.mark.parametrize(
    ("recipe", "by_class", "by_digit"),
    [
        ({}, 1.67, 100.4),
        ({"objective": {"name": "class-balanced", "beta": 0.9999}}, 1.16, 69.6),
        ({"objective": {"name": "balanced-softmax"}}, 1.67, 100.4),
        ({"sampler": {"name": "uniform"}}, 1.67, 100.4),
        ({"sampler": {"name": "class-balanced"}}, 1, None),
        # margins, and the class-balanced loss's weights in the last epochs
        ({"objective": {"name": "ldam"}}, 1.16, 69.6),
    ],
)
def test_ratios_after_re_balancing_are_the_published_ones(recipe, by_class, by_digit):
    """Yu et al., Table 3: 1.7 and 100 fall to 1.2 and 69.6 by the class-balanced loss. Digit 9 has
    54 samples of 54.21, which makes 100 to 100.4.
    """
    found = ratios_of(recipe, TAIL)
    assert found["class"] == pytest.approx(by_class, abs=0.005)
    if by_digit:
        assert found["sub-class"] == pytest.approx(by_digit, abs=0.5)
    else:  # 0 of its class against 9 of its own
        counts = np.bincount(TAIL)
        shares = counts / [counts[digit % 2 :: 2].sum() for digit in range(10)]
        assert found["sub-class"] == pytest.approx(shares.max() / shares.min())


@pytest.mark.parametrize("options", [{}, {"c": 0.1}, {"before": "untrained"}])
def test_ratios_by_difficulty_are_those_of_a_direct_loop(options):
    rng = np.random.default_rng(5)
    digits = rng.integers(0, 10, 200)
    names = ("du", "dl", "untrained_du", "untrained_dl")
    sums = {name: rng.exponential(size=(1, 200)).astype(np.float32) for name in names}
    found = ratios_of({"sampler": {"name": "difficulty", **options}}, digits, sums)
    totals, c = {}, options.get("c", 1)
    prefix = "untrained_" if options.get("before") else ""
    for i, digit in enumerate(digits):
        weight = (c + float(sums[f"{prefix}du"][0, i])) / (c + float(sums[f"{prefix}dl"][0, i]))
        for key in (("class", digit % 2), ("sub-class", digit)):
            totals[key] = totals.get(key, 0) + weight
    for level in ("class", "sub-class"):
        own = [total for (name, _), total in totals.items() if name == level]
        assert found[level] == pytest.approx(max(own) / min(own), rel=1e-6)


@pytest.mark.parametrize("name", ["uniform", "class-balanced", "difficulty"])
def test_rows_weigh_as_often_as_the_sampler_draws_them(name):
    """Chi-square of 12,000 draws."""
    labels = np.array([0] * 12 + [1] * 8)[:, None]
    rng = np.random.default_rng(6)
    p = rng.dirichlet(np.ones(2), (3, 20, 1))
    state = (
        watched("own-pass", *p, labels=labels.tolist(), classes=2) if name == "difficulty" else {}
    )
    sums = {key: state[key].numpy().T for key in ("du", "dl")} if state else {}
    weights = weighting.of_rows(PLAIN | {"sampler": {"name": name}}, labels, 2, sums)[0]
    part = SAMPLERS.find(name).sampler(setting(labels, [0], classes=2))
    draws = [part.draw(0, epoch, {"own-pass": state}) for epoch in range(1, 601)]
    counts = np.bincount(np.concatenate(draws), minlength=20)
    assert stats.chisquare(counts, 12_000 * weights / weights.sum()).pvalue > 0.001


def test_every_objective_and_sampler_is_known_or_left_out():
    """A new one has to be thought of: focal weighs by predictions, Barlow Twins reads no labels,
    and a second split shows one half of the rows in the end.
    """
    known = {*weighting.ALIKE, *weighting.WEIGHTED}
    assert {*OBJECTIVES.names()} - known == {"focal", "barlow-twins"}
    assert {*SAMPLERS.names()} - {*weighting.DRAWN} == {"second-split"}
    assert not weighting.is_known(PLAIN | {"objective": {"name": "focal"}})
    assert weighting.is_known(PLAIN)


# Passes


def test_sums_follow_from_the_loss_as_the_pass_adds_them_up():
    """Against the observer, in float64, for predictions of two classes at random."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 2, (30, 2))
    p = rng.dirichlet(np.ones(2), (5, 30, 2))  # before the first epoch, and after each of four
    state = watched("own-pass", *p, labels=labels)
    own = np.take_along_axis(p[1:], labels[None, ..., None], axis=3)[..., 0]
    du, dl = passes.sums(-np.log(own).transpose(2, 0, 1))
    np.testing.assert_allclose(du[:, -1], state["du"].numpy().T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dl[:, -1], state["dl"].numpy().T, rtol=1e-9, atol=1e-12)
    assert du.max() > 1 and (np.diff(du, axis=1) >= 0).all()


def test_a_sample_is_unlearned_where_its_loss_rises():
    loss = np.array([[[3, 1], [2, 1], [2.5, 0.5], [2.5, 2], [1, 3]]], dtype=np.float16)
    assert passes.unlearned(loss).tolist() == [[0.25, 0.5]]
    classes = of_digits([4, 7])
    columns = passes.unlearning(np.array([0]), loss, [classes])
    rows = [*zip(*columns.values(), strict=True)]
    assert rows == [
        (0, "class", "even", 0.25),
        (0, "class", "odd", 0.5),
        (0, "sub-class", "digit-4", 0.25),
        (0, "sub-class", "digit-7", 0.5),
    ]
    assert np.isnan(passes.unlearned(loss[:, :1])).all()


def test_epochs_by_hand():
    """Two rows of two classes: .5 to .8, and .5 to .6, then both stay."""
    loss = -np.log([[[0.8, 0.6], [0.8, 0.6]]])
    correct = np.array([[[True, False], [True, True]]])
    columns = passes.epochs(np.array([0]), loss, correct, [of_digits([0, 1])])
    assert columns["epoch"].tolist() == [1, 2]
    assert columns["accuracy"].tolist() == columns["balanced"].tolist() == [0.5, 1]
    dl = np.array([0.3 * math.log(4), 0.1 * math.log(1.5)])
    d = 1 / (1 + dl)
    assert columns["change"] == pytest.approx([np.hypot(*(d - 1)) / math.sqrt(2), 0])
    growth = np.mean(np.hypot(1, 1 + dl) / math.sqrt(2)) - 1
    assert columns["growth"] == pytest.approx([growth, 0])


def test_a_rare_class_counts_as_much_as_others_and_more_classes_have_no_path():
    classes = of_classes([0, 0, 0, 1, 2], 3)
    loss, correct = np.ones((1, 2, 5)), np.array([[[1, 1, 1, 0, 0], [1, 0, 0, 1, 1]]], dtype=bool)
    columns = passes.epochs(np.array([0]), loss, correct, [classes])
    assert columns["accuracy"].tolist() == [0.6, 0.6]
    assert columns["balanced"] == pytest.approx([1 / 3, 7 / 9])
    assert np.isnan(columns["change"]).all()
    assert passes.vectors(0, loss[0], np.arange(5), classes)["epoch"] == []


def test_paths_are_those_of_the_easiest_the_median_and_the_hardest():
    p = np.linspace(0.55, 0.95, 9)  # the more certain after the one epoch, the easier
    loss, rows = -np.log(np.tile(p, 2))[None], np.arange(100, 118)
    found = passes.vectors(3, loss, rows, of_digits([0] * 9 + [5] * 9))
    last = [place for place, epoch in enumerate(found["epoch"]) if epoch == 1]
    assert [found["index"][place] for place in last] == [
        *(108, 106, 104, 102, 100),
        *(117, 115, 113, 111, 109),
    ]
    assert [found["rank"][place] for place in last[:5]] == [0, 0.25, 0.5, 0.75, 1]
    assert [found["sub_class"][place] for place in last[::5]] == ["0", "5"]
    assert found["dl"][1] == pytest.approx(0.45 * math.log(19)) and found["dl"][0] == 0
    assert set(found["du"]) == {0} and set(found["seed"]) == {3}


def test_simulated_samples_rise_and_fall_as_often_as_they_are_told():
    rng = np.random.default_rng(8)
    loss = simulation.simulated(0.4, 30, 4000, 0.5, rng)
    steps = np.diff(-np.log(np.expm1(loss)), axis=1)  # of the logit
    falls = (steps < 0).mean()
    assert set(np.abs(steps).round(6).ravel()) == {0.5}
    assert falls == pytest.approx(0.4, abs=5 * math.sqrt(0.24 / steps.size))


def test_what_is_unlearned_more_often_ends_up_more_difficult():
    """Yu et al., Fig. 4: .1 < .2 < .4."""
    columns = simulation.columns([0.1, 0.2, 0.4], epochs=50, samples=500, delta=1)
    assert len(columns["epoch"]) == 150
    last = columns["epoch"] == 50
    for name in ("loss", "difficulty"):
        values = columns[name][last]
        assert values[0] < values[1] < values[2], name
    assert (columns["low"] <= columns["high"]).all()
    again = simulation.columns([0.1, 0.2, 0.4], epochs=50, samples=500, delta=1)
    np.testing.assert_array_equal(columns["difficulty"], again["difficulty"])
