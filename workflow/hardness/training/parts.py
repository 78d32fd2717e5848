"""The parts of a recipe that are one file each. Nothing here imports torch: the config reads names."""

from hardness.core.registry import Part, Registry, function

INPUTS = ("images", "rows")  # what a network may take; without a word of its file: images


def _are_inputs(value: object) -> bool:
    return isinstance(value, tuple) and 0 < len(value) and set(value) <= set(INPUTS)


MODELS = Registry(
    "model",
    "hardness.training.models",
    {
        "network": function("network(members, shape, classes, **options)"),
        "INPUTS": Part("INPUTS, of images and rows those that it takes", _are_inputs, True),
    },
)
