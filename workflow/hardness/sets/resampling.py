"""Training sets with given class sizes: what undersamplers leave of a class, and what oversamplers
add to it.

A training set is a selection of the data set's rows, and synthetic inputs, in one or more draws.

An undersampler's file holds `keep(hardness_order, count) -> rows`: hardness_order (n_c,) one class's
rows from the easiest to the hardest, count 0..n_c; it returns the (count,) rows that stay.

An oversampler's file holds NEEDS, the fewest samples of a class that it can add to, and
`sample(inputs, members, hardness_order, count, rng) -> (source, new)`, which adds `count` samples
to one class: inputs of the data set, images (n, H, W, C) uint8 or rows (n, d) float32; members
(n_c,) the class's rows in it; hardness_order (n_c,) the same rows from the easiest to the hardest;
rng a numpy Generator, the only source of chance. It returns source (count,) int64, the rows that
are repeated, and None; or -1s and the synthetic inputs, `count` of the inputs' shape and type.
"""

from types import ModuleType

import numpy as np

from hardness.core.classes import class_counts
from hardness.core.registry import Registry
from hardness.data.datasets import TrainingSet
from hardness.sets.parts import NONE, OVERSAMPLERS, UNDERSAMPLERS

DRAW = 202  # the purpose number in the seeds of the draws


def _named(registry: Registry, name: str) -> ModuleType | None:
    """The sampler's module, None for "none". Raises as Registry.find."""
    return None if name == NONE else registry.find(name)


def weight(x: np.ndarray, beta: float = 5.0, floor: float = 0.5) -> np.ndarray:
    """Sampling weight W(x) = floor + (1 - floor) (1 - exp(-beta (1 - x))) / (1 - exp(-beta)): W(0)
    = 1, W(1) = floor.

    x: rank in 0..1, 0 = the end that is favored; beta > 0. Source: Eq. 7. With the paper's beta and
    floor it is almost
    uniform: the top decile gets 11.1% of the draws, the effective sample size is 98%.
    """
    return floor + (1 - floor) * np.expm1(-beta * (1 - x)) / np.expm1(-beta)


def rank_probabilities(n: int) -> np.ndarray:
    """Probabilities (n,) of n ranked samples, the favored end first; a single sample has rank 0."""
    weights = weight(np.linspace(0, 1, n))
    return weights / weights.sum()


def resample(
    inputs: np.ndarray,
    labels: np.ndarray,
    order: np.ndarray,
    sizes: np.ndarray,
    over: str,
    under: str,
    draws: int = 1,
) -> TrainingSet:
    """Bring each class to its size: drop from larger classes by `under`, add to smaller ones by
    `over`.

    inputs: (n, H, W, C) uint8 or (n, d) float32; labels: (n,) in 0..k-1; order: (n,) all rows from
    the easiest to the hardest; sizes: (k,). In the set classes ascend; in a class the rows kept come first, by index, then
    those added. With under "none" no class shrinks; with over "none" none grows, and there is one
    draw, for want of chance. Draw d depends on d, not on the number of draws.
    Raises ValueError if a sampler is unknown, a class empty or smaller than the oversampler needs,
    a label or size out of range, draws below 1, or order no order of the rows.
    """
    oversampler, undersampler = _named(OVERSAMPLERS, over), _named(UNDERSAMPLERS, under)
    sizes, classes = np.asarray(sizes), range(len(sizes))
    counts = class_counts(labels, len(sizes))
    check_order(order, len(labels))
    if sizes.min() < 0 or draws < 1:
        raise ValueError(
            f"class sizes must be at least 0, draws at least 1; they are {sizes} and {draws}"
        )

    left = counts if undersampler is None else np.minimum(counts, sizes)
    added = np.zeros_like(counts) if oversampler is None else np.maximum(sizes - counts, 0)
    for c in np.flatnonzero(added):
        if counts[c] < oversampler.NEEDS:
            raise ValueError(
                f"class {c} has {counts[c]} of the {oversampler.NEEDS} samples that {over!r} needs to add to a class:"
                " choose another oversampler, or give the data set more samples of the class"
            )
    members = [np.flatnonzero(labels == c) for c in classes]
    ranked = [order[labels[order] == c] for c in classes]
    kept = [
        np.sort(undersampler.keep(ranked[c], left[c])) if left[c] < counts[c] else members[c]
        for c in classes
    ]

    def draw(d: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([d, DRAW])
        source, synthetic = [], [np.empty((0, *inputs.shape[1:]), inputs.dtype)]
        for c in classes:
            source.append(kept[c])
            if added[c]:
                rows, new = oversampler.sample(inputs, members[c], ranked[c], added[c], rng)
                source.append(rows)
                synthetic += [] if new is None else [new]
        return np.concatenate(source), np.concatenate(synthetic)

    source, synthetic = zip(*map(draw, range(1 if oversampler is None else draws)), strict=True)
    return TrainingSet(
        source=np.array(source, dtype=np.int32),
        labels=np.repeat(np.arange(len(sizes)), left + added),
        synthetic=np.array(synthetic),
    )


def check_order(order: np.ndarray, n: int) -> None:
    """Raise ValueError unless `order` holds each of the rows 0..n-1 once."""
    if not np.array_equal(np.sort(order), np.arange(n)):
        raise ValueError(
            f"order must hold each of the {n} rows once, from the easiest to the hardest; it does not"
        )
