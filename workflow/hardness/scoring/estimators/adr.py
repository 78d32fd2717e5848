"""Mean distance to the own class over that to the others, among the k neighbours (ADR):
ADSC / ADOC.
"""

import numpy as np

from hardness.scoring.estimators import _near, adoc, adsc

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("neighbour_labels", "distances")
INFINITE = True


def score(neighbours) -> np.ndarray:
    return _near.ratio(adsc.score(neighbours), adoc.score(neighbours))
