"""DUAL (Cho et al. 2025): (1 - mean of p_y) times the standard deviation of p_y in a sliding window
of epochs, mean over the windows in the first 30 epochs; high is difficult and uncertain.
"""

import numpy as np

from hardness.scoring.estimators._windows import in_windows, width

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("loss",)
EPOCHS = 30


def score(dynamics) -> np.ndarray:
    size = width(dynamics.loss.shape[1])
    every = (np.exp(-loss[:EPOCHS].astype(np.float32)) for loss in dynamics.loss)
    moments = (in_windows(p, size) for p in every)
    return np.stack([((1 - mean) * deviation).mean(axis=0) for mean, deviation in moments])
