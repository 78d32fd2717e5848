"""What a trained block predicts of its data set's training part, by the weights that it left."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from hardness.training.loop import Training
from hardness.training.measures import half
from hardness.training.store import Block


def predict(
    block: Block, weights: Mapping[str, np.ndarray], device: torch.device
) -> dict[str, np.ndarray]:
    """Predict all rows of the training part as they are, in eval mode.

    weights: the arrays of the block's weights.npz. Returns seeds (K,), logits (K, n, classes)
    float16 and predicted (K, n), float32's argmax: the arrays that the observer of predictions
    leaves. Nothing is written.
    """
    training = Training(block, Path(), device)
    training.network.load_state_dict(
        {name: torch.from_numpy(value) for name, value in weights.items() if name != "seeds"}
    )
    logits = training.evaluate(training.view, len(block.data.train_labels))
    by_member = logits.transpose(0, 1).cpu().numpy()
    return {
        "seeds": np.array(block.seeds, dtype=np.int64),
        "logits": half(by_member, block.name, block.seeds, "in the predictions"),
        "predicted": by_member.argmax(2),
    }
