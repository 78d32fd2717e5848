"""Share of the k neighbours that are of another class (CP; P calls it purity)."""

import numpy as np

from hardness.scoring.estimators import _near

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("neighbour_labels",)


def score(neighbours) -> np.ndarray:
    return 1 - _near.same_class(neighbours).mean(axis=1)
