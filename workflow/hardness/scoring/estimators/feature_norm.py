"""The norm of the feature, mean over the epochs, of networks trained without labels. It is nearly
the same as MSD, and has MSD's direction.
"""

import numpy as np

DIRECTION = "down"
SOURCE = "features"
NEEDS = ("norms",)


def score(features) -> np.ndarray:
    return features.norms.mean(axis=1)
