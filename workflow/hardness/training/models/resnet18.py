"""ResNet-18 (He et al. 2016) for low resolution: a 3x3 stem with stride 1 and no max-pooling (P,
App. A).
"""

from torch import nn

from hardness.training.layers import Head, conv
from hardness.training.models import _residual


class ResNet18(_residual.Residual):
    def __init__(self, members: int, shape: tuple[int, int, int], head: Head) -> None:
        super().__init__(members)
        self.stem = nn.Sequential(
            conv(members, shape[2], 64, 3, padding=1, bias=False),
            nn.BatchNorm2d(members * 64),
            nn.ReLU(),
        )
        self.blocks = _residual.stages(members, 64, (64, 128, 256, 512), 2, projection=True)
        self.head = nn.ModuleDict({"dense": head(512)})


def network(members: int, shape: tuple[int, int, int], head: Head) -> ResNet18:
    return ResNet18(members, shape, head)
