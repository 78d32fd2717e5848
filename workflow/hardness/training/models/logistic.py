"""Multinomial logistic regression: the head alone, on rows of a table or on an image's pixels."""

import math

import torch

from hardness.training.layers import Head, Network, by_member

INPUTS = ("images", "rows")


class Logistic(Network):
    def __init__(self, members: int, shape: tuple[int, ...], head: Head) -> None:
        super().__init__()
        self.members = members
        self.head = head(math.prod(shape))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return by_member(x, self.members)

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        return self.head(features)


def network(members: int, shape: tuple[int, ...], head: Head) -> Logistic:
    return Logistic(members, shape, head)
