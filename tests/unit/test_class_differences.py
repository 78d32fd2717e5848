"""Classes that are next to each other in hardness: order by hand, tests and intervals by scipy."""

import numpy as np
import pytest
from scipy.stats import permutation_test, ttest_rel

from hardness.analysis.class_differences import differences
from hardness.scoring.scores import Scores

LABELS = np.repeat(np.arange(3), 4)
NAMES = ["cat", "dog", "cow"]


def scores(means, direction="up", noise=0.1, members=8, seed=0, **more):
    """Scores of members whose classes have these means, with noise of their own."""
    rng = np.random.default_rng(seed)
    values = np.asarray(means)[None, LABELS] + rng.normal(0, noise, (members, len(LABELS)))
    keys = np.empty((0, *values.shape))
    return Scores(values, keys, np.arange(members), direction, **more)


def by_class(score):
    return np.stack([score.scores[:, LABELS == c].mean(axis=1) for c in range(3)], axis=1)


def test_neighbours_stand_in_the_order_of_hardness_whatever_the_direction():
    found = differences({"el2n": scores([1, 3, 2]), "aum": scores([1, 3, 2], "down")},
                        LABELS, NAMES, 8)  # fmt: skip
    assert found["estimator"] == ["el2n", "el2n", "aum", "aum"]
    assert found["harder"] == ["dog", "cow", "cat", "cow"]
    assert found["easier"] == ["cow", "cat", "cow", "dog"]
    assert found["harder_class"] == [1, 2, 0, 2] and found["easier_class"] == [2, 0, 2, 1]
    np.testing.assert_allclose(found["difference"], 1, atol=0.2)
    assert found["verdict"] == ["certain"] * 4 and found["members"] == [8] * 4


def test_an_interval_is_that_of_a_paired_t_test():
    score = scores([1, 3, 2])
    means = by_class(score)
    expected = ttest_rel(means[:, 1], means[:, 2]).confidence_interval()
    found = differences({"el2n": score}, LABELS, NAMES, 8)
    np.testing.assert_allclose([found["low"][0], found["high"][0]], expected, rtol=1e-9)


def test_with_two_classes_p_is_that_of_all_sign_flips():
    labels = np.repeat([0, 1], 6)
    for seed in range(5):
        score = scores([0, 0, 0.05], seed=seed)
        means = np.stack([score.scores[:, labels == c].mean(axis=1) for c in (0, 1)], axis=1)
        (found,) = differences({"el2n": score}, labels, NAMES[:2], 8)["p"]
        expected = permutation_test(
            (means[:, 0] - means[:, 1],), np.mean, permutation_type="samples", n_resamples=np.inf
        )
        assert found == pytest.approx(expected.pvalue)


def test_classes_that_do_not_differ_are_seldom_certain_and_few_members_are_never():
    studies = [scores([0, 0, 0], seed=seed) for seed in range(200)]
    certain = [
        "certain" in differences({"el2n": one}, LABELS, NAMES, 8)["verdict"] for one in studies
    ]
    assert np.mean(certain) <= 0.05
    assert (
        differences({"el2n": scores([1, 3, 2])}, LABELS, NAMES, 5)["verdict"] == ["not certain"] * 2
    )


def test_scores_without_members_are_left_out_and_one_member_has_no_interval():
    alone = scores([1, 3, 2], members=1)
    none = alone._replace(scores=alone.scores[0], keys=alone.keys[:, 0], seeds=None)
    found = differences({"cp": none, "el2n": alone}, LABELS, NAMES, 1)
    assert found["estimator"] == ["el2n"] * 2 and np.isnan(found["low"]).all()
    assert found["verdict"] == ["not certain"] * 2
