"""Mean distance to the neighbours of other classes (ADOC); +inf, the easiest, where all of the k
are of the own class.
"""

import numpy as np

from hardness.scoring.estimators import _near

DIRECTION = "down"
SOURCE = "neighbours"
NEEDS = ("neighbour_labels", "distances")
INFINITE = True


def score(neighbours) -> np.ndarray:
    return _near.mean(neighbours.distances, ~_near.same_class(neighbours))
