"""Confidence (Swayamdipta et al. 2020): the mean p_y over all epochs. (The paper's later code calls
the mean logit confidence, which is true-logit here.)
"""

import numpy as np

DIRECTION = "down"
SOURCE = "dynamics"
NEEDS = ("loss",)


def score(dynamics) -> np.ndarray:
    return np.stack([np.exp(-loss.astype(np.float32)).mean(axis=0) for loss in dynamics.loss])
