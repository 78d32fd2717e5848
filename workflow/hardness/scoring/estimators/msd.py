"""MSD (Khoroshavtsev et al. 2024): the mean squared change of the feature from one epoch to the
next, of networks trained without labels, mean over the epochs. They call samples of low MSD hard.

It rises and falls with the feature's norm: see feature_norm.py and msd_relative.py.
"""

import numpy as np

DIRECTION = "down"
SOURCE = "features"
NEEDS = ("changes",)


def score(features) -> np.ndarray:
    return features.changes.mean(axis=1)
