"""Smallest distance to a neighbour of the own class (MDSC); +inf where none is among the k."""

import numpy as np

from hardness.scoring.estimators import _near

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("neighbour_labels", "distances")
INFINITE = True


def score(neighbours) -> np.ndarray:
    return _near.smallest(neighbours.distances, _near.same_class(neighbours))
