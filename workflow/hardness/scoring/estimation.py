"""Compute an estimator's scores from its source; write and read their files."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from hardness.core import artifacts
from hardness.data.datasets import Data
from hardness.scoring.parts import ESTIMATORS
from hardness.scoring.scores import Scores
from hardness.scoring.sources import Features, MeanPredictions, Neighbours, Source


def direction(name: str) -> str:
    return ESTIMATORS.find(name).DIRECTION


def _said_by(estimator: ModuleType) -> dict[str, Any]:
    """The fields of Scores that an estimator's file decides."""
    return {
        "direction": estimator.DIRECTION,
        "random_ties": getattr(estimator, "RANDOM_TIES", False),
        "harmonic": hasattr(estimator, "CLASS_MEAN"),
    }


def compute(name: str, source: Source) -> Scores:
    """Score every sample of a source: by each member, or from the data alone.

    source: what the estimator's SOURCE names, with the arrays in its NEEDS. It runs on one core,
    because other numbers of cores round differently. Raises as `_returned`.
    """
    estimator = ESTIMATORS.find(name)
    shapes: dict[str, tuple[int, ...]]
    if isinstance(source, Data | MeanPredictions | Neighbours):
        seeds, labels = None, source.train_labels if isinstance(source, Data) else source.labels
        shapes = {"classes": (source.classes,), "samples": (len(labels),)}
    else:
        seeds, labels = source.seeds, None
        by_sample = source.labels if isinstance(source, Features) else None
        of_samples = getattr(source, estimator.NEEDS[0]) if by_sample is None else by_sample
        shapes = {"members, samples": (len(seeds), of_samples.shape[-1])}
    with threadpool_limits(1):
        scores, axes = _returned(estimator, "score", source, shapes)
        keys = np.empty((0, *scores.shape), np.float32)
        if hasattr(estimator, "keys"):
            keys, _ = _returned(estimator, "keys", source, {axes: scores.shape})
    labels = labels if axes == "classes" else None
    return Scores(scores, keys, seeds, labels=labels, **_said_by(estimator))


def _returned(
    estimator: ModuleType, part: str, source: Source, shapes: dict[str, tuple[int, ...]]
) -> tuple[np.ndarray, str]:
    """What the estimator's `score` or `keys` returns, as float32, and the names of its axes.

    shapes: those that scores may have, by the names of their axes; keys have one more axis in
    front. Raises ValueError, naming the estimator's file, for another shape, and for a number that
    is not finite (except a score of +inf where the estimator says INFINITE).
    """
    values = np.asarray(getattr(estimator, part)(source), dtype=np.float32)
    first, shape = ("keys, ", values.shape[1:]) if part == "keys" else ("", values.shape)
    axes = next((axes for axes, expected in shapes.items() if expected == shape), None)
    if axes is None:
        expected = " or ".join(
            f"({first}{axes}) with {_counted(axes, shape)}" for axes, shape in shapes.items()
        )
        raise ValueError(
            f"{estimator.__file__}: {part} returned an array of shape {values.shape}; expected "
            f"{expected}"
        )
    right = np.isfinite(values)
    if part == "score" and hasattr(estimator, "INFINITE"):
        right |= np.isposinf(values)
    if not right.all():
        place = tuple(np.argwhere(~right)[0])
        what = "class" if axes == "classes" else "sample"
        seeds = getattr(source, "seeds", None)
        by = "" if seeds is None else f" by seed {seeds[place[-2]]}"
        raise ValueError(
            f"{estimator.__file__}: {part} of {what} {place[-1]}{by} is {values[place]}; expected "
            "finite numbers"
        )
    return values, axes


def _counted(axes: str, shape: tuple[int, ...]) -> str:
    """ "5 members and 30 samples"."""
    sizes = zip(shape, axes.split(", "), strict=True)
    return " and ".join(f"{size} {axis}" for size, axis in sizes)


def save(path: Path | str, scores: Scores) -> None:
    """Write hardness/{estimator}.npz: scores; seeds where there are members; keys; labels at class
    level.
    """
    arrays = {name: getattr(scores, name) for name in ("scores", "seeds", "keys", "labels")}
    artifacts.save_npz(path, **{name: array for name, array in arrays.items() if array is not None})


def load(path: Path | str, name: str) -> Scores:
    """Read hardness/{estimator}.npz. Raises as artifacts.load_npz."""
    arrays = artifacts.load_npz(path)
    for needed in ("scores", "keys"):
        if needed not in arrays:
            raise artifacts.DamagedError(
                f"{path} has no array {needed!r}; it holds {', '.join(arrays)}"
            )
    seeds, labels = arrays.get("seeds"), arrays.get("labels")
    said = _said_by(ESTIMATORS.find(name))
    return Scores(arrays["scores"], arrays["keys"], seeds, labels=labels, **said)


def load_all(paths: Sequence[Path | str], names: Sequence[str]) -> dict[str, Scores]:
    """Read the scores of several estimators, by their names. Raises as `load`."""
    return {name: load(path, name) for path, name in zip(paths, names, strict=True)}
