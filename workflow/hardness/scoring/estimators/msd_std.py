"""The standard deviation of MSD's changes over the epochs. Its direction is MSD's."""

import numpy as np

DIRECTION = "down"
SOURCE = "features"
NEEDS = ("changes",)


def score(features) -> np.ndarray:
    return features.changes.std(axis=1)
