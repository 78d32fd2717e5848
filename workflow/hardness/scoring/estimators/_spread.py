"""The spread of each class's samples: their covariance, of which volume and eigenvalues are."""

from collections.abc import Iterator

import numpy as np


def centered(neighbours) -> Iterator[np.ndarray]:
    """The samples of each class less their mean: (m, d) float64."""
    for c in range(neighbours.classes):
        own = neighbours.inputs[neighbours.labels == c].astype(np.float64)
        yield own - own.mean(axis=0)


def products(samples: np.ndarray) -> np.ndarray:
    """Z Z^T or Z^T Z of samples Z (m, d), the smaller one: they have the same eigenvalues, but for
    zeros.
    """
    return samples @ samples.T if len(samples) < samples.shape[1] else samples.T @ samples


def log_volume(neighbours, weight: float) -> np.ndarray:
    """(1/2) log2 det(I + weight / m Z Z^T) of each class's m centered samples: (k,)."""
    volumes = []
    for samples in centered(neighbours):
        matrix = products(samples) * (weight / len(samples))
        _, logarithm = np.linalg.slogdet(np.eye(len(matrix)) + matrix)
        volumes.append(logarithm / (2 * np.log(2)))
    return np.array(volumes)
