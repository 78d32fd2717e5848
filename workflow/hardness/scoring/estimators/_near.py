"""Shared by estimators of neighbours: distances to the own and to other classes, and their ratio.

(A leading underscore: this is no estimator.)
"""

import numpy as np


def same_class(source) -> np.ndarray:
    """Which neighbours are of the sample's own class: (n, k) bool."""
    return source.neighbour_labels == source.labels[:, None]


def smallest(distances: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The smallest of each row's chosen distances (n,), +inf where none is chosen."""
    return np.where(chosen, distances, np.inf).min(axis=1)


def mean(distances: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The mean of each row's chosen distances (n,) float64, +inf where none is chosen."""
    count = chosen.sum(axis=1)
    total = np.where(chosen, distances, 0).sum(axis=1, dtype=np.float64)
    return np.where(count, total / np.maximum(count, 1), np.inf)


def own_centroid(source) -> np.ndarray:
    return source.centroid_distances[np.arange(len(source.labels)), source.labels]


def nearest_other_centroid(source) -> np.ndarray:
    other = np.arange(source.classes) != source.labels[:, None]
    return smallest(source.centroid_distances, other)


def ratio(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """own / other (n,): 0 where other is +inf; +inf where own is +inf or other is 0; 1 where both
    are 0, because neither class is nearer.
    """
    with np.errstate(divide="ignore", over="ignore"):
        shares = np.divide(own, other, where=(own > 0) & np.isfinite(other), out=np.zeros(len(own)))
        shares = shares.astype(np.float32)
    return np.where((own == 0) & (other == 0), 1, shares)
