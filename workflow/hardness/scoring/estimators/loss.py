"""The mean loss -ln p_y over all epochs."""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("loss",)


def score(dynamics) -> np.ndarray:
    return dynamics.loss.mean(axis=1, dtype=np.float32)
