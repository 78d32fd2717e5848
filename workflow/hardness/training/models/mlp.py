"""A multilayer perceptron: dense layers with ReLU, on rows of a table or on an image's pixels."""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Linear, by_member

INPUTS = ("images", "rows")


class MLP(nn.Module):
    def __init__(self, members: int, shape: tuple[int, ...], classes: int, widths: list[int]):
        super().__init__()
        self.members = members
        sizes = pairwise([math.prod(shape), *widths])
        self.hidden = nn.ModuleList(Linear(members, inputs, outputs) for inputs, outputs in sizes)
        self.head = Linear(members, widths[-1], classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        x = by_member(x, self.members)
        for dense in self.hidden:
            x = F.relu(dense(x))
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x)).permute(2, 0, 1)


def network(
    members: int, shape: tuple[int, ...], classes: int, widths: tuple[int, ...] = (100,)
) -> nn.Module:
    if not widths:
        raise ValueError("mlp takes the widths of its hidden layers, at least one; not []")
    return MLP(members, shape, classes, list(widths))
