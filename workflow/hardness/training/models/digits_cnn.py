"""A small CNN for 8x8 images: two 3x3 convolutions and two dense layers; 99% on scikit-learn's
digits.
"""

import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Linear, by_member, conv, pooled


class DigitsCNN(nn.Module):
    def __init__(self, members, shape, classes, widths):
        super().__init__()
        height, width, channels = shape
        self.members = members
        self.conv1 = conv(members, channels, widths[0], 3, padding=1)
        self.conv2 = conv(members, widths[0], widths[1], 3, padding=1)
        self.dense1 = Linear(members, (height // 4) * (width // 4) * widths[1], widths[2])
        self.dense2 = Linear(members, widths[2], classes)

    def forward(self, x):
        x = by_member(pooled(self.conv2, pooled(self.conv1, x)), self.members)
        return self.dense2(F.relu(self.dense1(x))).permute(2, 0, 1)


def network(
    members: int, shape: tuple[int, int, int], classes: int, widths=(16, 32, 64)
) -> nn.Module:
    if len(widths) != 3:
        raise ValueError(
            f"digits-cnn takes three widths, of its two convolutions and its dense layer, not {list(widths)}"
        )
    if min(shape[:2]) < 4:
        raise ValueError(
            f"digits-cnn needs images of at least 4x4 pixels, these are {shape[0]}x{shape[1]}"
        )
    return DigitsCNN(members, shape, classes, widths)
