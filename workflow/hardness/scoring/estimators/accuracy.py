"""The share of epochs in which a sample is right: a proxy of the C-score (Jiang et al. 2021).

Ties are broken by AUM, as those of forgetting are.
"""

import numpy as np

DIRECTION = "down"
SOURCE = "dynamics"
NEEDS = ("correct", "aum")


def score(dynamics) -> np.ndarray:
    return dynamics.correct.mean(axis=1)


def keys(dynamics) -> np.ndarray:
    return -dynamics.aum[None]
