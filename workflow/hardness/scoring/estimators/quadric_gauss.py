"""Gaussian curvature of a quadratic surface through the neighbours: below 0 on a saddle."""

import numpy as np

from hardness.scoring.estimators import _quadric

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("coordinates",)


def score(neighbours) -> np.ndarray:
    _, gauss = _quadric.curvatures(neighbours)
    return gauss
