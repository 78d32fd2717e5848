"""The parts of a recipe that are one file each. Nothing here imports torch: the config reads names."""

from hardness.core.registry import Registry, function

MODELS = Registry(
    "model",
    "hardness.training.models",
    {"network": function("network(members, shape, classes, **options)")},
)
