"""Smallest distance to the own class over that to the others, among the k neighbours (MDR):
MDSC / MDOC.
"""

import numpy as np

from hardness.scoring.estimators import _near, mdoc, mdsc

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("neighbour_labels", "distances")
INFINITE = True


def score(neighbours) -> np.ndarray:
    return _near.ratio(mdsc.score(neighbours), mdoc.score(neighbours))
