"""Pruned training sets: the easiest samples dropped over the whole set (dlp), in each class (clp),
the hardest over the whole set (hardest), or any (random).
"""

from collections.abc import Sequence

import numpy as np

from hardness.core.classes import class_counts
from hardness.core.names import nearest
from hardness.data.datasets import TrainingSet, none_synthetic
from hardness.sets.allocation import largest_remainder
from hardness.sets.resampling import checked_order
from hardness.sets.undersamplers import easy

LEVELS = ("dlp", "clp", "hardest", "random")
PRUNE = 203  # random stream id of random pruning


def prune(
    labels: np.ndarray,
    order: np.ndarray | None,
    level: str,
    rate: float,
    draws: int,
    shape: Sequence[int],
) -> TrainingSet:
    """Drop `rate` percent of the samples, round(rate n / 100) in all.

    labels: (n,) in 0..k-1; order: (n,) all rows from the easiest to the hardest, not needed for
    random; shape: of one input.
    dlp drops the easiest of the whole set; hardest the hardest of it; clp the easiest of each
    class, such that `sizes_left` stay; random as many of each class as clp, at random, in `draws`
    draws (the others have one). Draw d depends on d, not on the number of draws. Rows by class,
    then by index; no synthetic inputs.
    Raises ValueError if the level is unknown, the rate not in 0..100 (100 excluded), draws below 1,
    a class empty, or order not an order of the rows; and as `sizes_left`.

    >>> labels, easiest_first = np.array([0, 0, 1, 1]), np.array([1, 0, 3, 2])
    >>> prune(labels, easiest_first, "dlp", 50, 1, (1,)).source.tolist()
    [[2, 3]]
    >>> prune(labels, easiest_first, "clp", 50, 1, (1,)).source.tolist()
    [[0, 2]]
    """
    if level not in LEVELS:
        raise ValueError(f"unknown pruning level {level!r}: {nearest(level, LEVELS)}")
    if not 0 <= rate < 100:
        raise ValueError(f"the pruning rate is {rate}; expected percent, at least 0 and below 100")
    if draws < 1:
        raise ValueError(f"{draws} draws are asked for; expected at least 1")
    k = int(labels.max()) + 1
    counts = class_counts(labels, k)

    dropped = round(rate * len(labels) / 100)
    whole = level in ("dlp", "hardest")  # the hardness decides which classes lose samples
    left = counts if whole else sizes_left(counts, dropped)
    if level == "random":
        kept = [_choose(labels, left, np.random.default_rng([d, PRUNE])) for d in range(draws)]
    else:
        ranked = checked_order(order, len(labels))
        if whole:
            ends = ranked if level == "dlp" else ranked[::-1]
            kept = [easy.keep(ends, len(ranked) - dropped)]
        else:
            of_class = [ranked[labels[ranked] == c] for c in range(k)]
            kept = [np.concatenate([easy.keep(of_class[c], left[c]) for c in range(k)])]

    source = np.array([rows[np.lexsort((rows, labels[rows]))] for rows in kept], dtype=np.int32)
    return TrainingSet(
        source,
        labels[source[0]].astype(np.int64),
        none_synthetic(len(source), shape),
    )


def sizes_left(counts: np.ndarray, dropped: int) -> np.ndarray:
    """The samples left of each class, (k,), when `dropped` are dropped in all: the same share of
    each class, rounded by largest remainder. A class keeps its last sample; larger classes then
    lose more.

    counts: (k,), at least 1 each. Raises ValueError if fewer samples than classes are left.

    >>> sizes_left(np.array([6, 3, 1]), 5).tolist()
    [3, 1, 1]
    """
    if counts.sum() - dropped < len(counts):
        raise ValueError(
            f"{counts.sum() - dropped} of {counts.sum()} samples are left for {len(counts)} "
            "classes; expected at least one of each: lower the pruning rate"
        )
    left = np.maximum(counts - largest_remainder(counts, dropped), 1)
    surplus = left.sum() - (counts.sum() - dropped)
    return left - largest_remainder(left - 1, surplus) if surplus else left


def _choose(labels: np.ndarray, left: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chosen = [
        rng.choice(np.flatnonzero(labels == c), size=size, replace=False)
        for c, size in enumerate(left)
    ]
    return np.concatenate(chosen)
