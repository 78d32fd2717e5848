"""The over- and undersamplers, and what each one's file must hold.

Light to import, because the config's check reads their names.
"""

from hardness.core.registry import Part, Registry, function


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 1


NONE = "none"  # the name that stands for no sampler
OVERSAMPLERS = Registry(
    "oversampler",
    "hardness.sets.oversamplers",
    {
        "NEEDS": Part("NEEDS, the fewest samples of a class that it can add to", _is_count),
        "sample": function("sample(inputs, members, hardness_order, count, rng)"),
    },
)
UNDERSAMPLERS = Registry(
    "undersampler",
    "hardness.sets.undersamplers",
    {"keep": function("keep(hardness_order, count)")},
)
