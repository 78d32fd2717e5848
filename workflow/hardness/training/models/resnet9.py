"""Page's nine-layer residual network for 32x32 images ("How to train your ResNet", 2018), narrow
enough for a CPU: with width 16, 24 million multiply-adds per image.

Pooling comes before batch norm, which then has a quarter of the values to normalize. Meant for a
head without bias whose outputs are scaled by 1/8: {name: linear, bias: false, scale: 0.125}.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Head, Network, conv, last


class Layer(nn.Module):
    """A 3x3 convolution, 2x2 max-pooling where asked for, batch norm and ReLU."""

    def __init__(self, members: int, inputs: int, outputs: int, pool: bool = False) -> None:
        super().__init__()
        self.conv = conv(members, inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(members * outputs)
        self.pool = pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        return F.relu(self.norm(F.max_pool2d(x, 2) if self.pool else x))


class Residual(nn.Sequential):
    """Two layers, to whose output the input is added."""

    def __init__(self, members: int, channels: int) -> None:
        super().__init__(*(Layer(members, channels, channels) for _ in range(2)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + super().forward(x)


class ResNet9(Network):
    def __init__(self, members: int, shape: tuple[int, int, int], head: Head, width: int) -> None:
        super().__init__()
        self.members = members
        self.layers = nn.Sequential(
            Layer(members, shape[2], width),
            Layer(members, width, 2 * width, pool=True),
            Residual(members, 2 * width),
            Layer(members, 2 * width, 4 * width, pool=True),
            Layer(members, 4 * width, 8 * width, pool=True),
            Residual(members, 8 * width),
        )
        self.head = nn.ModuleDict({"dense": head(8 * width)})

    def stages(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        for layer in self.layers:
            x = layer(x)
            yield x

    def features(self, x: torch.Tensor) -> torch.Tensor:
        x = last(self.stages(x)).amax(dim=(2, 3))
        return x.unflatten(1, (self.members, -1)).permute(1, 2, 0)

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        return self.head["dense"](features)


def network(members: int, shape: tuple[int, int, int], head: Head, width: int = 16) -> ResNet9:
    if min(shape[:2]) < 8:
        raise ValueError(
            f"resnet9 needs images of at least 8x8 pixels, these are {shape[0]}x{shape[1]}"
        )
    return ResNet9(members, shape, head, width)
