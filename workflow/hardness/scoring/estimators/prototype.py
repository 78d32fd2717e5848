"""The distance to the mean feature of the own class (Sorscher et al. 2022), of networks trained
without labels. Labels only say which samples belong together.
"""

import numpy as np

from hardness.core.classes import class_means

DIRECTION = "up"
SOURCE = "features"
NEEDS = ("features",)


def score(features) -> np.ndarray:
    return np.stack(
        [_distances(own.astype(np.float64), features.labels) for own in features.features]
    )


def _distances(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Distances (n,) of one member's features (n, d) from their classes' means."""
    classes, own = np.unique(labels, return_inverse=True)
    means = class_means(features.T, own, len(classes)).T
    return np.linalg.norm(features - means[own], axis=1)
