"""Gaussian curvature as the code of Ma et al. (2023) computes it: k1 k2. It is no curvature: see
_moments.py.
"""

import numpy as np

from hardness.scoring.estimators import _moments

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("coordinates",)


def score(neighbours) -> np.ndarray:
    first, second = _moments.principal(neighbours)
    return first * second
