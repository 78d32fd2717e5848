"""Mean distance to all k neighbours (AD): the inverse of a density."""

import numpy as np

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("distances",)


def score(neighbours) -> np.ndarray:
    return neighbours.distances.mean(axis=1, dtype=np.float64)
