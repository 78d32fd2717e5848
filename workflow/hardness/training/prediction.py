"""Predict with a trained block's saved weights: the data set's training part, and the test part by
another inference (TDE).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from hardness.training.checks import PartError
from hardness.training.heads.normalized import Normalized
from hardness.training.loop import Training
from hardness.training.measures import half
from hardness.training.store import Block


def predict(
    block: Block, weights: Mapping[str, np.ndarray], device: torch.device
) -> dict[str, np.ndarray]:
    """Predict all rows of the training part, without augmentation, in eval mode.

    weights: the arrays of the block's weights.npz. Returns the arrays that the observer of
    predictions leaves: seeds (K,), logits (K, n, classes) float16, and predicted (K, n), the argmax
    before rounding to float16. Nothing is written.
    """
    training = trained(block, weights, device)
    rows = torch.arange(len(block.data.train_labels), device=device)
    logits = training.evaluate(training.view, rows, training.logits)
    by_member = logits.transpose(0, 1).cpu().numpy()
    return {
        "seeds": np.array(block.seeds, dtype=np.int64),
        "logits": half(by_member, block.name, block.seeds, "in the predictions"),
        "predicted": by_member.argmax(2),
    }


def direct_effects(
    block: Block, weights: Mapping[str, np.ndarray], alphas: Sequence[float], device: torch.device
) -> dict[str, np.ndarray]:
    """Predict the test part by total direct effect (TDE, see heads/normalized.py), once for each
    alpha; 0 is the usual inference.

    weights: as in `predict`. Returns seeds (K,), alphas (A,) and predicted (K, A, n_test). Raises
    PartError for a network with another head.
    """
    training = trained(block, weights, device)
    heads = [part for part in training.network.modules() if isinstance(part, Normalized)]
    if not heads:
        raise PartError(
            f"{block.name}: the recipe's head is {block.recipe['head']['name']}; expected "
            "normalized, whose networks TDE reads"
        )
    rows = torch.arange(len(block.data.test_labels), device=device)
    predicted = []
    for alpha in alphas:
        heads[0].alpha = alpha
        logits = training.evaluate(training.test, rows, training.logits)
        predicted.append(logits.argmax(2).T.cpu().numpy())
    return {
        "seeds": np.array(block.seeds, dtype=np.int64),
        "alphas": np.array(alphas, dtype=np.float64),
        "predicted": np.stack(predicted, axis=1),
    }


def trained(block: Block, weights: Mapping[str, np.ndarray], device: torch.device) -> Training:
    """The block's Training with the trained weights loaded. Nothing is written."""
    training = Training(block, Path(), device)
    training.network.load_state_dict(
        {name: torch.from_numpy(value) for name, value in weights.items() if name != "seeds"}
    )
    return training
