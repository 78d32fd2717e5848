"""Predictions of a trained ensemble: from its weights, as the mean over members, out of fold; and
the scores from them.
"""

import numpy as np
import pytest
import toy_block
from cleanlab.rank import get_label_quality_scores

from hardness.core import artifacts
from hardness.scoring import estimation, sources
from hardness.training import loop, prediction

SCORES = {
    "cleanlab": "predictions",
    "margin": "predictions",
    "el2n-final": "predictions",
    "cleanlab-out-of-fold": "out-of-fold",
    "margin-out-of-fold": "out-of-fold",
    "el2n-out-of-fold": "out-of-fold",
}


# By the weights


@pytest.mark.parametrize(
    "recipe",
    [toy_block.SGD, toy_block.ADAM_AND_NORMS, toy_block.SGD | {"precision": "bfloat16"}],
    ids=["small", "norms", "bfloat16"],
)
def test_the_weights_predict_what_the_observer_saw_to_the_bit(recipe, tmp_path):
    block = toy_block.make_block(recipe)._replace(observe=("weights", "predictions"))
    entry = loop.train(block, tmp_path, toy_block.CPU)
    seen = artifacts.load_npz(entry / "predictions.npz")
    weights = artifacts.load_npz(entry / "weights.npz")
    before = sorted(tmp_path.rglob("*"))
    predicted = prediction.predict(block._replace(observe=()), weights, toy_block.CPU)
    assert predicted.keys() == seen.keys() and predicted["logits"].dtype == np.float16
    for name, array in seen.items():
        np.testing.assert_array_equal(predicted[name], array, err_msg=name)
    assert np.ptp(predicted["logits"].astype(float), axis=1).min() > 0
    assert sorted(tmp_path.rglob("*")) == before


# The mean over members


@pytest.fixture
def blocks(tmp_path):
    """Two blocks of two members and one, by hand: p_0 is 1/2, 3/4, 1/10 of the first sample, 1/2
    of the second.
    """
    odds = np.array([[1, 1], [3, 1], [1 / 9, 1]])
    logits = np.log(odds)[..., None] * [1, 0] + 7
    paths = []
    for number, seeds in enumerate(([0, 1], [2])):
        paths.append(tmp_path / f"{number}.npz")
        artifacts.save_npz(paths[-1], seeds=np.array(seeds), logits=logits[seeds])
    return paths


def mean_of(blocks, members):
    probabilities = sources.member_probabilities(blocks, members)
    return sources.mean_predictions(probabilities, np.array([0, 1]))


@pytest.mark.parametrize(("members", "first"), [(1, 0.5), (2, 0.625), (3, 0.45)])
def test_the_mean_is_of_the_first_members_probabilities(blocks, members, first):
    found = mean_of(blocks, members)
    np.testing.assert_allclose(found.p, [[first, 1 - first], [0.5, 0.5]])
    assert found.labels.tolist() == [0, 1]
    entropies = [-(p * np.log(p) + (1 - p) * np.log(1 - p)) for p in (0.5, 0.75, 0.1)]
    np.testing.assert_allclose(found.entropy, [np.mean(entropies[:members]), np.log(2)])


def test_a_member_that_is_missing_is_told(blocks):
    with pytest.raises(ValueError, match=r"hold the seeds \[0, 1, 2\].* 4 of them"):
        mean_of(blocks, 4)
    with pytest.raises(ValueError, match=r"hold the seeds \[2\]; expected every seed from 0 on"):
        mean_of(blocks[1:], 1)


def test_large_logits_do_not_overflow(tmp_path):
    logits = np.array([[[60000, -60000]]], dtype=np.float16)
    artifacts.save_npz(tmp_path / "a.npz", seeds=np.array([0]), logits=logits)
    found = mean_of([tmp_path / "a.npz"], 1)
    np.testing.assert_array_equal(found.p, [[1, 0]])
    np.testing.assert_array_equal(found.entropy, [0])  # 0 ln 0 is 0


def test_no_member_has_no_mean():
    with pytest.raises(ValueError, match="there are no members"):
        sources.mean_predictions([], np.array([0]))


# The scores


@pytest.fixture
def predictions():
    p = np.random.default_rng(0).dirichlet(np.full(4, 0.5), 50)
    return sources.MeanPredictions(p, np.arange(50) % 4)


@pytest.mark.parametrize("name", SCORES)
def test_scores_have_no_members_and_one_value_per_sample(name, predictions):
    scores = estimation.compute(name, predictions)
    assert scores.scores.shape == (50,) and scores.members is None
    assert estimation.ESTIMATORS.find(name).SOURCE == SCORES[name]


@pytest.mark.parametrize("name", ["cleanlab", "cleanlab-out-of-fold"])
def test_cleanlab_is_cleanlabs(name, predictions):
    own = estimation.compute(name, predictions).scores
    np.testing.assert_allclose(
        own, get_label_quality_scores(predictions.labels, predictions.p), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("margin", [0.7, -0.8, 0]),
        ("margin-out-of-fold", [0.7, -0.8, 0]),
        # (.2, .1, .1), (.9, .9, 0), (.5, .5, 0)
        ("el2n-final", [np.sqrt(0.06), np.sqrt(1.62), np.sqrt(0.5)]),
        ("el2n-out-of-fold", [np.sqrt(0.06), np.sqrt(1.62), np.sqrt(0.5)]),
    ],
)
def test_scores_by_hand(name, expected):
    # right and sure, wrong and sure, between two classes; the last one's label has p_y = .5
    p = np.array([[0.8, 0.1, 0.1], [0.9, 0.1, 0], [0, 0.5, 0.5]])
    made = sources.MeanPredictions(p, np.array([0, 1, 2]))
    np.testing.assert_allclose(estimation.compute(name, made).scores, expected, atol=1e-7)


@pytest.mark.parametrize("name", SCORES)
def test_a_wrong_label_is_harder_than_a_right_one(name):
    made = sources.MeanPredictions(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1]))
    scores = estimation.compute(name, made)
    right, wrong = scores.scores * (-1 if scores.direction == "down" else 1)
    assert wrong > right
