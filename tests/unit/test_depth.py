"""Prediction depth: votes against scikit-learn's; depths by hand, and of a network recomputed from
its weights; the stages of every model.
"""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import nn
from toy_block import CLASSES, CPU, DATA, SGD, SHAPE, N, make_block, run

from hardness.core import artifacts
from hardness.training import depth, networks
from hardness.training.checks import PartError
from hardness.training.layers import Network
from hardness.training.parts import MODELS

LARGE = {"lenet": (12, 12, 3), "mlp": (5,), "logistic": (5,)}
STAGES = {
    "conv4": 4, "digits-cnn": 3, "lenet": 4, "mlp": 1, "resnet-cifar": 4, "resnet9": 6,
    "resnet18": 9, "resnet18-imagenet": 9,
}  # fmt: skip


def test_depth_by_hand():
    """Three stages, one member, five samples; the network predicts 0 of all."""
    votes = np.array([[[0, 1, 1, 0, 1]], [[0, 0, 1, 1, 0]], [[0, 0, 0, 0, 1]]])
    assert depth.depth(votes, np.zeros((1, 5), int)).tolist() == [[0, 1, 2, 2, 3]]


def test_votes_are_scikit_learns_where_no_classes_have_as_many():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    points = (rng.normal(size=(200, 6)) + np.eye(3)[labels] @ rng.normal(size=(3, 6))).astype("f4")
    found, clear = depth.vote(points, labels, 3), 0
    for i in range(200):
        rest = np.arange(200) != i
        classifier = KNeighborsClassifier(30).fit(points[rest], labels[rest])
        shares = np.sort(classifier.predict_proba(points[i : i + 1])[0])
        if shares[-1] > shares[-2]:
            clear += 1
            assert found[i] == classifier.predict(points[i : i + 1])[0]
    assert clear > 150


def test_of_classes_with_as_many_votes_the_nearer_one_is_chosen():
    """On a line: the sample at 0 has 15 neighbours of class 1 from 1 to 15, and 15 of class 0
    beyond; all others are far away.
    """
    places = np.concatenate([[0], np.arange(1, 31), 1000 + np.arange(40)])
    labels = np.concatenate([[2], np.repeat([1, 0], 15), np.full(40, 2)])
    assert depth.vote(places[:, None].astype(np.float32), labels, 3)[0] == 1


def test_a_networks_depths_are_those_computed_anew_from_its_weights(tmp_path):
    """A perceptron of two hidden layers, two members: its layers in numpy, voted on by scikit-learn
    where a vote is clear.
    """
    recipe = SGD | {"model": {"name": "mlp", "widths": [12, 7]}}
    block = make_block(recipe, [2, 5])
    weights = artifacts.load_npz(run(tmp_path, recipe, [2, 5]) / "weights.npz")
    found = depth.depths(block, weights, CPU)
    assert found["seeds"].tolist() == [2, 5]
    images = (DATA.train_inputs / 255 - DATA.mean.astype(float)) / DATA.std.astype(float)
    rows = images.reshape(N, -1)
    for k in range(2):
        x, votes, clear = rows, [], np.ones(N, bool)
        for layer in ("hidden.0", "hidden.1", "head"):
            weight, bias = (
                np.split(weights[f"{layer}.{part}"], 2)[k] for part in ("weight", "bias")
            )
            x = x @ weight.T + bias
            if layer == "head":
                break
            x = np.maximum(x, 0)
            votes.append(np.zeros(N, int))
            for i in range(N):
                rest = np.arange(N) != i
                model = KNeighborsClassifier(30).fit(x[rest], DATA.train_labels[rest])
                shares = np.sort(model.predict_proba(x[i : i + 1])[0])
                clear[i] &= shares[-1] > shares[-2]
                votes[-1][i] = model.predict(x[i : i + 1])[0]
        predicted = x.argmax(axis=1)
        expected = np.where(votes[1] != predicted, 2, np.where(votes[0] != predicted, 1, 0))
        assert clear.sum() > 35 and len(set(expected[clear])) > 1
        np.testing.assert_array_equal(found["depth"][k][clear], expected[clear])


@pytest.mark.parametrize("name", sorted(set(MODELS.names()) - {"logistic"}))
def test_each_stage_holds_the_members_side_by_side_and_features_are_of_the_last(name):
    shape, torch_rng = LARGE.get(name, SHAPE), torch.Generator().manual_seed(0)
    options = {"depth": 8} if name == "resnet-cifar" else {}
    inputs = [shape[-1] if len(shape) == 1 else shape[2], *shape[:2]][: len(shape)]
    x = torch.randn(3, *inputs, generator=torch_rng)

    def made(seeds):
        network = networks.build(name, seeds=seeds, shape=shape, classes=CLASSES, **options).eval()
        with torch.no_grad():
            stages = list(network.stages(x.repeat(1, len(seeds), *[1] * (x.ndim - 2))))
        return network, stages, [depth.points(one, len(seeds)) for one in stages]

    _, _, single = made([4])
    network, stages, grouped = made([2, 4])
    assert len(grouped) == STAGES[name]
    for one, both in zip(single, grouped, strict=True):
        assert one.shape[:2] == (3, 1) and both.shape[:2] == (3, 2)
        torch.testing.assert_close(both[:, 1], one[:, 0], rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        features = network.features(x.repeat(1, 2, *[1] * (x.ndim - 2)))
    last = stages[-1]
    if last.ndim == 4:
        last = last.amax((2, 3)) if name == "resnet9" else last.mean((2, 3))
        last = last.unflatten(1, (2, -1)).permute(1, 2, 0)
    torch.testing.assert_close(features, last)


def test_large_images_of_a_stage_are_averaged():
    made = torch.arange(2 * 6 * 8 * 2.0).reshape(2, 6, 8, 2)  # 2 samples, 2 members of 3 channels
    found = depth.points(made, 2)
    assert found.shape == (2, 2, 3 * 4 * 2)
    assert found[1, 1, 0] == made[1, 3, :2, 0].mean()


class Own(nn.Module):
    def forward(self, x):
        return x


@pytest.mark.parametrize("network", [Own(), Network()])
def test_a_network_without_stages_is_told(network, tmp_path):
    training = depth.Training(make_block(SGD, [1]), tmp_path, CPU)
    training.network = network
    with pytest.raises(PartError, match=r"digits_cnn\.py: this network names no stages"):
        depth._with_stages(training)
