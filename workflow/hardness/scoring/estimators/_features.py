"""Shared by estimators of features (a leading underscore: this is no estimator)."""

import numpy as np

from hardness.data import neighbours

NEAR = 40  # neighbours of a sample, as in all data-based estimators


def distances(features: np.ndarray) -> np.ndarray:
    """The distances (n, k) from each sample's feature to the nearest others, k = 40, or all others
    if there are fewer.

    features: (n, d) of one member.
    """
    return neighbours.nearest(np.ascontiguousarray(features, np.float32), NEAR).distances
