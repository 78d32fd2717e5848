"""Mean curvature of a quadratic surface through the neighbours, without its sign."""

import numpy as np

from hardness.scoring.estimators import _quadric

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("coordinates",)


def score(neighbours) -> np.ndarray:
    mean, _ = _quadric.curvatures(neighbours)
    return np.abs(mean)
