"""The mean logit z_y of the given label over all epochs."""

import numpy as np

DIRECTION = "down"
SOURCE = "dynamics"
NEEDS = ("true_logit",)


def score(dynamics) -> np.ndarray:
    return dynamics.true_logit.mean(axis=1, dtype=np.float32)
