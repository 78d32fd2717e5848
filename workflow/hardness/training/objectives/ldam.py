"""LDAM with deferred re-weighting (Cao et al. 2019): cross entropy after a margin, larger for rarer
classes, is subtracted from the label's logit; after a share of the epochs (`deferred`) also with
class-balanced weights.

The margin of class c is largest * (n_min / n_c)^(1/4), as a cosine: it is multiplied by `scale`,
which must be that of the head. n_c: rows of class c in the training set. The batch's weighted sum
is divided by B, not by the sum of its weights.
"""

import numpy as np
import torch

from hardness.training.objectives import _softmax
from hardness.training.objectives.class_balanced import weights
from hardness.training.protocols import Objective, Setting


def margins(counts: np.ndarray, largest: float) -> np.ndarray:
    """The classes' margins (K, k) from counts (K, k); a class without rows has the largest."""
    rarest = np.where(counts > 0, counts, np.inf).min(axis=1, keepdims=True)
    return largest * (rarest / np.maximum(counts, rarest)) ** 0.25


class LDAM(Objective):
    """margins: (K, k) of logits; weights: (K, k) of the classes, from the epoch `deferred` on."""

    def __init__(self, margins: torch.Tensor, weights: torch.Tensor, deferred: float) -> None:
        self.margins, self.late, self.deferred = margins, weights, deferred
        self.weights = torch.ones_like(weights)  # of this epoch

    def begin(self, epoch: int) -> None:
        if epoch >= self.deferred:
            self.weights.copy_(self.late)
        else:
            self.weights.fill_(1)

    def _shifted(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        margin = self.margins.gather(1, labels.T).T
        return logits.scatter_add(2, labels[..., None], -margin[..., None])

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        losses = _softmax.cross_entropy(self._shifted(logits, labels), labels)
        return losses * self.weights.gather(1, labels.T).T

    def gradient(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        weight = self.weights.gather(1, labels.T) / len(labels)  # (K, B)
        error = _softmax.error(self._shifted(logits, labels), labels)
        return error.mul_(weight[:, None]).permute(2, 0, 1)


def objective(
    setting: Setting,
    largest: float = 0.5,
    scale: float = 30,
    beta: float = 0.9999,
    deferred: float = 0.8,
) -> LDAM:
    if not 0 <= beta < 1:
        raise ValueError(
            f"the recipe's objective: beta is {beta}, expected a number from 0 to below 1"
        )
    counts = setting.class_counts
    by_class, late = (
        torch.from_numpy(values).to(setting.device, setting.dtype)
        for values in (scale * margins(counts, largest), weights(counts, beta))
    )
    return LDAM(by_class, late, deferred * setting.epochs - 1e-9)
