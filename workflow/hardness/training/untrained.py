"""The features of a block's networks before training: a control."""

from pathlib import Path

import numpy as np
import torch

from hardness.training.loop import Training
from hardness.training.store import Block


def features(block: Block, device: torch.device) -> tuple[np.ndarray, np.ndarray]:
    """The features of all training samples (K, n, d) and of all test samples (K, m, d) float32,
    without augmentation, in eval mode, by networks with the initial weights of the block's seeds.
    """
    training, data = Training(block, Path(), device), block.data
    found = [
        training.evaluate(view, torch.arange(len(labels), device=device), training.features)
        for view, labels in (
            (training.view, data.train_labels),
            (training.test, data.test_labels),
        )
    ]
    train, test = (one.transpose(0, 1).float().contiguous().cpu().numpy() for one in found)
    return train, test
