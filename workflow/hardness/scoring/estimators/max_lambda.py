"""Largest eigenvalue of a class's covariance (Kaushik et al. 2024), divided by m, not m - 1."""

import numpy as np

from hardness.scoring.estimators import _spread

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("inputs",)


def score(neighbours) -> np.ndarray:
    return np.array([values[-1] for values in _spread.eigenvalues(neighbours)])
