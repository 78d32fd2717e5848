"""Shared by the residual networks (a leading underscore: this is no model)."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Network, conv, last


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm and a shortcut: a 1x1 convolution (projection), or every
    other pixel, padded by channels of zeros (He et al.'s option A).
    """

    def __init__(
        self, members: int, inputs: int, outputs: int, stride: int, projection: bool
    ) -> None:
        super().__init__()
        self.members, self.stride, self.added = members, stride, outputs - inputs
        self.conv1 = conv(members, inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(members * outputs)
        self.conv2 = conv(members, outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(members * outputs)
        changes = stride != 1 or inputs != outputs
        self.project = (
            nn.Sequential(
                conv(members, inputs, outputs, 1, stride, bias=False),
                nn.BatchNorm2d(members * outputs),
            )
            if projection and changes
            else None
        )

    def shortcut(self, x: torch.Tensor) -> torch.Tensor:
        if self.project is not None:
            return self.project(x)
        if self.stride == 1 and not self.added:
            return x
        x = x[:, :, :: self.stride, :: self.stride].unflatten(1, (self.members, -1))
        return F.pad(x, (0, 0, 0, 0, self.added // 2, self.added - self.added // 2)).flatten(1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class Residual(Network):
    """A stem, blocks, the mean over the image, and a head. A subclass makes them in this order."""

    stem: nn.Module
    blocks: nn.Sequential
    head: nn.ModuleDict  # holds the head under the name `dense`

    def __init__(self, members: int) -> None:
        super().__init__()
        self.members = members

    def stages(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        for layer in (self.stem, *self.blocks):
            x = layer(x)
            yield x

    def features(self, x: torch.Tensor) -> torch.Tensor:
        x = last(self.stages(x)).mean(dim=(2, 3))
        return x.unflatten(1, (self.members, -1)).permute(1, 2, 0)

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        return self.head["dense"](features)


def stages(
    members: int, inputs: int, widths: Sequence[int], blocks: int, projection: bool
) -> nn.Sequential:
    """Stages of `blocks` blocks each; from the second one on, the first block halves the image."""
    layers = []
    for stage, outputs in enumerate(widths):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            layers.append(Block(members, inputs, outputs, stride, projection))
            inputs = outputs
    return nn.Sequential(*layers)
