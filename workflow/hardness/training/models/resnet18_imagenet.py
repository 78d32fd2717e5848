"""ResNet-18 (He et al. 2016) as for ImageNet: a 7x7 stem with stride 2 and 3x3 max-pooling with
stride 2, which reduce 32x32 pixels to 8x8. It is torchvision's; Khoroshavtsev et al. (2024) train
it on such images.
"""

from torch import nn

from hardness.training.layers import Head, conv
from hardness.training.models import _residual


class ResNet18ImageNet(_residual.Residual):
    def __init__(self, members: int, shape: tuple[int, int, int], head: Head) -> None:
        super().__init__(members)
        self.stem = nn.Sequential(
            conv(members, shape[2], 64, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(members * 64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.blocks = _residual.stages(members, 64, (64, 128, 256, 512), 2, projection=True)
        self.head = nn.ModuleDict({"dense": head(512)})


def network(members: int, shape: tuple[int, int, int], head: Head) -> ResNet18ImageNet:
    return ResNet18ImageNet(members, shape, head)
