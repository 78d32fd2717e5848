"""Scores without labels and their controls, and uncertainty: formulas on toys, by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import entropy as scipys_entropy
from sklearn.neighbors import NearestNeighbors
from toy_block import CLASSES, CPU, DATA, SGD, SHAPE, N, make_block, run

from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation, sources
from hardness.scoring.scores import hardness
from hardness.scoring.sources import Features, InputGradients, MeanPredictions
from hardness.sets import folds
from hardness.training import loop, networks

# Two members, three epochs, two samples: features (3, 4), (3, 6), (0, 0) and (0, 1) throughout, of
# the second member half of that
CHANGES = np.array([[[2, 0], [22.5, 0]], [[0.5, 0], [5.625, 0]]], dtype=np.float32)
NORMS = np.array([[[5, 1], [45**0.5, 1], [0, 1]]], dtype=np.float32) * [[[1]], [[0.5]]]
BY_HAND = Features(np.arange(2), np.array([0, 1]), 2, CHANGES, NORMS, probe_el2n=np.ones((2, 2)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("msd", [[12.25, 0], [3.0625, 0]]),
        ("msd-std", [[10.25, 0], [2.5625, 0]]),
        ("msd-discrepancy", [[0, 0], [0, 0]]),  # fewer than ten changes: both are all of them
        ("msd-relative", [[12.25 / (70 / 3), 0], [12.25 / (70 / 3), 0]]),
        ("feature-norm", [[(5 + 45**0.5) / 3, 1], [(5 + 45**0.5) / 6, 0.5]]),
        ("msd-labelled", [[12.25, 0], [3.0625, 0]]),
        ("grand", [[46**0.5, 2**0.5], [12.25**0.5, 1.25**0.5]]),
    ],
)
def test_scores_of_features_by_hand(name, expected):
    made = estimation.compute(name, BY_HAND)
    np.testing.assert_allclose(made.scores, expected, rtol=1e-6)
    sign = -1 if made.direction == "down" else 1
    np.testing.assert_allclose(hardness(made, 2), sign * np.mean(expected, axis=0), rtol=1e-6)


def test_discrepancy_is_the_first_five_changes_less_the_last_five():
    changes = np.arange(12, 0, -1, dtype=np.float32).reshape(1, 12, 1)  # 12..8 and 5..1
    made = estimation.compute("msd-discrepancy", BY_HAND._replace(
        seeds=np.arange(1), labels=np.array([0]), changes=changes))  # fmt: skip
    assert made.scores.tolist() == [[7]]


def test_lgn_is_the_mean_norm():
    norms = np.array([[[1, 4], [2, 0]], [[3, 3], [5, 0]]], dtype=np.float32)
    made = estimation.compute("lgn", InputGradients(np.arange(2), norms))
    np.testing.assert_allclose(made.scores, [[1.5, 2], [4, 1.5]])
    assert made.direction == "down"


def cloud(n=60, d=5, seed=0):
    return np.random.default_rng(seed).normal(size=(2, n, d)).astype(np.float16)


def test_distances_in_the_space_of_features_are_sklearns():
    features = cloud()
    held = Features(np.arange(2), np.zeros(60, int), features=features)
    found = estimation.compute("ad-features", held)
    for own, scores in zip(features, found.scores, strict=True):
        search = NearestNeighbors(n_neighbors=40).fit(own.astype(float))
        np.testing.assert_allclose(scores, search.kneighbors()[0].mean(axis=1), rtol=1e-5)


def test_the_dimension_in_the_space_of_features_is_levinas_and_bickels():
    """One sample after the other, with the definition's sums; and near the cloud's true one."""
    features = cloud(400, 2)
    held = Features(np.arange(2), np.zeros(400, int), features=features)
    found = estimation.compute("lid-features", held).scores
    for own, scores in zip(features, found, strict=True):
        distances, _ = NearestNeighbors(n_neighbors=40).fit(own.astype(float)).kneighbors()
        for i in range(0, 400, 37):
            t = distances[i][distances[i] > 0]
            inverses = [np.log(t[k - 1] / t[: k - 1]).sum() / (k - 1) for k in range(10, 21)]
            assert scores[i] == pytest.approx(1 / np.mean(inverses), rel=1e-4)
    assert 1.6 < np.median(found) < 2.6


def test_prototypes_are_the_means_of_the_classes():
    """Class 0 around (1, 0), class 2 is one sample alone; there is no class 1."""
    features = np.array([[[0, 0], [2, 0], [1, 3], [5, 5]]], dtype=np.float16)
    held = Features(np.arange(1), np.array([0, 0, 0, 2]), features=features)
    expected = [[2**0.5, 2**0.5, 2, 0]]
    np.testing.assert_allclose(estimation.compute("prototype", held).scores, expected, rtol=1e-6)


def test_contrast_is_the_deviation_of_the_grey_pixels():
    flat = np.full((2, 2, 3), 90)
    images = np.stack([flat, flat * [[[0], [2]], [[2], [0]]], flat * [0, 1, 2]]).astype(np.uint8)
    data = datasets.checked(images, np.array([0, 1, 1]), images, np.array([0, 1, 1]), ["a", "b"])
    made = estimation.compute("contrast", data)
    assert made.scores.tolist() == [0, 90, 0] and made.members is None  # color is no contrast
    table = data._replace(train_inputs=np.zeros((3, 4), np.float32))
    for name in ("contrast", "brightness", "saturation"):
        with pytest.raises(ValueError, match=f"{name} needs images.*leave it out"):
            estimation.compute(name, table)


def test_brightness_and_saturation_by_hand():
    """An image of two pixels: (200, 100, 50) has saturation 1 - 50 / 200, a black pixel 0."""
    images = np.array([[[[200, 100, 50], [0, 0, 0]]], [[[7, 7, 7], [255, 0, 0]]]], dtype=np.uint8)
    labels = np.array([0, 1])
    data = datasets.checked(images, labels, images, labels, ["a", "b"])
    brightness, saturation = (estimation.compute(n, data) for n in ("brightness", "saturation"))
    np.testing.assert_allclose(brightness.scores, [350 / 6, 276 / 6], rtol=1e-6)
    np.testing.assert_allclose(saturation.scores, [0.375, 0.5], rtol=1e-6)
    assert brightness.direction == saturation.direction == "down"


# Uncertainty


def test_entropy_and_bald_by_hand():
    """Members agree on 1/2; contradict each other, each sure; agree, sure; 3/4 and 1/4."""
    members = np.array([[[0.5, 0.5], [1, 0], [1, 0], [0.75, 0.25]],
                        [[0.5, 0.5], [0, 1], [1, 0], [0.25, 0.75]]])  # fmt: skip
    made = sources.mean_predictions(members, np.zeros(4, int))
    ln2, quarter = np.log(2), scipys_entropy([0.25, 0.75])
    for name in ("entropy", "entropy-out-of-fold"):
        scores = estimation.compute(name, made._replace(entropy=None)).scores
        np.testing.assert_allclose(scores, [ln2, ln2, 0, ln2], atol=1e-7)
    for name in ("bald", "bald-out-of-fold"):
        scores = estimation.compute(name, made).scores
        np.testing.assert_allclose(scores, [0, ln2, 0, ln2 - quarter], atol=1e-7)


def test_bald_is_the_mean_divergence_of_the_members_from_their_mean():
    members = np.random.default_rng(1).dirichlet(np.ones(4), (6, 50))
    found = estimation.compute("bald", sources.mean_predictions(members, np.zeros(50, int))).scores
    mean = members.mean(axis=0)
    expected = np.mean([scipys_entropy(own, mean, axis=1) for own in members], axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert isinstance(sources.mean_predictions(members, np.zeros(50, int)), MeanPredictions)


def test_rho_by_hand(tmp_path):
    """Held out by members that give the label 1/2 and 1/8, and 1 and 1: ln 4 and 0."""
    loss = np.array([[[1, 2], [3, 0]], [[0, 0], [0, 1]]], dtype=np.float16)
    artifacts.save_npz(tmp_path / "dynamics.npz", seeds=np.arange(2), loss=loss)
    unseen = np.array([[[0.5, 0.5], [0, 1]], [[1 / 8, 7 / 8], [0, 1]]])
    read = sources.reducible([tmp_path / "dynamics.npz"], unseen, np.array([0, 1]))
    ln4 = np.log(4)
    expected = [[2 - ln4, 1], [-ln4, 0.5]]
    np.testing.assert_allclose(estimation.compute("rho", read).scores, expected, rtol=1e-6)
    never = sources.reducible([tmp_path / "dynamics.npz"], unseen, np.array([0, 0]))
    assert np.isfinite(never.held_out_loss).all() and never.held_out_loss[1] > 100


def test_rho_is_low_of_wrong_labels_and_near_0_of_what_is_redundant(tmp_path):
    """Of 54 samples 18 are copies of one, and 6 of the others have a wrong label."""
    inputs, labels = DATA.train_inputs.copy(), DATA.train_labels.copy()
    redundant, wrong = np.arange(0, N, 3), np.array([1, 7, 13, 20, 26, 32])
    inputs[redundant] = inputs[0]
    labels[wrong] = (labels[wrong] + 1) % CLASSES
    data = DATA._replace(train_inputs=inputs, train_labels=labels)
    recipe = SGD | {"epochs": 20, "augment": {"shift": 0, "flip": False, "pad": "black"}}
    full = loop.train(make_block(recipe, [0, 1], data=data), tmp_path, CPU)
    draws = np.stack([np.setdiff1d(np.arange(N), np.arange(d, N, 6)) for d in range(6)])
    left_out = datasets.TrainingSet(
        draws.astype(np.int32), labels[draws], np.empty((6, 0, *SHAPE), np.uint8)
    )
    block = make_block(recipe, range(6), data=data, training_set=left_out)
    entry = loop.train(block._replace(observe=("predictions",)), tmp_path, CPU)
    members = np.stack(list(sources.member_probabilities([entry / "predictions.npz"])))
    unseen = folds.out_of_fold(members, draws)
    read = sources.reducible([full / "dynamics.npz"], unseen, labels)
    rho = hardness(estimation.compute("rho", read), 2)
    others = np.setdiff1d(np.arange(N), [*redundant, *wrong])
    assert rho[wrong].max() < 0 and rho[wrong].mean() < rho[others].mean() - 1
    assert np.abs(rho[redundant]).max() < 0.5


def test_grand_is_the_norm_of_autograds_gradient_of_the_last_layer(tmp_path):
    """In eval mode, after the probe epoch; here the last one, so that the weights are at hand."""
    recipe = SGD | {"observe": "features", "probe_epoch": 4}
    entry = run(tmp_path, recipe, [0, 1])
    read = sources.load_features(
        [entry / "features.npz", entry / "dynamics.npz"], DATA.train_labels,
        ["norms", "probe_el2n"], 4,
    )  # fmt: skip
    found = estimation.compute("grand", read).scores
    weights = artifacts.load_npz(entry / "weights.npz")
    images = (DATA.train_inputs / 255 - DATA.mean.astype(float)) / DATA.std.astype(float)
    images = torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32))
    for k in range(2):
        network = networks.build(**SGD["model"], seeds=[9], shape=SHAPE, classes=CLASSES).eval()
        network.load_state_dict(
            {name: torch.from_numpy(np.split(value, 2)[k])
             for name, value in weights.items() if name != "seeds"}
        )  # fmt: skip
        last = [network.dense2.weight, network.dense2.bias]
        for i in range(0, N, 7):
            logits = network(images[i : i + 1])[:, 0]
            loss = F.cross_entropy(logits, torch.tensor([DATA.train_labels[i]]))
            gradient = torch.autograd.grad(loss, last)
            norm = sum(part.square().sum() for part in gradient).sqrt().item()
            assert found[k, i] == pytest.approx(norm, rel=1e-3, abs=1e-5)


# From files


def test_features_are_read_with_their_labels(tmp_path):
    paths = [tmp_path / name for name in ("a-features.npz", "b-features.npz", "data.npz")]
    for path, seed in zip(paths[:2], (0, 1), strict=True):
        artifacts.save_npz(path, seeds=np.array([seed]), norms=np.full((1, 2, N), seed + 1.0))
    datasets.save(paths[2], DATA)
    read = sources.load("features", paths, ["norms"])
    assert read.seeds.tolist() == [0, 1] and read.changes is None
    assert read.norms[:, 0, 0].tolist() == [1, 2]
    np.testing.assert_array_equal(read.labels, DATA.train_labels)
    gradients = sources.load("input-gradients", paths[:2], ["norms"])
    assert gradients.norms[:, 0, 0].tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"hold the seeds \[1\]; expected every seed from 0 on"):
        sources.load("features", paths[1:], ["norms"])
