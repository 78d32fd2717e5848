"""Largest eigenvalue of a class's covariance (Kaushik et al. 2024), over m, not m - 1."""

import numpy as np

from hardness.scoring.estimators import _spread

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("inputs",)


def score(neighbours) -> np.ndarray:
    return np.array(
        [
            np.linalg.eigvalsh(_spread.products(samples))[-1] / len(samples)
            for samples in _spread.centered(neighbours)
        ]
    )
