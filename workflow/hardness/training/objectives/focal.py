"""Focal loss (Lin et al. 2017): the mean of -(1 - p_y)^gamma ln p_y over a batch.

Samples that are predicted right with confidence count less. gamma 0 is cross entropy.
"""

import torch

from hardness.training.objectives import _softmax
from hardness.training.protocols import Objective, Setting


class Focal(Objective):
    def __init__(self, gamma: float) -> None:
        self.gamma = gamma

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        losses = _softmax.cross_entropy(logits, labels)
        return (-torch.expm1(-losses)) ** self.gamma * losses

    def gradient(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """(1 - p_y)^gamma (1 - gamma p_y ln p_y / (1 - p_y)) (p - y) / B.

        p ln p / (1 - p) tends to -1 where p tends to 1.
        """
        log_p = -_softmax.cross_entropy(logits, labels).T  # (K, B)
        wrong = -torch.expm1(log_p)
        slope = torch.where(wrong > 0, log_p.exp() * log_p / wrong, -1.0)
        weight = wrong**self.gamma * (1 - self.gamma * slope) / len(labels)
        return _softmax.error(logits, labels).mul_(weight[:, None]).permute(2, 0, 1)


def objective(setting: Setting, gamma: float = 2.0) -> Focal:
    if gamma < 0:
        raise ValueError(
            f"the recipe's objective: gamma is {gamma}, expected a number of at least 0"
        )
    return Focal(gamma)
