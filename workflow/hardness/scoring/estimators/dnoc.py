"""Distance to the nearest centroid of another class (DNOC); +inf where there is only one class."""

import numpy as np

from hardness.scoring.estimators import _near

DIRECTION = "down"  # P says up; near to another class is hard
SOURCE = "neighbours"
NEEDS = ("centroid_distances",)
INFINITE = True


def score(neighbours) -> np.ndarray:
    return _near.nearest_other_centroid(neighbours)
