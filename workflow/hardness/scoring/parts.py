"""The estimators, and what each one's file must hold. Light to import: the config reads names."""

from hardness.core.registry import Part, Registry, function

ARRAYS = ("margin", "loss", "el2n", "true_logit", "correct", "aum", "probe_el2n")


def _is_direction(value: object) -> bool:
    return value in ("up", "down")


def _are_arrays(value: object) -> bool:
    return isinstance(value, tuple | list) and bool(value) and set(value) <= set(ARRAYS)


ESTIMATORS = Registry(
    "estimator",
    "hardness.scoring.estimators",
    {
        "DIRECTION": Part('DIRECTION, "up" or "down" (what is hard)', _is_direction),
        "NEEDS": Part(f"NEEDS, a tuple of some of {', '.join(ARRAYS)}", _are_arrays),
        "score": function("score(dynamics)"),
    },
)
