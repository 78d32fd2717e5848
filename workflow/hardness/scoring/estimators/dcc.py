"""Distance to the own class's centroid (DCC)."""

import numpy as np

from hardness.scoring.estimators import _near

DIRECTION = "up"  # P says low, and then explains that high is hard
SOURCE = "neighbours"
NEEDS = ("centroid_distances",)


def score(neighbours) -> np.ndarray:
    return _near.own_centroid(neighbours)
