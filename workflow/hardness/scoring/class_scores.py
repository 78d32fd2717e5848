"""Class values of data-based estimators, from the scores of each class's samples."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hardness.core.tables import columns_of
from hardness.scoring import estimation
from hardness.scoring.scores import Scores, class_values, finite
from hardness.scoring.sources import Neighbours

COLUMNS = ("setting", "estimator", "class", "score", "infinite")


def score(name: str, source: Neighbours) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Score the source's samples, (n,), or its classes, (k,), where the estimator is at class
    level. Returns the scores, and one row per class: class, score, infinite (how many of its
    samples score +inf).

    The log says how long it took. Raises as estimation.compute.
    """
    began = time.perf_counter()
    made = estimation.compute(name, source)
    values = of_classes(made, source.labels, source.classes)
    print(f"{name}: {time.perf_counter() - began:.3f} s", flush=True)
    infinite = np.bincount(
        source.labels, weights=np.isposinf(made.of_samples(made.scores)), minlength=source.classes
    )
    rows = zip(range(source.classes), values, infinite.astype(int), strict=True)
    return made.scores, [dict(zip(COLUMNS[2:], row, strict=True)) for row in rows]


def of_classes(made: Scores, labels: np.ndarray, k: int) -> np.ndarray:
    """The class values (k,) float64 of scores without members. scores.finite replaces +inf;
    scores.class_values turns samples' scores into class values.
    """
    values = finite(made.scores)
    if made.labels is not None:
        return values
    return class_values(values, labels, k, made.harmonic)


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list]:
    """Columns of class-scores/{space}.csv."""
    return columns_of(rows, COLUMNS)
