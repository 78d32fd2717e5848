"""Volume of a class (V) as Ma et al. define it: (1/2) log2 det(I + d/m Z Z^T) of its m centered
samples, d the dimension.
"""

import numpy as np

from hardness.scoring.estimators import _spread

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("inputs",)


def score(neighbours) -> np.ndarray:
    return _spread.log_volume(neighbours, weight=neighbours.inputs.shape[1])
