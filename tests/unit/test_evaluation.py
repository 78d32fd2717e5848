"""Per-class metrics against scikit-learn, gaps by hand, and, by simulation, why the best and worst
classes are fixed.
"""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from hardness.analysis import evaluation


@st.composite
def predictions(draw):
    """Labels with every class in them, and the predictions of some members, who may never predict a
    class.
    """
    k = draw(st.integers(1, 6))
    labels = np.array([*range(k), *draw(st.lists(st.integers(0, k - 1), max_size=40))])
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    predicted = rng.integers(0, draw(st.integers(1, k)), (draw(st.integers(1, 3)), len(labels)))
    return labels, np.where(rng.random(predicted.shape) < 0.4, labels, predicted), k


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(predictions())
def test_confusion_is_that_of_scikit_learn(case):
    labels, predicted, k = case
    expected = [
        sklearn.metrics.confusion_matrix(labels, member, labels=range(k)) for member in predicted
    ]
    np.testing.assert_array_equal(evaluation.confusion(labels, predicted, k), expected)


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(predictions())
def test_metrics_are_those_of_scikit_learn(case):
    labels, predicted, k = case
    metrics = evaluation.class_metrics(evaluation.confusion(labels, predicted, k))
    for m, member in enumerate(predicted):
        expected = sklearn.metrics.precision_recall_fscore_support(
            labels, member, labels=range(k), zero_division=0
        )
        for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
            np.testing.assert_allclose(metrics[name][m], values, atol=1e-12, err_msg=name)
        accuracy = [sklearn.metrics.accuracy_score(labels == c, member == c) for c in range(k)]
        np.testing.assert_allclose(metrics["accuracy"][m], accuracy, atol=1e-12)
        mcc = [sklearn.metrics.matthews_corrcoef(labels == c, member == c) for c in range(k)]
        np.testing.assert_allclose(metrics["mcc"][m], mcc, atol=1e-12)


def test_metrics_by_hand():
    labels = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    predicted = np.array([[0, 0, 0, 1, 1, 1, 0, 1]])
    metrics = evaluation.class_metrics(evaluation.confusion(labels, predicted, 3))
    metrics = {name: values[0] for name, values in metrics.items()}
    np.testing.assert_allclose(metrics["precision"], [3 / 4, 2 / 4, 0])
    np.testing.assert_allclose(metrics["recall"], [3 / 4, 1, 0])
    np.testing.assert_allclose(metrics["accuracy"], [6 / 8, 6 / 8, 6 / 8])
    np.testing.assert_allclose(metrics["f1"], [3 / 4, 2 / 3, 0])
    # MCC = (TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN))
    np.testing.assert_allclose(
        metrics["mcc"], [(3 * 3 - 1 * 1) / 16, (2 * 4 - 0) / np.sqrt(4 * 2 * 6 * 4), 0]
    )
    np.testing.assert_array_equal(metrics["predicted"], [4, 4, 0])
    np.testing.assert_array_equal(metrics["precision_undefined"], [False, False, True])
    np.testing.assert_array_equal(metrics["mcc_undefined"], [False, False, True])


def test_a_class_that_is_always_predicted_has_a_precision_and_no_mcc():
    metrics = evaluation.class_metrics(
        evaluation.confusion(np.array([0, 1, 1]), np.ones((1, 3), dtype=int), 2)
    )
    np.testing.assert_allclose(metrics["precision"], [[0, 2 / 3]])
    np.testing.assert_array_equal(metrics["mcc"], [[0, 0]])
    np.testing.assert_array_equal(metrics["mcc_undefined"], [[True, True]])


def test_mcc_of_a_large_test_set_does_not_overflow():
    labels = np.repeat([0, 1], [60000, 40000])
    metrics = evaluation.class_metrics(evaluation.confusion(labels, labels[None], 2))
    np.testing.assert_allclose(metrics["mcc"], 1)


@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        ([0, 3], [[0, 1]], "labels must lie in 0..2; they lie in 0..3"),
        ([0, 1], [[-1, 1]], "predicted must lie in 0..2; they lie in -1..1"),
        ([0, 1], [[0, 1, 2]], r"members x 2 test samples; its shape is \(1, 3\)"),
        ([0, 1], [0, 1], r"its shape is \(2,\)"),
    ],
)
def test_confusion_refuses(labels, predicted, message):
    with pytest.raises(ValueError, match=message):
        evaluation.confusion(np.array(labels), np.array(predicted), 3)


def test_a_class_without_test_samples_is_named():
    with pytest.raises(ValueError, match="class 1 has no test samples"):
        evaluation.class_metrics(evaluation.confusion(np.array([0, 2]), np.array([[0, 1]]), 3))


def test_classwise_has_a_row_a_member_and_class():
    predicted = np.array([[0, 1, 1], [0, 0, 1]])
    columns = evaluation.classwise(np.array([0, 1, 1]), predicted, np.array([4, 7]), ["cat", "dog"])
    assert list(columns) == [
        "seed",
        "class",
        "name",
        "precision",
        "recall",
        "accuracy",
        "f1",
        "mcc",
        "support",
        "predicted",
        "precision_undefined",
        "mcc_undefined",
    ]
    np.testing.assert_array_equal(columns["seed"], [4, 4, 7, 7])
    np.testing.assert_array_equal(columns["name"], ["cat", "dog", "cat", "dog"])
    np.testing.assert_allclose(columns["recall"], [1, 1, 1, 0.5])
    np.testing.assert_allclose(columns["precision"], [1, 1, 0.5, 1])
    with pytest.raises(ValueError, match="1 seeds are given for 2 members"):
        evaluation.classwise(
            np.array([0, 1]), np.array([[0, 1], [0, 1]]), np.array([4]), ["cat", "dog"]
        )


@pytest.mark.parametrize(
    ("k", "q"), [(2, 1), (7, 1), (8, 2), (10, 2), (43, 9), (99, 20), (100, 10), (200, 20)]
)
def test_quantile_count(k, q):
    assert evaluation.quantile_count(k) == q


def test_gaps_by_hand():
    recall = np.array([[0.9, 0.1, 0.5, 0.7, 0.6, 0.8, 0.3, 0.4, 1.0, 0.2]])
    easy = np.array([True, False, False, True, False, True, False, False, True, False])
    found = evaluation.gaps(recall, easy, best=np.array([[0, 3]]), worst=np.array([[1, 8]]))
    expected = {
        "range": 0.9,
        "quantile_gap": 0.95 - 0.15,
        "easy_minus_hard": 0.85 - 0.35,
        "sd": np.sqrt(0.0825),  # of .1, .2, ..., 1
        "mad": 0.25,  # the distances from .55 are .05, .15, .25, .35, .45, twice each
        "fixed_gap": 0.8 - 0.55,
        "fixed_best": 0.8,
        "fixed_worst": 0.55,
    }
    assert list(found) == list(expected)
    np.testing.assert_allclose([values[0] for values in found.values()], list(expected.values()))


def test_without_hard_classes_there_is_no_difference_of_groups():
    none = np.full((2, 1), -1)
    assert np.isnan(
        evaluation.gaps(np.ones((2, 3)), np.ones(3, dtype=bool), none, none)["easy_minus_hard"]
    ).all()


def test_classes_are_fixed_by_the_members_that_are_not_compared():
    full = np.array([[0.0, 0.5, 1.0], [0.0, 0.5, 1.0], [0.9, 0.1, 0.5], [0.7, 0.3, 0.5]])
    best, worst, by = evaluation.fixed_classes(full, compared=2)
    np.testing.assert_array_equal(best, [[0], [0], [-1], [-1]])
    np.testing.assert_array_equal(worst, [[1], [1], [-1], [-1]])
    assert by == evaluation.HELD_OUT
    found = evaluation.gaps(full, np.array([True, True, False]), best, worst)
    np.testing.assert_allclose(found["fixed_gap"], [-0.5, -0.5, np.nan, np.nan])


def test_without_such_members_the_others_fix_the_classes():
    full = np.array([[0.0, 0.5, 1.0], [0.9, 0.1, 0.5], [0.7, 0.3, 0.5]])
    best, worst, by = evaluation.fixed_classes(full, compared=8)
    # means of the others: .8 .2 .5; .35 .4 .75; .45 .3 .75
    np.testing.assert_array_equal(best, [[0], [2], [2]])
    np.testing.assert_array_equal(worst, [[1], [0], [1]])
    assert by == evaluation.LEAVE_ONE_OUT and "8%" in by


def test_a_single_member_has_no_fixed_classes():
    best, worst, _ = evaluation.fixed_classes(np.array([[0.2, 0.8]]), compared=1)
    found = evaluation.gaps(np.array([[0.2, 0.8]]), np.array([True, False]), best, worst)
    assert np.isnan([found["fixed_gap"][0], found["fixed_best"][0], found["fixed_worst"][0]]).all()
    assert found["range"][0] == pytest.approx(0.6)


def test_ties_go_to_the_lower_class_number():
    best, worst, _ = evaluation.fixed_classes(np.full((3, 10), 0.1 + 0.2), compared=1)
    np.testing.assert_array_equal(best[0], [0, 1])
    np.testing.assert_array_equal(worst[0], [0, 1])


def test_comparing_no_member_is_refused():
    with pytest.raises(ValueError, match="0 members are compared"):
        evaluation.fixed_classes(np.ones((2, 3)), compared=0)


@pytest.mark.parametrize("members", [8, 20])
def test_fixed_gaps_are_unbiased_where_a_member_s_own_extremes_are_not(members):
    rng = np.random.default_rng(3)
    own, fixed = [], []
    for _ in range(200):  # all classes are equal, all differences noise
        recall = rng.normal(0.8, 0.04, (members, 100))
        best, worst, _ = evaluation.fixed_classes(recall, compared=8)
        found = evaluation.gaps(recall[:8], np.arange(100) < 50, best[:8], worst[:8])
        own.append(found["quantile_gap"].mean())
        fixed.append(found["fixed_gap"].mean())
    # 1.755: mean of a normal's upper tenth
    assert np.mean(own) == pytest.approx(2 * 1.755 * 0.04, rel=0.05)
    assert np.mean(fixed) == pytest.approx(0, abs=0.02 if members == 8 else 0.002)


def test_overall_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2])
    predicted = np.array([[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 0, 2]])
    metrics = evaluation.class_metrics(evaluation.confusion(labels, predicted, 3))
    easy, none = np.array([True, False, False]), np.full((2, 1), -1)
    columns = evaluation.overall(metrics["recall"], metrics["support"], easy, none, none)
    assert list(columns) == [
        "accuracy",
        "mean_recall",
        "recall_range",
        "recall_quantile_gap",
        "recall_easy_minus_hard",
        "recall_sd",
        "recall_mad",
        "recall_fixed_gap",
        "recall_fixed_best",
        "recall_fixed_worst",
    ]
    np.testing.assert_allclose(columns["accuracy"], (predicted == labels).mean(axis=1))
    np.testing.assert_allclose(columns["mean_recall"], [(2 / 3 + 1 + 0) / 3, (1 + 0.5 + 1) / 3])
    np.testing.assert_allclose(columns["recall_range"], [1, 0.5])
    np.testing.assert_allclose(columns["recall_easy_minus_hard"], [2 / 3 - 0.5, 1 - 0.75])


def ensemble(members, seed, k=3):
    """Columns of an ensemble's evaluation, of k classes with 5, 6, ... test samples; and each
    member's accuracy.
    """
    rng, labels = np.random.default_rng(seed), np.repeat(np.arange(k), np.arange(5, 5 + k))
    predicted = np.where(
        rng.random((members, len(labels))) < 0.7, labels, rng.integers(0, k, (members, len(labels)))
    )
    names = [f"class {c}" for c in range(k)]
    return evaluation.classwise(labels, predicted, np.arange(members), names), (
        predicted == labels
    ).mean(axis=1)


def test_collect_stacks_all_ensembles():
    (full, right), (other, other_right) = ensemble(5, seed=0), ensemble(2, seed=1)
    easy = np.array([True, False, False])
    ensembles = {("prune-dlp-10", "cnn"): other, ("full", "cnn"): full, ("full", "mlp"): other}
    classwise, overall = evaluation.collect(ensembles, easy, compared=2)
    assert list(classwise) == [
        "set",
        "recipe",
        "seed",
        "class",
        "precision",
        "recall",
        "accuracy",
        "f1",
        "mcc",
        "support",
        "predicted",
    ]
    assert (
        list(overall)[:5] == ["set", "recipe", "seed", "accuracy", "mean_recall"]
        and len(overall) == 14
    )
    assert overall["fixed_by"] == [evaluation.HELD_OUT] * 7 + [evaluation.LEAVE_ONE_OUT] * 2
    assert {len(column) for column in classwise.values()} == {27} and {
        len(c) for c in overall.values()
    } == {9}
    np.testing.assert_array_equal(overall["set"], ["prune-dlp-10"] * 2 + ["full"] * 7)
    np.testing.assert_array_equal(overall["recipe"], ["cnn"] * 7 + ["mlp"] * 2)
    np.testing.assert_array_equal(overall["seed"], [0, 1, 0, 1, 2, 3, 4, 0, 1])
    np.testing.assert_allclose(overall["accuracy"], [*other_right, *right, *other_right])
    np.testing.assert_array_equal(
        classwise["recall"], np.concatenate([other["recall"], full["recall"], other["recall"]])
    )


def test_collect_fixes_classes_by_the_full_of_the_same_recipe():
    (full, _), (other, _), (pair, _) = ensemble(5, seed=0), ensemble(2, seed=1), ensemble(5, seed=2)
    ensembles = {("full", "cnn"): full, ("full", "mlp"): pair, ("prune-dlp-10", "mlp"): other}
    _, overall = evaluation.collect(ensembles, np.array([True, False, False]), compared=2)
    overall = {name: np.array(values) for name, values in overall.items()}
    recall = other["recall"].reshape(2, 3)
    by = pair["recall"].reshape(5, 3)[2:].mean(axis=0)
    expected = recall[:, by.argmax()] - recall[:, by.argmin()]
    np.testing.assert_allclose(
        overall["recall_fixed_gap"][overall["set"] == "prune-dlp-10"], expected
    )
    assert (
        np.isnan(overall["recall_fixed_gap"][overall["set"] == "full"]).tolist()
        == [False, False, True, True, True] * 2
    )


def test_changes_are_paired_by_seed():
    baseline = np.array([[0.5, 0.5], [0.1, 0.2], [0.3, 0.9]])
    found = evaluation.change(
        np.array([[0.4, 1.0], [0.6, 0.5]]), np.array([2, 5]), baseline, np.array([5, 7, 2])
    )
    np.testing.assert_allclose(found, [[0.1, 0.1], [0.1, 0.0]])
    with pytest.raises(ValueError, match="no member of seed 3"):
        evaluation.change(np.ones((1, 2)), np.array([3]), baseline, np.array([5, 7, 2]))
