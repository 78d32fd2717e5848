"""Local intrinsic dimension (see lid.py) in the space of each member's final features, of networks
trained without labels: a control, and the score that Khoroshavtsev et al. compare with.
"""

import numpy as np

from hardness.scoring.estimators import _features, lid
from hardness.scoring.sources import Neighbours

DIRECTION = "up"
SOURCE = "features"
NEEDS = ("features",)
INFINITE = True
CLASS_MEAN = "harmonic"


def score(features) -> np.ndarray:
    classes, labels = int(features.labels.max()) + 1, features.labels
    every = (_features.distances(own) for own in features.features)
    return np.stack([lid.score(Neighbours(classes, labels, distances=own)) for own in every])
