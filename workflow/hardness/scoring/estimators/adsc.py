"""Mean distance to the neighbours of the own class (ADSC); +inf where none is among the k."""

import numpy as np

from hardness.scoring.estimators import _near

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("neighbour_labels", "distances")
INFINITE = True


def score(neighbours) -> np.ndarray:
    return _near.mean(neighbours.distances, _near.same_class(neighbours))
