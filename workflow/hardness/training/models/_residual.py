"""The parts that the residual networks share (a leading underscore: no model of its own)."""

import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Linear, conv


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm and a shortcut: by a 1x1 convolution (projection), or by
    every other pixel and channels of zeros (He et al.'s option A).
    """

    def __init__(self, members, inputs, outputs, stride, projection):
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

    def shortcut(self, x):
        if self.project is not None:
            return self.project(x)
        if self.stride == 1 and not self.added:
            return x
        x = x[:, :, :: self.stride, :: self.stride].unflatten(1, (self.members, -1))
        return F.pad(x, (0, 0, 0, 0, self.added // 2, self.added - self.added // 2)).flatten(1, 2)

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class Head(nn.Module):
    """Mean over the image, one dense layer: (B, K*C, H, W) -> (B, K, classes)."""

    def __init__(self, members, inputs, classes):
        super().__init__()
        self.members, self.dense = members, Linear(members, inputs, classes)

    def forward(self, x):
        x = x.mean(dim=(2, 3)).unflatten(1, (self.members, -1)).permute(1, 2, 0)
        return self.dense(x).permute(2, 0, 1)


def stages(members, inputs, widths, blocks, projection):
    """Stages of `blocks` blocks each; from the second one on, the first block halves the image."""
    layers = []
    for stage, outputs in enumerate(widths):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            layers.append(Block(members, inputs, outputs, stride, projection))
            inputs = outputs
    return nn.Sequential(*layers)
