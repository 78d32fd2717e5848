"""Counts of samples, and means of values, by class."""

import numpy as np


def class_means(values: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Mean of the values of each class (Eq. 2).

    values: (n,), or (M, n) for M members; labels: (n,) in 0..k-1. Returns (k,) or (M, k) float64.
    Raises ValueError if a class is empty, a label out of range or a value not finite.
    """
    counts = class_counts(labels, k)
    if not np.isfinite(values).all():
        raise ValueError(
            "a hardness value is not finite: look at the estimator's scores, and at their training"
        )
    sums = [np.bincount(labels, weights=member, minlength=k) for member in np.atleast_2d(values)]
    return np.reshape(sums, (*np.shape(values)[:-1], k)) / counts


def class_counts(labels: np.ndarray, k: int) -> np.ndarray:
    """Samples in each class, (k,) int64. Raises ValueError if a class is empty or a label is not in
    0..k-1.
    """
    foreign = np.setdiff1d(labels, np.arange(k))
    if len(foreign):
        raise ValueError(f"labels must lie in 0..{k - 1}, for {k} classes; found {foreign[0]}")
    counts = np.bincount(labels, minlength=k)
    if not counts.all():
        raise ValueError(
            f"class {counts.argmin()} of 0..{k - 1} has no samples: every class needs at least one"
        )
    return counts
