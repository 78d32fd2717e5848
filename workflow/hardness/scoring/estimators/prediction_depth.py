"""Prediction depth (Baldock et al. 2021): the number of a network's stages before the first one
from which on the nearest other samples name the class that the network finally predicts.

A member's depth is one of a few whole numbers, and the mean over members takes few values more. So
many samples tie, and ties fall at random.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "depth"
NEEDS = ("depth",)
RANDOM_TIES = True


def score(found) -> np.ndarray:
    return found.depth
