"""Dyn-Unc (He et al. 2024): the standard deviation of p_y in a sliding window of epochs, mean over
all windows; high is uncertain.
"""

import numpy as np

from hardness.scoring.estimators._windows import in_windows, width

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("loss",)


def score(dynamics) -> np.ndarray:
    size = width(dynamics.loss.shape[1])
    every = (np.exp(-loss.astype(np.float32)) for loss in dynamics.loss)
    return np.stack([in_windows(p, size)[1].mean(axis=0) for p in every])
