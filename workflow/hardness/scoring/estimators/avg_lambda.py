"""Mean eigenvalue of a class's covariance (Kaushik et al. 2024): its trace over the dimensions."""

import numpy as np

from hardness.scoring.estimators import _spread

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("inputs",)


def score(neighbours) -> np.ndarray:
    return np.array([(samples**2).mean() for samples in _spread.centered(neighbours)])
