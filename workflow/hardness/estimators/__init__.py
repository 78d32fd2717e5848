"""Instance-level hardness estimators: one file each, found by its name; and the one function that ranks.

An estimator's file holds DIRECTION ("up": a high score is hard; "down": a low score is hard), NEEDS (the arrays of the
training dynamics that it reads) and `score(dynamics) -> (scores, keys)`: scores (M, n) float32, keys (q, M, n) float32
that break ties, up = hard, q = 0 for most.
"""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from .. import artifacts
from ..names import nearest

NAMES = tuple(sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__)))


class Scores(NamedTuple):
    """One estimator's scores: scores (M, n), keys (q, M, n) up = hard, seeds (M,), direction "up" or "down"."""

    scores: np.ndarray
    keys: np.ndarray
    seeds: np.ndarray
    direction: str


def find(name: str) -> ModuleType:
    """The estimator's module. Raises ValueError with the nearest name if there is none."""
    if name not in NAMES:
        raise ValueError(f"unknown estimator {name!r}: {nearest(name, NAMES)}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def direction(name: str) -> str:
    return find(name).DIRECTION


def load(path: Path | str, name: str) -> Scores:
    """Read hardness/{estimator}.npz. Raises as artifacts.load_npz."""
    arrays = artifacts.load_npz(path, "scores", "keys", "seeds")
    return Scores(arrays["scores"], arrays["keys"], arrays["seeds"], direction(name))


def _mean_over(values: np.ndarray, members: int | np.ndarray) -> np.ndarray:
    chosen = values[:members] if isinstance(members, int | np.integer) else values[members]
    wanted = members if isinstance(members, int | np.integer) else len(members)
    if len(chosen) != wanted or not wanted:
        raise ValueError(f"{wanted} members are asked for, the scores hold {len(values)}: never fewer, at least one")
    return chosen.mean(axis=0, dtype=np.float64)


def hardness(scores: Scores, members: int | np.ndarray) -> np.ndarray:
    """Mean over members, high = hard, whatever the score's direction.

    members: the first so many, or an array of member positions. Returns (n,) float64.
    Raises ValueError if the scores hold fewer members.
    """
    mean = _mean_over(scores.scores, members)
    return -mean if scores.direction == "down" else mean


def ranking(scores: Scores, members: int | np.ndarray) -> np.ndarray:
    """All samples from the easiest to the hardest: by mean hardness, then by the mean of each key, then by index.

    members: as in `hardness`. Returns (n,) int64.
    """
    keys = [_mean_over(key, members) for key in scores.keys]
    return np.lexsort([*reversed(keys), hardness(scores, members)])
