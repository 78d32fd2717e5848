"""Class-balanced cross entropy (Cui et al. 2019): a sample of class c has the weight
(1 - beta) / (1 - beta^n_c), with n_c the rows of class c in the training set, scaled so that the
classes' weights sum to the number of classes.

The batch's weighted sum is divided by B, not by the sum of its weights.
"""

import numpy as np
import torch

from hardness.training.objectives import _softmax
from hardness.training.protocols import Objective, Setting


def weights(counts: np.ndarray, beta: float) -> np.ndarray:
    """The classes' weights (K, k) from counts (K, k): 0 for a class without rows; the other weights
    sum to their number.
    """
    with np.errstate(divide="ignore"):
        effective = -np.expm1(counts * np.log(beta))  # 1 - beta^n; beta 0: 1
    raw = np.divide(1 - beta, effective, out=np.zeros(counts.shape), where=counts > 0)
    return raw * (counts > 0).sum(axis=1, keepdims=True) / raw.sum(axis=1, keepdims=True)


class ClassBalanced(Objective):
    """weights: (K, k), of each member's classes."""

    def __init__(self, weights: torch.Tensor) -> None:
        self.weights = weights

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return _softmax.cross_entropy(logits, labels) * self.weights.gather(1, labels.T).T

    def gradient(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        weight = self.weights.gather(1, labels.T) / len(labels)  # (K, B)
        return _softmax.error(logits, labels).mul_(weight[:, None]).permute(2, 0, 1)


def objective(setting: Setting, beta: float = 0.9999) -> ClassBalanced:
    if not 0 <= beta < 1:
        raise ValueError(
            f"the recipe's objective: beta is {beta}, expected a number from 0 to below 1"
        )
    found = weights(setting.class_counts, beta)
    return ClassBalanced(torch.from_numpy(found).to(setting.device, setting.dtype))
