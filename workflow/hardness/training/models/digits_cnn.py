"""A small CNN for 8x8 images: two 3x3 convolutions and two dense layers; 99% on scikit-learn's
digits.
"""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F

from hardness.training.layers import Head, Linear, Network, by_member, conv, last, pooled


class DigitsCNN(Network):
    def __init__(
        self, members: int, shape: tuple[int, int, int], head: Head, widths: Sequence[int]
    ) -> None:
        super().__init__()
        height, width, channels = shape
        self.members = members
        self.conv1 = conv(members, channels, widths[0], 3, padding=1)
        self.conv2 = conv(members, widths[0], widths[1], 3, padding=1)
        self.dense1 = Linear(members, (height // 4) * (width // 4) * widths[1], widths[2])
        self.dense2 = head(widths[2])

    def stages(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        for layer in (self.conv1, self.conv2):
            x = pooled(layer, x)
            yield x
        yield F.relu(self.dense1(by_member(x, self.members)))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return last(self.stages(x))

    def outputs(self, features: torch.Tensor) -> torch.Tensor:
        return self.dense2(features)


def network(
    members: int, shape: tuple[int, int, int], head: Head, widths: Sequence[int] = (16, 32, 64)
) -> DigitsCNN:
    if len(widths) != 3:
        raise ValueError(
            "digits-cnn takes three widths, of its two convolutions and its dense layer, not "
            f"{list(widths)}"
        )
    if min(shape[:2]) < 4:
        raise ValueError(
            f"digits-cnn needs images of at least 4x4 pixels, these are {shape[0]}x{shape[1]}"
        )
    return DigitsCNN(members, shape, head, widths)
