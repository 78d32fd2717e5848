"""VoG's observer: by hand, and of logistic regression, whose input gradients are its weights."""

import numpy as np
import pytest
import torch
from torch import nn
from toy_block import CPU, DATA, SGD, SHAPE, contents, make_block, run

from hardness.core import artifacts
from hardness.scoring import estimation, sources
from hardness.training import loop
from hardness.training.measures import of_pixels
from hardness.training.parts import OBSERVERS
from hardness.training.protocols import Setting

MODELS = [SGD["model"], {"name": "conv4", "widths": [4, 6, 8, 8]}]  # the second with batch norm
LOGISTIC = SGD | {"model": {"name": "logistic"}, "observe": ["features", "label-gradients"]}


def test_by_hand():
    """Two samples of two pixels, three epochs: 1, 4, 7 deviates by the root of 6; 2, 2, 2 by 0."""
    labels = np.array([[0], [1]])
    setting = Setting("toy", [0], labels, labels, labels[:, 0], 2, 3, 1, CPU, torch.float64)
    part = OBSERVERS.find("label-gradients").observer(setting)
    part.between_epochs(0, lambda **_: pytest.fail("there is nothing to observe yet"))
    for epoch, first in enumerate((1, 4, 7)):
        found = torch.tensor([[[first, 2]], [[2, -first]]], dtype=torch.float64)
        part.between_epochs(epoch + 1, lambda gradients, found=found: found)
        part.between_epochs(epoch + 1, lambda **_: pytest.fail("it is done already"))
    deviation = part.arrays(nn.Identity())["deviation"]
    np.testing.assert_allclose(deviation, [[6**0.5 / 2, 6**0.5 / 2]], rtol=1e-12)


def test_a_pixels_gradient_is_the_mean_over_its_channels():
    gradient = torch.arange(2 * 4 * 3.0).reshape(2, 4, 3, 1)  # 2 samples, 2 members of 2 channels
    found = of_pixels(gradient, 2)
    assert found.shape == (2, 2, 3) and found[1, 0].tolist() == [13.5, 14.5, 15.5]
    assert torch.equal(of_pixels(torch.arange(8.0).reshape(2, 4), 2)[1], torch.tensor(
        [[4.0, 5.0], [6.0, 7.0]]))  # fmt: skip


def test_gradients_of_logistic_regression_are_its_weights(tmp_path, monkeypatch):
    """Of two members; the deviation by numpy."""
    weights, genuine = [], loop.Training.between_epochs

    def between_epochs(self, epochs):
        genuine(self, epochs)
        if epochs:
            held = self.network.state_dict()["head.weight"].clone().numpy()
            weights.append(held.reshape(2, 3, SHAPE[0] * SHAPE[1], SHAPE[2]))

    monkeypatch.setattr(loop.Training, "between_epochs", between_epochs)
    entry = run(tmp_path, LOGISTIC, [0, 1])
    of_epochs = np.array(weights, dtype=float).mean(axis=4)  # (T, K, classes, pixels)
    assert len(of_epochs) == SGD["epochs"]
    expected = of_epochs.std(axis=0).mean(axis=2)[:, DATA.train_labels]
    read = sources.load("label-gradients", [entry / "label-gradients.npz"], ["deviation"])
    scored = estimation.compute("vog", read)
    assert scored.direction == "up" and (expected > 0).all()
    np.testing.assert_allclose(scored.scores, expected, rtol=1e-4)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("model", MODELS)
def test_observing_label_gradients_changes_no_weight(precision, model, tmp_path):
    recipe = SGD | {"precision": precision, "model": model}
    observed = run(tmp_path, recipe | {"observe": "label-gradients"})
    assert contents(observed)["test.npz"] == contents(run(tmp_path, recipe))["test.npz"]
    found = artifacts.load_npz(observed / "label-gradients.npz")["deviation"]
    assert found.shape == (3, len(DATA.train_labels)) and (found > 0).all()


@pytest.mark.parametrize("model", MODELS)
def test_grouped_is_single_and_nothing_is_changed(model, tmp_path):
    recipe = SGD | {"model": model}
    grouped, alone = (
        loop.Training(make_block(recipe, seeds), tmp_path, CPU, torch.float64)
        for seeds in ([0, 1, 2], [1])
    )
    before = {name: value.clone() for name, value in grouped.network.state_dict().items()}
    rows = torch.arange(len(DATA.train_labels))
    all_of_them, own = (one.evaluate(one.view, rows, one.gradients) for one in (grouped, alone))
    torch.testing.assert_close(all_of_them[:, 1], own[:, 0], rtol=1e-12, atol=1e-12)
    assert grouped.network.training
    assert all(torch.equal(before[k], value) for k, value in grouped.network.state_dict().items())
    assert all(value.grad is None for value in grouped.network.parameters())
