"""Seeded, stratified splits of samples into a training and a test part."""

import math
from collections.abc import Sequence

import numpy as np

SPLIT = 402  # random stream id of splits


def stratified(
    labels: np.ndarray, test_share: float, seed: int, class_names: Sequence[str], name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows into training and test rows, each rising: ceil(test_share n) test rows in all.

    labels: (n,) in 0..k-1; 0 < test_share < 1; name: the data set's in messages. Each class has its
    share of the test rows, at least one of them, and at least one training row.
    Raises ValueError if a class has fewer than two rows.
    """
    held = np.bincount(labels, minlength=len(class_names))
    for label in np.flatnonzero(held < 2)[:1]:
        raise ValueError(
            f"{name}: class {class_names[label]!r} has {held[label]} row(s); a split into a "
            "training and a test part needs two of each class: add rows, or remove the class"
        )
    rng = np.random.default_rng([seed, SPLIT])
    counts = counts_of_test(held, test_share)
    chosen = [
        rng.permutation(np.flatnonzero(labels == c))[:count] for c, count in enumerate(counts)
    ]
    test = np.zeros(len(labels), dtype=bool)
    test[np.concatenate(chosen)] = True
    return np.flatnonzero(~test), np.flatnonzero(test)


def counts_of_test(counts: np.ndarray, test_share: float) -> np.ndarray:
    """Test rows (k,) of classes with counts (k,), each at least 2: ceil(test_share n) in all, as
    near to each class's share as whole numbers from 1 to counts - 1 allow. Ties: the lower class.
    """
    shares = test_share * counts
    taken = np.clip(np.floor(shares), 1, counts - 1).astype(np.int64)
    # a whole number stays one, whatever the rounding
    total = math.ceil(test_share * counts.sum() * (1 - 1e-12))
    total = min(max(total, len(counts)), int(counts.sum()) - len(counts))
    while taken.sum() != total:
        step = 1 if taken.sum() < total else -1
        lacking = np.where(
            taken < counts - 1 if step > 0 else taken > 1, step * (shares - taken), -np.inf
        )
        taken[lacking.argmax()] += step
    return taken
