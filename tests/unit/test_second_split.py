"""Second-split forgetting: its scores on a toy by hand, its halves, and planted label errors, which
are forgotten first.
"""

import numpy as np
import pytest
import scipy.stats
from toy_block import ADAM, CPU, SGD, make_block

from hardness.core import artifacts, halves
from hardness.data import datasets, derived
from hardness.scoring import estimation, sources
from hardness.training import loop
from hardness.training.parts import SAMPLERS
from hardness.training.protocols import Setting

# One pair, three epochs a stage, six samples: right (1) or wrong (0) after each epoch
CORRECT = np.array([
    [0, 1, 1, 1, 1, 1],  # learned in epoch 2, never forgotten
    [1, 1, 1, 0, 0, 0],  # forgotten at once
    [0, 0, 1, 1, 0, 0],
    [1, 0, 1, 0, 1, 0],  # right except in the last epoch: forgotten in it
    [1, 1, 0, 0, 0, 0],  # not right when the second stage begins
    [0, 0, 0, 1, 1, 1],
]).T[None].astype(bool)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected", "direction"),
    [("ssft", [4, 1, 2, 3, 0, 0], "down"), ("fslt", [2, 1, 3, 3, 4, 4], "up")],
)
def test_scores_by_hand(name, expected, direction):
    made = estimation.compute(name, sources.SecondSplit(np.arange(1), CORRECT))
    assert made.scores.tolist() == [expected] and made.direction == direction


@pytest.mark.parametrize("n", [300, 301])
def test_a_member_sees_one_half_and_then_the_other_each_row_twice_an_epoch(n):
    labels = np.zeros((n, 2), int)
    setting = Setting("toy", [4, 7], labels, labels, labels[:, 0], 1, 6, 2, None, None)
    part = SAMPLERS.find("second-split").sampler(setting)
    first = halves.first_half(n)
    assert first.sum() == n // 2
    for member, own in ((0, first), (1, ~first)):
        for epoch in range(6):
            half = own if epoch < 3 else ~own
            counts = np.bincount(part.draw(member, epoch, {}), minlength=n)
            assert not counts[~half].any()
            assert np.abs(counts[half] - 2).max() <= n % 2 and counts.sum() == n


@pytest.mark.parametrize("recipe", [SGD, ADAM], ids=["sgd", "adam"])
def test_schedule_and_optimizer_begin_again_with_the_second_half(recipe, tmp_path, monkeypatch):
    """What a cosine gives to each of four steps in two epochs, twice; and no step before it."""
    recipe = recipe | {"schedule": {"name": "cosine"}, "sampler": {"name": "second-split"}}
    training = loop.Training(make_block(recipe, [0], record=False), tmp_path, CPU)
    rates, held, genuine = [], [], loop.Training.train_step

    def step(self, *arguments):
        held.append({name: value.abs().max().item()
                     for name, value in self.optimizer.tensors().items()})  # fmt: skip
        genuine(self, *arguments)
        rates.append(self.lr.item())

    monkeypatch.setattr(loop.Training, "train_step", step)
    training.run()
    expected = [(1 + np.cos(np.pi * done / 8)) / 2 for done in range(8)]
    np.testing.assert_allclose(
        rates, recipe["optimizer"]["lr"] * np.array([*expected, *expected]), rtol=1e-6
    )
    assert [step for step, state in enumerate(held) if not any(state.values())] == [0, 8]


def test_a_sample_is_scored_by_the_member_that_began_with_its_half(tmp_path):
    correct = np.zeros((4, 2, 10), bool)
    correct[1], correct[2] = True, True  # an odd member, and an even one
    artifacts.save_npz(tmp_path / "pass.npz", seeds=np.arange(4), correct=correct)
    read = sources.load("second-split", [tmp_path / "pass.npz"], ["correct"])
    first = halves.first_half(10)
    assert read.seeds.tolist() == [0, 1] and read.correct.shape == (2, 2, 10)
    assert (read.correct[0] == ~first).all() and (read.correct[1] == first).all()
    artifacts.save_npz(tmp_path / "pass.npz", seeds=np.arange(3), correct=correct[:3])
    with pytest.raises(ValueError, match="3 members train on one half .* an even number"):
        sources.load("second-split", [tmp_path / "pass.npz"], ["correct"])


def test_label_errors_are_forgotten_first(tmp_path):
    """A tenth of 600 digits, flipped; two pairs. The rank test is scipy's."""
    digits = derived.subset(datasets.read({"kind": "digits", "test_share": 0.2, "split_seed": 0},
                                          tmp_path), 600, 60, 0)  # fmt: skip
    data = derived.noisy(digits, 0.1, 3)
    recipe = SGD | {
        "model": {"name": "digits-cnn"},
        "epochs": 24,
        "batch_size": 30,
        "sampler": {"name": "second-split"},
        "observe": "pass",
        "augment": {"shift": 0, "flip": False, "pad": "black"},
    }
    full = datasets.full(data.train_labels, data.train_inputs.shape[1:])
    block = make_block(recipe, range(4), data=data, training_set=full)
    entry = loop.train(block._replace(observe=("pass",)), tmp_path, CPU)
    read = sources.load("second-split", [entry / "pass.npz"], ["correct"])
    scores = estimation.compute("ssft", read).scores.mean(axis=0)
    flipped = data.true_labels != data.train_labels
    found = scipy.stats.mannwhitneyu(scores[flipped], scores[~flipped], alternative="less")
    assert found.pvalue < 1e-6 and scores[flipped].mean() < scores[~flipped].mean() - 2
