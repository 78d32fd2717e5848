"""LeNet-5 (LeCun et al. 1998) with ReLU and max-pooling; images under 32x32 are padded by two
pixels, as the original's were.
"""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Head, Linear, Network, by_member, conv, last, pooled


class LeNet(Network):
    def __init__(
        self, members: int, shape: tuple[int, int, int], head: Head, widths: Sequence[int]
    ) -> None:
        super().__init__()
        height, width, channels = shape
        padding = 2 if min(height, width) < 32 else 0
        sides = [((side + 2 * padding - 4) // 2 - 4) // 2 for side in (height, width)]
        if min(sides) < 1:
            raise ValueError(
                f"lenet needs images of at least 12x12 pixels, these are {height}x{width}"
            )
        self.members = members
        self.conv1 = conv(members, channels, widths[0], 5, padding=padding)
        self.conv2 = conv(members, widths[0], widths[1], 5)
        sizes = [sides[0] * sides[1] * widths[1], *widths[2:]]
        self.dense = nn.ModuleList(
            Linear(members, a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.dense.append(head(sizes[-1]))

    def stages(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        for layer in (self.conv1, self.conv2):
            x = pooled(layer, x)
            yield x
        x = by_member(x, self.members)
        for dense in self.dense[:-1]:
            x = F.relu(dense(x))
            yield x

    def features(self, x: torch.Tensor) -> torch.Tensor:
        x = last(self.stages(x))
        return x if len(self.dense) > 1 else by_member(x, self.members)

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        return self.dense[-1](features)


def network(
    members: int, shape: tuple[int, int, int], head: Head, widths: Sequence[int] = (6, 16, 120, 84)
) -> LeNet:
    if len(widths) < 2:
        raise ValueError(
            "lenet takes the widths of its two convolutions and of its dense layers, not "
            f"{list(widths)}"
        )
    return LeNet(members, shape, head, widths)
