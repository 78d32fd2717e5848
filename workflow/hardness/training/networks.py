"""Networks, one file each, found by its name: `network(members, shape, classes, **options)`.

A network trains K members at once: member k owns the k-th of K equal parts of every parameter's and
buffer's first axis, and no value crosses from one member to another. Input: images (B, K*C, H, W),
member by member along the channels, or rows of a table (B, K*d), member by member; a file's INPUTS
says which of the two, ("images", "rows"), it takes; without INPUTS it takes images. Output (B, K,
classes). With K = 1 that is an ordinary network, and a file may hold any module of torch as long as
its recipe keeps members_per_job at 1 (output (B, classes) is taken as well).
"""

import torch
from torch import nn

from hardness.training.layers import Linear
from hardness.training.parts import MODELS


def build(
    name: str,
    seeds: list[int],
    shape: tuple[int, ...],
    classes: int,
    init: str = "default",
    **options,
) -> nn.Module:
    """A network of len(seeds) members, each with the initial weights of its seed, whatever block it
    is in.

    shape: (H, W, C) of images, (d,) of rows. init: "default" (torch's) or "he" (normal with
    standard deviation sqrt(2 / fan in), biases 0).
    """
    make = MODELS.find(name).network
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
