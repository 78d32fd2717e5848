"""Difficulty during training, beyond its paper: tables, measures and figures, by hand."""

import itertools

import numpy as np
import pytest
import toy_difficulty as toy
from scipy import stats

from hardness.analysis import difficulty
from hardness.evidence.measures import beyond
from hardness.evidence.measures._values import NotComputedError, Study
from hardness.evidence.parts import FIGURES

STUDY = Study("cnn", "aum", "", {}, {})


def columns(frame):
    return {name: frame[name].to_numpy() for name in frame}


# The tables


def test_recalls_are_means_over_the_classes_of_a_group():
    evaluation = {
        "seed": np.array([1, 1, 1, 0, 0, 0]),
        "class": np.array([0, 1, 2, 2, 1, 0]),
        "recall": np.array([0.9, 0.6, 0.3, 0.1, 0.2, 0.6]),
    }
    found = difficulty.recalls(
        {("plain", "full", "cnn"): evaluation}, np.array([False, True, True])
    )
    rows = dict(zip(zip(found["group"], found["seed"], strict=True), found["recall"], strict=True))
    expected = {("all", 0): 0.3, ("all", 1): 0.6, ("easy", 0): 0.6, ("easy", 1): 0.9,
                ("hard", 0): 0.15, ("hard", 1): 0.45}  # fmt: skip
    assert {*rows} == {*expected}
    for key, value in expected.items():
        assert rows[key] == pytest.approx(value)
    assert {*found["method"]} == {"plain"} and {*found["set"]} == {"full"}


def test_a_group_without_classes_is_left_out():
    evaluation = {"seed": np.zeros(2, int), "class": np.arange(2), "recall": np.ones(2)}
    found = difficulty.recalls({("plain", "full", "cnn"): evaluation}, np.array([False, False]))
    assert found["group"] == ["all", "easy"]


def test_what_flipped_samples_weigh_by_hand():
    """Samples 0 and 5 are flipped. Member 1 trains on draw 1, member 2 on draw 0: of its samples 0,
    1, 2, 3 the difficulties are 3, 1, 1, 1, of member 1's 2, 3, 4, 5 they are 1, 1, 1, .5.
    """
    data = toy.data([1, 1, 0, 1, 0, 0])
    du = np.array([[0, 0, 0, 0], [2, 0, 0, 0]], np.float32)
    dl = np.array([[0, 0, 0, 1], [0, 0, 0, 0]], np.float32)
    predicted = np.array([[0, 0, 1, 1], [0, 1, 1, 0]])
    ensemble = difficulty.Flipped(np.array([1, 2]), predicted, (du, dl), 1)
    found = difficulty.flipped(data, toy.training_set(), ensemble)
    np.testing.assert_allclose(found["weight"], [0.5 / 3.5, 3 / 6])
    np.testing.assert_allclose(found["flipped"], [0.25, 0.25])
    np.testing.assert_allclose(found["accuracy"], [1, 0.5])
    without = difficulty.flipped(data, toy.training_set(), ensemble._replace(sums=()))
    assert np.isnan(without["weight"]).all()


def test_without_flips_none_are_drawn():
    sums = (np.ones((1, 4)), np.ones((1, 4)))
    ensemble = difficulty.Flipped(np.array([0]), np.zeros((1, 4)), sums, 1)
    found = difficulty.flipped(toy.data(), toy.training_set(), ensemble)
    assert found["weight"][0] == found["flipped"][0] == 0


def test_agreement_is_scipys_correlation_of_all_pairs():
    rng = np.random.default_rng(3)
    values = rng.standard_normal(30) + rng.standard_normal((5, 30))
    found = difficulty.agreement({"aum": values}, splits=4)
    pairs = {
        pair: stats.spearmanr(*values[list(pair)]).statistic
        for pair in itertools.combinations(range(5), 2)
    }
    single = [value for value, size in zip(found["correlation"], found["members"], strict=True)
              if size == 1]  # fmt: skip
    for member, value in enumerate(single):
        own = [one for pair, one in pairs.items() if member in pair]
        assert value == pytest.approx(np.mean(own), rel=1e-12)
    assert found["members"] == [1] * 5 + [2] and found["seed"] == [0, 1, 2, 3, 4, ""]


def test_disjoint_halves_of_four_members_are_one_of_three_pairs_of_means():
    values = np.random.default_rng(4).standard_normal((4, 20))
    found = difficulty.agreement({"aum": values}, splits=1)
    halves = [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]
    known = [
        stats.spearmanr(*(values[list(half)].mean(axis=0) for half in both)).statistic
        for both in halves
    ]
    (value,) = found["correlation"][4:]
    assert np.isclose(known, value).any()


# The measures


def test_one_method_less_another_is_paired_by_seed():
    frame = {
        "method": np.array(["difficulty"] * 2 + ["hardness-a1"] * 3),
        "group": np.array(["all"] * 5),
        "seed": np.array([1, 0, 0, 1, 2]),
        "recall": np.array([0.8, 0.7, 0.65, 0.82, 0.1]),
    }
    found = beyond.ahead_of_hardness(
        {beyond.AGAINST: frame}, STUDY, ["difficulty"], ["hardness-a1"]
    )
    np.testing.assert_allclose(np.sort(found.values[:, 0]), [-2, 5])
    with pytest.raises(NotComputedError, match="no networks of hardness-a3"):
        beyond.ahead_of_hardness({beyond.AGAINST: frame}, STUDY, ["difficulty"], ["hardness-a3"])


def test_flips_cost_what_accuracy_falls_by():
    """Difficulty falls by 10 and 30 points, plain training by 20 and 20; its third seed is not
    trained with flips.
    """
    frame = {
        "rate": np.array([0, 0, 0, 0, 0, 0.4, 0.4, 0.4, 0.4]),
        "sampler": np.array(["difficulty"] * 2 + ["permutation"] * 3 + ["difficulty"] * 2
                            + ["permutation"] * 2),
        "seed": np.array([0, 1, 0, 1, 2, 0, 1, 0, 1]),
        "accuracy": np.array([0.9, 0.9, 0.8, 0.8, 0.1, 0.8, 0.6, 0.6, 0.6]),
        "flipped": np.full(9, 0.4),
        "weight": np.array([0, 0, 0, 0, 0, 0.5, 0.4, 0.9, 0.9]),
    }  # fmt: skip
    frames = {beyond.FLIPPED: frame}
    np.testing.assert_allclose(beyond.flipped_cost(frames, STUDY).values[:, 0], [-10, 10])
    np.testing.assert_allclose(
        beyond.flipped_weight(frames, STUDY).values[:, 0], [10, 0], atol=1e-9
    )


def test_pseudo_values_are_those_of_a_jackknife_of_the_mean_over_pairs():
    rng = np.random.default_rng(5)
    scores = {name: rng.standard_normal(25) + rng.standard_normal((6, 25))
              for name in ("psi-difficulty", "aum")}  # fmt: skip
    frame = difficulty.agreement(scores, splits=1)
    frame = {name: np.array(column) for name, column in frame.items()}
    found = beyond.stability_of_difficulty({beyond.AGREEMENT: frame}, STUDY, "aum").values[:, 0]

    def mean_of(members):
        of_each = [
            np.mean([stats.spearmanr(values[a], values[b]).statistic
                     for a, b in itertools.combinations(members, 2)])
            for values in scores.values()
        ]  # fmt: skip
        return of_each[0] - of_each[1]

    every = list(range(6))
    for member in every:
        left_out = mean_of([one for one in every if one != member])
        assert found[member] == pytest.approx(6 * mean_of(every) - 5 * left_out)


# The figures' tables


def test_the_figure_shows_the_gain_over_the_same_seeds_plain_network():
    frame = toy.against_hardness()
    table = FIGURES.find("against-hardness").table({"against-hardness": frame}, {})
    chosen = frame[(frame["group"] == "hard") & (frame["seed"] < 8)]
    wide = chosen.pivot(index="seed", columns="method", values="recall")
    gain = 100 * (wide["hardness-a3"] - wide["plain"])
    row = table[(table["method"] == "hardness-a3") & (table["group"] == "hard")].iloc[0]
    low, high = stats.t.interval(0.95, 7, gain.mean(), stats.sem(gain))
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((gain.mean(), low, high))
    assert row["members"] == 8 and "plain" not in set(table["method"])


def test_the_figure_of_flips_shows_no_weight_where_no_passes_are_observed():
    table = FIGURES.find("flipped-labels").table({"flipped": toy.flipped()}, {})
    weighed = table[table["quantity"] == "weight"]
    assert {*weighed["sampler"]} == {"permutation", "difficulty"} and len(weighed) == 6
    assert len(table[table["quantity"] == "accuracy"]) == 12


def test_the_figure_of_stability_begins_with_single_networks():
    frame = toy.agreement()
    table = FIGURES.find("difficulty-stability").table({"agreement": frame}, {})
    own = table[table["estimator"] == "psi-difficulty"]
    assert own["members"].tolist() == [1, 2, 3, 4]
    single = frame[(frame["estimator"] == "psi-difficulty") & (frame["members"] == 1)]
    assert own["mean"].iloc[0] == pytest.approx(single["correlation"].mean())
