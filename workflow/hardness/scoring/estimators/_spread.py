"""The spread of each class's samples: their covariance, its eigenvalues, and the volume."""

import functools
from collections.abc import Iterator

import numpy as np


def centered(neighbours) -> Iterator[np.ndarray]:
    """The samples of each class less their mean: (m, d) float64."""
    for c in range(neighbours.classes):
        own = neighbours.inputs[neighbours.labels == c].astype(np.float64)
        yield own - own.mean(axis=0)


@functools.lru_cache(maxsize=1)
def eigenvalues(neighbours) -> tuple[np.ndarray, ...]:
    """The eigenvalues of each class's covariance (divided by m, not m - 1): rising, (min(m, d),)
    float64; the others are 0.

    Cached for the last source, because several estimators read them and they take long.
    """
    return tuple(np.linalg.eigvalsh(_products(own)) / len(own) for own in centered(neighbours))


def _products(samples: np.ndarray) -> np.ndarray:
    """The smaller of Z Z^T and Z^T Z, of samples Z (m, d): their eigenvalues are the same, except
    for zeros.
    """
    return samples @ samples.T if len(samples) < samples.shape[1] else samples.T @ samples


def log_volume(neighbours, weight: float) -> np.ndarray:
    """(1/2) log2 det(I + weight / m Z Z^T) of each class's m centered samples: (k,)."""
    return np.array(
        [
            np.log1p(weight * np.maximum(values, 0)).sum() / (2 * np.log(2))
            for values in eigenvalues(neighbours)
        ]
    )
