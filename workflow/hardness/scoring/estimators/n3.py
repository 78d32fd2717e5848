"""Whether the nearest neighbour is of another class (N3, adapted): 1 or 0."""

import numpy as np

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("neighbour_labels",)


def score(neighbours) -> np.ndarray:
    return neighbours.neighbour_labels[:, 0] != neighbours.labels
