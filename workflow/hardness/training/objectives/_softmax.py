"""Shared by the objectives on softmax (a leading underscore: this is no objective)."""

import torch
import torch.nn.functional as F


def error(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """p - onehot(y) of logits (B, K, classes) and labels (B, K), as (K, classes, B), because torch
    is slow if the classes come last.
    """
    p = logits.permute(1, 2, 0).softmax(1)
    return p.scatter_(1, labels.T[:, None], -1.0, reduce="add")


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """-ln p_y (B, K) of logits (B, K, classes) and labels (B, K)."""
    losses = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    return losses.view(labels.shape)
