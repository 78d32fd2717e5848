"""A projector (Zbontar et al. 2021): dense layers without bias, with batch norm and ReLU between
them. An objective without labels compares the embeddings that it makes from features.

dims: the outputs of each layer; the number of classes has no effect.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Linear


class Projector(nn.Module):
    def __init__(self, members: int, inputs: int, dims: Sequence[int]) -> None:
        super().__init__()
        sizes = pairwise([inputs, *dims])
        self.dense = nn.ModuleList(Linear(members, a, b, bias=False) for a, b in sizes)
        self.norms = nn.ModuleList(nn.BatchNorm1d(members * size) for size in dims[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Embeddings (K, d, B) of features (K, inputs, B)."""
        for dense, norm in zip(self.dense[:-1], self.norms, strict=True):
            x = dense(x)
            x = F.relu(norm(x.reshape(1, -1, x.shape[2]))).view(x.shape)
        return self.dense[-1](x)


def head(members: int, inputs: int, outputs: int, dims: Sequence[int] = (256, 256)) -> Projector:
    if not dims:
        raise ValueError("projector takes the outputs of its layers, at least one; not []")
    return Projector(members, inputs, dims)
