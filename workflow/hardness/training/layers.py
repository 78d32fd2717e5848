"""Layers of a network that holds the members of a block side by side."""

from collections import deque
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import nn

Head = Callable[[int], nn.Module]  # head(d): a module from features (K, d, B) to outputs (K, k, B)


class Network(nn.Module):
    """A network of features and a head. Its file's `network(members, shape, head, **options)` makes
    the head by head(d), as the last of all layers.
    """

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The features (K, d, B) of a batch x: what the head reads."""
        raise NotImplementedError

    def stages(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        """The values after each stage of layers, for a batch x: images (B, K*C, H, W) or columns
        (K, d, B). The features are made from the last stage. Prediction depth reads them.
        """
        raise NotImplementedError

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        """The head's outputs (K, k, B) of features (K, d, B)."""
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.outputs(self.features(x)).permute(2, 0, 1)


def last(stages: Iterator[torch.Tensor]) -> torch.Tensor:
    """The last of a network's stages. Each other stage is freed as soon as the next one is made."""
    (made,) = deque(stages, maxlen=1)
    return made


class Linear(nn.Module):
    """One dense layer per member, on columns: (K, inputs, B) -> (K, outputs, B). With the weights
    on the left, their gradient has their own layout. weight: (K*outputs, inputs); bias:
    (K*outputs,) or None; scale: the factor of weight times input.
    """

    def __init__(
        self, members: int, inputs: int, outputs: int, bias: bool = True, scale: float = 1
    ) -> None:
        super().__init__()
        self.members, self.scale = members, scale
        one = nn.Linear(inputs, outputs, bias)  # torch's own initialization
        self.weight = nn.Parameter(one.weight.detach().repeat(members, 1))
        self.bias = nn.Parameter(one.bias.detach().repeat(members)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight.view(self.members, -1, self.weight.shape[1])
        if self.bias is None:
            return torch.bmm(weight, x) * self.scale
        return torch.baddbmm(self.bias.view(self.members, -1, 1), weight, x, alpha=self.scale)


def conv(
    members: int,
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    bias: bool = True,
) -> nn.Conv2d:
    """One convolution per member, as one grouped convolution."""
    return nn.Conv2d(
        members * inputs, members * outputs, kernel, stride, padding, groups=members, bias=bias
    )


def pooled(layer: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    """A convolution, 2x2 max-pooling and a ReLU. The bias is added after pooling: this gives the
    same values (except for bfloat16's rounding) with a quarter of the additions, forward and
    backward.
    """
    x = F.max_pool2d(
        F.conv2d(x, layer.weight, None, layer.stride, layer.padding, groups=layer.groups), 2
    )
    x = x if layer.bias is None else x.add_(layer.bias.view(-1, 1, 1))
    return x.relu_()


def by_member(x: torch.Tensor, members: int) -> torch.Tensor:
    """The input (K, inputs, B) of a dense layer: from images (B, K*C, H, W), (K, H*W*C, B), which
    is one copy with channels-last memory; from rows (B, K*d), (K, d, B), which is a view.
    """
    if x.ndim == 2:
        return x.unflatten(1, (members, -1)).permute(1, 2, 0)
    batch, channels, height, width = x.shape
    x = x.permute(0, 2, 3, 1).reshape(batch, height * width, members, channels // members)
    return x.permute(2, 0, 1, 3).reshape(members, batch, -1).transpose(1, 2)
