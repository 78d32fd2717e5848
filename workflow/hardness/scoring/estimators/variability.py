"""Variability (Swayamdipta et al. 2020): the standard deviation of p_y over all epochs; high is
ambiguous.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("loss",)


def score(dynamics) -> np.ndarray:
    return np.stack([np.exp(-loss.astype(np.float32)).std(axis=0) for loss in dynamics.loss])
