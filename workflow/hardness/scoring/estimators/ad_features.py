"""The mean distance to the 40 nearest neighbours, in the space of each member's final features, of
networks trained without labels. A high score means a rare sample.
"""

import numpy as np

from hardness.scoring.estimators import _features

DIRECTION = "up"
SOURCE = "features"
NEEDS = ("features",)


def score(features) -> np.ndarray:
    return np.stack([_features.distances(own).mean(axis=1) for own in features.features])
