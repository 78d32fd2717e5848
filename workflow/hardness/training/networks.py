"""Build networks. Each model is one file, found by its name, with `network(members, shape, head,
**options)`.

A network trains K members at once: member k owns the k-th of K equal parts of every parameter's and
buffer's first axis, and no value passes from one member to another. Input: images (B, K*C, H, W)
or rows (B, K*d), member by member along the second axis. A file's INPUTS says which of the two,
("images", "rows"), it takes; without INPUTS it takes images. Output: (B, K, classes).

A file may hold any torch module: `network(members, shape, classes, **options)` is its own head.
With members_per_job 1 that is an ordinary network, whose output may also be (B, classes).
"""

import inspect
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn

from hardness.training.checks import PartError
from hardness.training.layers import Linear
from hardness.training.parts import HEADS, MODELS, options

LINEAR = {"name": "linear"}
Make = Callable[[int], nn.Module]


def build(
    name: str,
    seeds: Sequence[int],
    shape: tuple[int, ...],
    classes: int,
    init: str = "default",
    head: Mapping = LINEAR,
    **own: object,
) -> nn.Module:
    """A network of len(seeds) members. Each has the initial weights of its seed, in every block.

    shape: of an input, (H, W, C) of images, (d,) of rows. init: "default" (torch's) or "he" (normal
    with standard deviation sqrt(2 / fan in), biases 0). head: the recipe's; own: the model's own
    options. Raises PartError if the model's file makes something else.
    """
    make = _maker(name, shape, classes, head, own)
    if len(seeds) == 1:
        return _initial(make, seeds[0], init)
    members = [_initial(make, seed, init).state_dict() for seed in seeds]
    grouped = make(len(seeds))
    _check_grouped(grouped, members[0], len(seeds), name)
    grouped.load_state_dict(
        {
            key: torch.cat([member[key] for member in members]) if value.ndim else value
            for key, value in members[0].items()
        }
    )
    return grouped


def _maker(
    name: str, shape: tuple[int, ...], classes: int, head: Mapping, own: Mapping[str, object]
) -> Make:
    """A function that makes the network for a given number of members."""
    network, file = MODELS.find(name).network, MODELS.file(name)
    has_features = "head" in inspect.signature(network).parameters
    if not has_features and head != LINEAR:
        raise PartError(
            f"{file}: the recipe's head is {head['name']}, which needs features, but this network "
            "is its own head: write it as network(members, shape, head, **options) (see "
            "hardness/training/layers.py, Network), or leave head out of the recipe"
        )
    make_head = HEADS.find(head["name"]).head

    def make(members: int) -> nn.Module:
        third = (
            (lambda inputs: make_head(members, inputs, classes, **options(head)))
            if has_features
            else classes
        )
        made = network(members, shape, third, **own)
        if not isinstance(made, nn.Module):
            raise PartError(
                f"{file}: network(...) returns {type(made).__name__}, expected a torch.nn.Module"
            )
        return made

    try:
        inspect.signature(network).bind(1, shape, classes, **own)
    except TypeError as error:
        third = "head" if has_features else "classes"
        raise PartError(
            f"{file}: network{inspect.signature(network)} does not take what it is called with, "
            f"expected network(members, shape, {third}, **options) with the recipe's options "
            f"{sorted(own)} ({error})"
        ) from error
    return make


def _check_grouped(
    grouped: nn.Module, single: Mapping[str, torch.Tensor], members: int, name: str
) -> None:
    """Raise PartError unless the grouped network's state has the shapes of `members` single ones
    side by side.
    """
    expected = {
        key: (members * value.shape[0], *value.shape[1:]) if value.ndim else ()
        for key, value in single.items()
    }
    found = {key: tuple(value.shape) for key, value in grouped.state_dict().items()}
    wrong = sorted(key for key in {*expected, *found} if expected.get(key) != found.get(key))
    if wrong:
        key = wrong[0]
        raise PartError(
            f"{MODELS.file(name)}: its network of {members} members is not {members} networks side "
            f"by side: {key} is {found.get(key, 'missing')}, expected {expected.get(key, 'none')}. "
            "Set members_per_job: 1 in the recipe, or group the members as "
            "hardness/training/layers.py does"
        )


def _initial(make: Make, seed: int, init: str) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = make(1)
        if init == "he":
            for module in network.modules():
                if isinstance(module, nn.Conv2d | nn.Linear | Linear):
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                    if module.bias is not None:
                        nn.init.zeros_(module.bias)
    return network
