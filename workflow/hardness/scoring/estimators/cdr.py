"""Distance to the own centroid over that to the nearest other one (CDR): DCC / DNOC."""

import numpy as np

from hardness.scoring.estimators import _near

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("centroid_distances",)
INFINITE = True


def score(neighbours) -> np.ndarray:
    return _near.ratio(_near.own_centroid(neighbours), _near.nearest_other_centroid(neighbours))
