"""Multinomial logistic regression: one dense layer, on rows of a table or on an image's pixels."""

import math

import torch
from torch import nn

from hardness.training.layers import Linear, by_member

INPUTS = ("images", "rows")


class Logistic(nn.Module):
    def __init__(self, members: int, shape: tuple[int, ...], classes: int):
        super().__init__()
        self.members = members
        self.head = Linear(members, math.prod(shape), classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return by_member(x, self.members)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x)).permute(2, 0, 1)


def network(members: int, shape: tuple[int, ...], classes: int) -> nn.Module:
    return Logistic(members, shape, classes)
