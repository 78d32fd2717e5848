"""A training set of the study in a user's own training loop."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from hardness.core import artifacts
from hardness.trainingset import TrainingSet


def saved(path, *draws):
    artifacts.save_npz(path, source=np.array(draws, dtype=np.int32))
    return path


def test_a_loader_gives_the_chosen_samples_as_often_as_the_set_has_them(tmp_path):
    rows = torch.arange(10) * 10
    chosen = TrainingSet(saved(tmp_path / "a.npz", [7, 2, 2]), TensorDataset(rows, rows + 1))
    (inputs, labels), *others = DataLoader(chosen, batch_size=5)
    assert inputs.tolist() == [70, 20, 20] and labels.tolist() == [71, 21, 21] and not others


def test_each_member_has_its_draw(tmp_path):
    path = saved(tmp_path / "a.npz", [0, 1], [2, 2])
    assert [list(TrainingSet(path, "xyz", member)) for member in (0, 1, 2, 3)] == [
        ["x", "y"], ["z", "z"], ["x", "y"], ["z", "z"]
    ]  # fmt: skip


def test_what_cannot_be_chosen(tmp_path):
    with pytest.raises(ValueError, match="names sample 3, but the data set has 3"):
        TrainingSet(saved(tmp_path / "a.npz", [0, 3]), "xyz")
    with pytest.raises(ValueError, match="holds synthetic samples"):
        TrainingSet(saved(tmp_path / "a.npz", [0, -1]), "xyz")
