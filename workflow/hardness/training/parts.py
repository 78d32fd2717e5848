"""The parts of a recipe that are one file each. Light to import, without torch, because the
config's check reads their names.
"""

import keyword
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

from hardness.core.registry import Part, Registry, function

INPUTS = ("images", "rows")  # what a network may take; images if its file does not say


def _are_inputs(value: object) -> bool:
    return isinstance(value, tuple) and 0 < len(value) and set(value) <= set(INPUTS)


MODELS = Registry(
    "model",
    "hardness.training.models",
    {
        "network": function("network(members, shape, head, **options)"),
        "INPUTS": Part("INPUTS, of images and rows those that it takes", _are_inputs, True),
    },
)
HEADS = Registry(
    "head",
    "hardness.training.heads",
    {"head": function("head(members, inputs, outputs, **options)")},
)
OBJECTIVES = Registry(
    "objective",
    "hardness.training.objectives",
    {"objective": function("objective(setting, **options)")},
)
OBSERVERS = Registry(
    "observer", "hardness.training.observers", {"observer": function("observer(setting)")}
)
SAMPLERS = Registry(
    "sampler",
    "hardness.training.samplers",
    {
        "REPLACES": Part(
            "REPLACES, True or False (whether a row may come twice in an epoch)",
            lambda value: isinstance(value, bool),
        ),
        "READS": Part(
            "READS, the observer whose state it reads",
            lambda value: value in OBSERVERS.names(),
            True,
        ),
        "sampler": function("sampler(setting, **options)"),
    },
)
VIEWS = Registry(
    "view",
    "hardness.training.views",
    {"view": function("view(inputs, mean, std, augment, device, dtype)")},
)
# the kinds of parts that have options, by the recipe's key
KINDS = {"model": MODELS, "head": HEADS, "objective": OBJECTIVES, "sampler": SAMPLERS}


HELD_OUT = "predictions"  # the observer for sets of folds: predictions on samples left out


def reads_labels(recipe: Mapping) -> bool:
    """Whether a recipe's objective reads labels; then its networks' outputs are logits."""
    return OBJECTIVES.literal(recipe["objective"]["name"], "LABELS", True)


def observers(recipe: Mapping) -> tuple[str, ...]:
    """The observers of a block on the full set: those that the recipe asks for, and two that cost
    nothing: dynamics (only with labels) and weights. Each leaves {name}.npz, in this order.
    """
    asked = recipe["observe"]
    free = ("dynamics",) if reads_labels(recipe) else ()
    return tuple(dict.fromkeys((*free, *([asked] if isinstance(asked, str) else asked), "weights")))


def observers_of_set(recipe: Mapping, *asked: str) -> tuple[str, ...]:
    """The observers of a block on another set than full: those asked for, and, if the recipe
    observes passes, own-pass, over the rows of each member's training set.
    """
    return (*asked, "own-pass") if "pass" in observers(recipe) else asked


def view_of(inputs: "np.ndarray", recipe: Mapping) -> str:
    """The name of the view that a recipe asks for; else that for the inputs: images (N, H, W, C),
    or rows (N, d) of a table.
    """
    return recipe.get("views") or ("images" if inputs.ndim == 4 else "rows")


def files(recipe: Mapping) -> dict[str, Path]:
    """The files of the parts that a recipe names, by the recipe's key.

    Raises ValueError with the nearest name for an unknown part.
    """
    return {key: registry.file(recipe[key]["name"]) for key, registry in KINDS.items()}


def options(part: Mapping) -> dict:
    """The options of a part: all its keys in the recipe except its name. A key that is a keyword of
    Python, such as lambda, gets an underscore: lambda_.
    """
    return {
        f"{key}_" if keyword.iskeyword(key) else key: value
        for key, value in part.items()
        if key != "name"
    }
