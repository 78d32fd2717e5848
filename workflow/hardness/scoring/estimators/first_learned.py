"""The first epoch, counted from 1, in which a sample is right (Toneva et al. 2019); never: T + 1.

Ties are broken by AUM, as those of forgetting are.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("correct", "aum")


def score(dynamics) -> np.ndarray:
    correct = dynamics.correct
    return np.where(correct.any(axis=1), correct.argmax(axis=1), correct.shape[1]) + 1


def keys(dynamics) -> np.ndarray:
    return -dynamics.aum[None]
