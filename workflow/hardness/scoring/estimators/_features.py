"""What estimators of features share (a leading underscore: no estimator of its own)."""

import numpy as np

from hardness.data import neighbours

NEAR = 40  # neighbours of a sample, as in all data-based estimators


def distances(features: np.ndarray) -> np.ndarray:
    """The distances (n, k) of each sample's feature to the nearest others: 40, or all there are.

    features: (n, d) of one member.
    """
    return neighbours.nearest(np.ascontiguousarray(features, np.float32), NEAR).distances
