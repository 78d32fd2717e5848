"""Class accuracies by ensemble size, and the size from which ensembles agree on the order of the
classes.
"""

import numpy as np
import pytest

from hardness.analysis import class_accuracy as analysis

LABELS = np.array([0, 0, 1, 1])
# p of class 0 of four samples, by three members
ZERO = np.array([[0.9, 0.4, 0.2, 0.45], [0.6, 0.7, 0.3, 0.7], [0.2, 0.2, 0.1, 0.3]])
P = np.stack([ZERO, 1 - ZERO], axis=2)


def test_accuracies_by_hand():
    made = analysis.class_accuracy(iter(P), LABELS, 2)
    np.testing.assert_array_equal(made.member, [[0.5, 1], [1, 0.5], [0, 1]])
    # sums of p of class 0: (.9 .4 .2 .45), (1.5 1.1 .5 1.15), (1.7 1.3 .6 1.45) of 1, 2, 3
    np.testing.assert_array_equal(made.ensemble, [[0.5, 1], [1, 0.5], [0.5, 1]])
    np.testing.assert_allclose(made.mean, [[0.5, 1], [0.75, 0.75], [0.5, 2.5 / 3]])
    np.testing.assert_allclose(made.p, P.mean(axis=0))


def test_accuracies_are_those_of_scikit_learn():
    from sklearn.metrics import recall_score

    rng = np.random.default_rng(0)
    labels, p = rng.integers(0, 4, 60), rng.dirichlet(np.ones(4), (5, 60))
    made = analysis.class_accuracy(p, labels, 4)
    for m in range(5):
        expected = recall_score(labels, p[: m + 1].mean(axis=0).argmax(axis=1), average=None)
        np.testing.assert_allclose(made.ensemble[m], expected)


def test_classes_with_the_same_accuracies_tie_whatever_the_order_of_their_members():
    member = np.array([[0.1, 0.3], [0.2, 0.2], [0.3, 0.1]])
    made = analysis.ClassAccuracy(member, member, np.empty((0, 2)))
    assert (0.1 + 0.2) + 0.3 != (0.3 + 0.2) + 0.1
    assert made.mean[2, 0] == made.mean[2, 1]


def test_no_member_is_an_error():
    with pytest.raises(ValueError, match="at least one member"):
        analysis.class_accuracy([], LABELS, 2)


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        ([[0.1, 0.2], [0.2, 0.1], [0.3, 0.4], [0.5, 0.9]], 3),
        ([[0.1, 0.2], [0.2, 0.3]], 1),
        ([[0.1, 0.2], [0.2, 0.2]], 2),  # a tie is another order
        ([[0.1, 0.2]], 1),
    ],
)
def test_ranks_are_stable_from_the_size_after_the_last_change(accuracy, expected):
    assert analysis.stable_from(np.array(accuracy)) == expected


@pytest.mark.parametrize(
    ("members", "expected"), [(1, []), (2, [1]), (5, [1, 2]), (20, [1, 2, 3, 4, 5, 6, 8, 10])]
)
def test_there_are_two_disjoint_ensembles_of_each_size(members, expected):
    assert analysis.sizes(members) == expected


def test_members_that_agree_have_ensembles_that_agree():
    member = np.tile([0.7, 0.8, 0.9], (6, 1))
    made = analysis.agreement_of_means(member)
    assert made.members == [1, 2, 3]
    np.testing.assert_allclose([made.mean, made.low, made.high], 1)


def test_noise_agrees_with_nothing_however_large_the_ensemble():
    """Nested ensembles would agree ever more: disjoint ones do not."""
    member = np.random.default_rng(0).normal(size=(200, 30))
    made = analysis.agreement_of_means(member)
    assert made.members[-1] == 100 and np.abs(made.mean).max() < 0.25
    assert (made.low <= made.mean).all() and (made.mean <= made.high).all()


def test_agreement_grows_as_spearman_and_brown_say():
    """Members are classes' own values and noise as large: reliability m / (m + 1)."""
    rng = np.random.default_rng(0)
    member = rng.normal(size=500) + rng.normal(size=(40, 500))
    made = analysis.agreement_of_means(member)
    m = np.array(made.members)
    # Spearman's of normal pairs with Pearson's r
    expected = 6 / np.pi * np.arcsin(m / (m + 1) / 2)
    np.testing.assert_allclose(made.mean, expected, atol=0.05)


def test_agreement_of_predictions_is_that_of_their_accuracies():
    """With one-hot predictions of members of equal accuracies per class."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 40)
    right = rng.random((8, 120)) < np.array([0.95, 0.75, 0.55])[labels]
    predicted = np.where(right, labels, (labels + 1) % 3)
    p = np.eye(3)[predicted]
    made = analysis.agreement_of_predictions(p, labels)
    own = analysis.class_accuracy(p, labels, 3).member
    single = analysis.agreement_of_means(own)
    assert made.members == single.members == [1, 2, 3, 4]
    assert made.mean[0] == pytest.approx(single.mean[0])  # one member: both readings are one
    assert made.mean[-1] > 0.9


def test_one_member_has_no_agreement_and_equal_classes_no_order():
    assert analysis.agreement_of_means(np.array([[0.5, 0.6]])).mean.size == 0
    assert analysis.agreement_of_means(np.ones((4, 3))).mean.tolist() == [0, 0]
