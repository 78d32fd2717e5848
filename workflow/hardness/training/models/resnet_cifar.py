"""He et al.'s CIFAR family (2016, Sec. 4.2): 6n+2 layers in three stages of 16, 32, 64 channels,
shortcuts without parameters.
"""

from torch import nn

from hardness.training.layers import Head, conv
from hardness.training.models import _residual


class ResNetCifar(_residual.Residual):
    def __init__(self, members: int, shape: tuple[int, int, int], head: Head, depth: int) -> None:
        super().__init__(members)
        self.stem = nn.Sequential(
            conv(members, shape[2], 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(members * 16),
            nn.ReLU(),
        )
        self.blocks = _residual.stages(
            members, 16, (16, 32, 64), (depth - 2) // 6, projection=False
        )
        self.head = nn.ModuleDict({"dense": head(64)})


def network(members: int, shape: tuple[int, int, int], head: Head, depth: int = 56) -> ResNetCifar:
    if depth < 8 or (depth - 2) % 6:
        raise ValueError(
            f"resnet-cifar: depth is {depth}; expected 6n+2 with n >= 1, such as 20, 32, 44, 56 or "
            "110"
        )
    return ResNetCifar(members, shape, head, depth)
