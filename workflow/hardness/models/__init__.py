"""Networks, one file each, found by its name: `network(members, shape, classes, **options)`.

A network trains K members at once: member k owns the k-th of K equal parts of every parameter's and
buffer's first axis, and no value crosses from one member to another. Input (B, K*C, H, W), member
by member along the channels; output (B, K, classes). With K = 1 that is an ordinary network, and a
file may hold any module of torch as long as its recipe keeps members_per_job at 1 (output (B,
classes) is taken as well).
"""

import importlib
import pkgutil

import torch
import torch.nn.functional as F
from torch import nn

from ..names import nearest

NAMES = tuple(
    sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if m.name[0] != "_")
)


def find(name: str):
    """The model's module. Raises ValueError with the nearest name if there is none."""
    if name not in NAMES:
        raise ValueError(f"unknown model {name!r}: {nearest(name, NAMES)}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def build(
    name: str,
    seeds: list[int],
    shape: tuple[int, int, int],
    classes: int,
    init: str = "default",
    **options,
) -> nn.Module:
    """A network of len(seeds) members, each with the initial weights of its seed, whatever block it
    is in.

    shape: (H, W, C). init: "default" (torch's) or "he" (normal with standard deviation sqrt(2 / fan
    in), biases 0).
    """
    make = find(name).network
    if len(seeds) == 1:
        return _initial(make, seeds[0], shape, classes, init, options)
    members = [_initial(make, seed, shape, classes, init, options).state_dict() for seed in seeds]
    grouped = make(len(seeds), shape, classes, **options)
    grouped.load_state_dict(
        {
            key: torch.cat([member[key] for member in members]) if value.ndim else value
            for key, value in members[0].items()
        }
    )
    return grouped


def _initial(make, seed, shape, classes, init, options) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = make(1, shape, classes, **options)
        if init == "he":
            for module in network.modules():
                if isinstance(module, nn.Conv2d | nn.Linear | Linear):
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                    if module.bias is not None:
                        nn.init.zeros_(module.bias)
    return network


class Linear(nn.Module):
    """A dense layer a member, on columns: (K, inputs, B) -> (K, outputs, B), for the weights on the
    left get their gradient in their own layout. weight (K*outputs, inputs), bias (K*outputs,).
    """

    def __init__(self, members: int, inputs: int, outputs: int):
        super().__init__()
        self.members = members
        one = nn.Linear(inputs, outputs)  # torch's own initialization
        self.weight = nn.Parameter(one.weight.detach().repeat(members, 1))
        self.bias = nn.Parameter(one.bias.detach().repeat(members))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight.view(self.members, -1, self.weight.shape[1])
        return torch.baddbmm(self.bias.view(self.members, -1, 1), weight, x)


def conv(
    members: int,
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    bias: bool = True,
) -> nn.Conv2d:
    """A convolution a member, as one grouped convolution."""
    return nn.Conv2d(
        members * inputs, members * outputs, kernel, stride, padding, groups=members, bias=bias
    )


def pooled(layer: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    """A convolution, 2x2 max-pooling and a ReLU. The bias is added after pooling: the same values
    (but for bfloat16's rounding), and a quarter of the numbers to add it to and to sum its gradient
    over.
    """
    x = F.max_pool2d(
        F.conv2d(x, layer.weight, None, layer.stride, layer.padding, groups=layer.groups), 2
    )
    return x.add_(layer.bias.view(-1, 1, 1)).relu_()


def by_member(x: torch.Tensor, members: int) -> torch.Tensor:
    """(B, K*C, H, W) -> (K, H*W*C, B): what a dense layer reads; with channels-last memory one
    copy.
    """
    batch, channels, height, width = x.shape
    x = x.permute(0, 2, 3, 1).reshape(batch, height * width, members, channels // members)
    return x.permute(2, 0, 1, 3).reshape(members, batch, -1).transpose(1, 2)
