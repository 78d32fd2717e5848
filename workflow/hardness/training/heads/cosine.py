"""Cosines of the features with each class's weights, times a scale."""

import torch
import torch.nn.functional as F

from hardness.training.layers import Linear


class Cosine(Linear):
    def __init__(self, members: int, inputs: int, outputs: int, scale: float) -> None:
        super().__init__(members, inputs, outputs, bias=False, scale=scale)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight.view(self.members, -1, self.weight.shape[1])
        return self.scale * torch.bmm(F.normalize(weight, dim=2), F.normalize(x, dim=1))


def head(members: int, inputs: int, outputs: int, scale: float = 30) -> Cosine:
    return Cosine(members, inputs, outputs, scale)
