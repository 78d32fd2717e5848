"""Four 3x3 convolutions with batch norm and ReLU, and the mean over the image: a backbone that is
small enough to train without labels on a CPU.

2x2 max-pooling halves the image after a convolution if it has at least 4x4 pixels. It comes before
batch norm, which then has a quarter of the values to normalize.
"""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import nn

from hardness.training.layers import Head, Network, conv, last


class Conv4(Network):
    def __init__(
        self, members: int, shape: tuple[int, int, int], head: Head, widths: Sequence[int]
    ) -> None:
        super().__init__()
        self.members = members
        inputs = [shape[2], *widths[:-1]]
        self.convs = nn.ModuleList(
            conv(members, a, b, 3, padding=1, bias=False)
            for a, b in zip(inputs, widths, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(members * width) for width in widths)
        self.head = nn.ModuleDict({"dense": head(widths[-1])})

    def stages(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        for layer, norm in zip(self.convs, self.norms, strict=True):
            x = layer(x)
            x = F.relu(norm(F.max_pool2d(x, 2) if min(x.shape[2:]) >= 4 else x))
            yield x

    def features(self, x: torch.Tensor) -> torch.Tensor:
        x = last(self.stages(x)).mean(dim=(2, 3))
        return x.unflatten(1, (self.members, -1)).permute(1, 2, 0)

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        return self.head["dense"](features)


def network(
    members: int,
    shape: tuple[int, int, int],
    head: Head,
    widths: Sequence[int] = (32, 64, 128, 128),
) -> Conv4:
    if len(widths) != 4:
        raise ValueError(
            f"conv4 takes four widths, one for each of its convolutions, not {list(widths)}"
        )
    return Conv4(members, shape, head, widths)
