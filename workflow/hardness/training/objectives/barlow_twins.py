"""Barlow Twins (Zbontar et al. 2021): over a batch, each output of two views of the same samples
should have the correlation 1, and two different outputs the correlation 0.

With C the cross-correlation matrix over a batch, each view's outputs standardized by themselves,
the loss is the sum of (C_ii - 1)^2, plus lambda times the sum of C_ij^2 over i != j.
"""

import torch

from hardness.training.protocols import Objective, Setting

LABELS = False
EPSILON = 1e-5  # of batch norm, with which the authors standardize


def _standardized(embeddings: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings (2B, K, d) as (2, K, B, d), of mean 0 and variance 1 over each view's batch; and
    the factor (2, K, 1, d) by which they were scaled.
    """
    z = embeddings.unflatten(0, (2, -1)).transpose(1, 2)
    z = z - z.mean(2, keepdim=True)
    scale = (z.square().mean(2, keepdim=True) + EPSILON).rsqrt()
    return z * scale, scale


class BarlowTwins(Objective):
    """weight: lambda, the weight of the correlations between two different outputs."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def _terms(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The differences (K, d, d) between the correlations of standardized embeddings and their
        targets, and the weights (d, d) of their squares.
        """
        aim = torch.eye(z.shape[3], dtype=z.dtype, device=z.device)
        correlations = z[0].transpose(1, 2) @ z[1] / z.shape[2]
        return correlations - aim, torch.where(aim > 0, aim, self.weight)

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The batch's loss, repeated for each of its samples."""
        z, _ = _standardized(logits)
        error, weight = self._terms(z)
        return (weight * error.square()).sum((1, 2)).expand(len(labels), -1)

    def gradient(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The closed form: 2 weight error / B through the correlations, then the backward pass of
        the standardization, as in batch norm.
        """
        z, scale = _standardized(logits)
        error, weight = self._terms(z)
        slope = 2 / z.shape[2] * weight * error
        back = torch.stack([z[1] @ slope.transpose(1, 2), z[0] @ slope])
        along = (back * z).mean(2, keepdim=True)
        found = scale * (back - back.mean(2, keepdim=True) - z * along)
        return found.transpose(1, 2).flatten(0, 1)


def objective(setting: Setting, lambda_: float = 0.005) -> BarlowTwins:
    if lambda_ < 0:
        raise ValueError(
            f"the recipe's objective: lambda is {lambda_}, expected a number of at least 0"
        )
    return BarlowTwins(lambda_)
