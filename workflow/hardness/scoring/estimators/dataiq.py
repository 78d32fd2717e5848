"""Data-IQ's aleatoric uncertainty (Seedat et al. 2022): the mean p_y (1 - p_y) over all epochs."""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("loss",)


def score(dynamics) -> np.ndarray:
    return np.stack(
        [
            (p * (1 - p)).mean(axis=0)
            for p in (np.exp(-loss.astype(np.float32)) for loss in dynamics.loss)
        ]
    )
