"""A multilayer perceptron: dense layers with ReLU, on rows of a table or on an image's pixels."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Head, Linear, Network, by_member, last

INPUTS = ("images", "rows")


class MLP(Network):
    def __init__(
        self, members: int, shape: tuple[int, ...], head: Head, widths: Sequence[int]
    ) -> None:
        super().__init__()
        self.members = members
        sizes = pairwise([math.prod(shape), *widths])
        self.hidden = nn.ModuleList(Linear(members, inputs, outputs) for inputs, outputs in sizes)
        self.head = head(widths[-1])

    def stages(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        x = by_member(x, self.members)
        for dense in self.hidden:
            x = F.relu(dense(x))
            yield x

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return last(self.stages(x))

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        return self.head(features)


def network(
    members: int, shape: tuple[int, ...], head: Head, widths: Sequence[int] = (100,)
) -> MLP:
    if not widths:
        raise ValueError("mlp takes the widths of its hidden layers, at least one; not []")
    return MLP(members, shape, head, widths)
