"""Balanced softmax (Ren et al. 2020): cross entropy of the logits plus ln n_c, with n_c the rows of
class c in the training set. So the logits become those for equally frequent classes.
"""

import torch

from hardness.training.objectives import _softmax
from hardness.training.protocols import Objective, Setting


class BalancedSoftmax(Objective):
    """prior: (K, k), ln n_c of each member's classes; -inf for a class without rows."""

    def __init__(self, prior: torch.Tensor) -> None:
        self.prior = prior

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return _softmax.cross_entropy(logits + self.prior, labels)

    def gradient(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        error = _softmax.error(logits + self.prior, labels)
        return error.mul_(1 / len(labels)).permute(2, 0, 1)


def objective(setting: Setting) -> BalancedSoftmax:
    counts = torch.from_numpy(setting.class_counts).to(setting.device, setting.dtype)
    return BalancedSoftmax(counts.log())
