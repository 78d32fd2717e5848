"""Training sets by one estimator against those by another: paired changes by hand; spoiled images
found by a score, against scikit-learn; nearest neighbours' votes, against scikit-learn.
"""

import numpy as np
import pytest
import toy_unlabelled as toy
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from hardness.analysis import by_estimator, image_noise, representation
from hardness.core.tables import pick
from hardness.data import imagenoise
from hardness.scoring.scores import Scores, hardness

OVERALL, SPECS = toy.overall(), toy.specs()


def arrays(table):
    return {name: np.array(values) for name, values in table.items()}


def accuracy(name):
    rows = pick(OVERALL, set=name)
    return rows["accuracy"][np.argsort(rows["seed"])]


def test_a_pruned_sets_changes_are_paired_with_full_and_with_the_random_set():
    table = arrays(by_estimator.pruned(OVERALL, SPECS))
    for against, control in (("full", "full"), ("random", "prune-random-30")):
        row = pick(table, set="prune-dlp-30-msd", against=against)
        changes = accuracy("prune-dlp-30-msd") - accuracy(control)
        ends = stats.t.interval(0.95, 3, changes.mean(), stats.sem(changes))
        assert row["change"][0] == pytest.approx(changes.mean())
        assert [row["low"][0], row["high"][0]] == pytest.approx(ends)
        assert row["accuracy"][0] == pytest.approx(accuracy("prune-dlp-30-msd").mean())
    # the random set itself is compared with full alone, and has no estimator
    rows = pick(table, level="random")
    assert rows["against"].tolist() == ["full"] and rows["estimator"].tolist() == [""]
    assert len(table["set"]) == 7


def test_without_a_random_set_of_the_same_size_full_alone_is_compared():
    specs = {name: one for name, one in SPECS.items() if name != "prune-random-30"}
    table = by_estimator.pruned(OVERALL, specs)
    assert set(table["against"]) == {"full"} and len(table["set"]) == 3


def test_ways_of_resampling_by_two_estimators_are_compared_with_each_other():
    table = arrays(by_estimator.resampled(OVERALL, SPECS))
    first, second = "resample-random-easy-r2", "resample-random-easy-r2-msd"
    row = pick(table, measure="accuracy", estimator="msd", than="aum")
    changes = accuracy(second) - accuracy(first)
    assert row["change"][0] == pytest.approx(changes.mean())
    row = pick(table, measure="spread of recall", estimator="aum", than="full")
    assert row["change"][0] == pytest.approx(-0.5 * (accuracy(first) - accuracy("full")).mean())
    assert len(table["over"]) == 6
    alone = {name: one for name, one in SPECS.items() if name != second}
    assert by_estimator.resampled(OVERALL, alone)["over"] == []


def test_spoiled_images_are_found_as_well_as_scikit_learn_says():
    scores, what = toy.scores(), imagenoise.kinds(toy.N, 0.15, 0)
    table = arrays(image_noise.detection(scores, what, toy.MEMBERS))
    for noise in ("any", "blur"):
        spoiled = what != "" if noise == "any" else what == noise
        among = spoiled | (what == "")
        for name in ("msd", "contrast"):
            hard = hardness(scores[name], toy.MEMBERS)[among]
            rows = pick(table, noise=noise, estimator=name)
            value = {row: rows["value"][place] for place, row in enumerate(rows["metric"])}
            assert value["auroc"] == pytest.approx(roc_auc_score(spoiled[among], hard))
            assert value["average-precision"] == pytest.approx(
                average_precision_score(spoiled[among], hard)
            )
            assert set(rows["spoiled"]) == {spoiled.sum()} and set(rows["samples"]) == {among.sum()}
    assert set(table["noise"]) == {"any", *imagenoise.KINDS}


def test_how_well_spoiled_images_are_found_has_a_jackknife_over_members():
    """By scikit-learn's AUROCs of the ensembles that lack a member each."""
    score, what = toy.scores()["msd"], imagenoise.kinds(toy.N, 0.15, 0)
    table = arrays(image_noise.detection(toy.scores(), what, toy.MEMBERS))
    without = [
        roc_auc_score(what != "", hardness(score, np.delete(np.arange(toy.MEMBERS), member)))
        for member in range(toy.MEMBERS)
    ]
    m = toy.MEMBERS
    half = stats.t.ppf(0.975, m - 1) * np.sqrt((m - 1) * np.var(without))
    row = pick(table, noise="any", metric="auroc", estimator="msd")
    ends = row["value"][0] - half, row["value"][0] + half
    assert (row["member_low"][0], row["member_high"][0]) == pytest.approx(ends)
    assert half > 0.001
    assert np.isnan(pick(table, noise="any", metric="auroc", estimator="contrast")["member_low"][0])


def test_a_score_of_classes_says_the_same_of_all_samples_of_a_class():
    labels = np.arange(toy.N) % 2
    of_classes = Scores(np.array([0.0, 1.0]), np.empty((0, 2)), None, "up", labels=labels)
    what = np.where(np.arange(toy.N) < 20, np.where(labels == 1, "blur", "mixture"), "")
    what[20:26] = "noise"
    table = arrays(image_noise.detection({"volume": of_classes}, what, 4))
    aurocs = {
        noise: pick(table, noise=noise, metric="auroc")["value"][0] for noise in ("blur", "mixture")
    }
    # the other samples are half of each class; ties go by index, and the spoiled come first
    assert aurocs["blur"] == pytest.approx(0.5) and aurocs["mixture"] < 0.01


def test_votes_of_the_nearest_are_scikit_learns_where_no_classes_tie():
    rng = np.random.default_rng(0)
    labels, asked = rng.integers(0, 2, 300), rng.integers(0, 2, 100)  # five votes of two classes
    train = (rng.standard_normal((300, 3)) + labels[:, None]).astype(np.float32)
    test = (rng.standard_normal((100, 3)) + asked[:, None]).astype(np.float32)
    oracle = KNeighborsClassifier(5).fit(train, labels).score(test, asked)
    assert representation.accuracy(train, labels, test, asked) == pytest.approx(oracle)


def test_a_tie_goes_to_the_class_of_the_nearest():
    train = np.array([[1.0], [2], [3], [4], [9], [9]], np.float32)
    labels = np.array([1, 0, 0, 1, 2, 2])
    assert representation.accuracy(train, labels, np.zeros((1, 1), np.float32), np.array([1])) == 1
