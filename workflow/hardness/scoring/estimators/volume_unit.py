"""Volume of a class (V) as in volume.py, but with d = 1: the default of Ma et al.'s code, and of
Pukowski and Osmani's.
"""

import numpy as np

from hardness.scoring.estimators import _spread

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("inputs",)


def score(neighbours) -> np.ndarray:
    return _spread.log_volume(neighbours, weight=1)
