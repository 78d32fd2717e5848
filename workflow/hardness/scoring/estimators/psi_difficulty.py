"""Instance difficulty (Yu et al. 2022): (c + sum of du) / (c + sum of dl) over all epochs, c = 1.

du is how far p moves away from the label in an epoch, dl how far towards it. Their sum is the
symmetric Kullback-Leibler divergence (PSI) of two epochs' p. Before the first epoch p is uniform.
"""

import numpy as np

from hardness.training.difficulty import difficulty

DIRECTION = "up"
SOURCE = "pass"
NEEDS = ("du", "dl")


def score(passes) -> np.ndarray:
    return difficulty(passes.du, passes.dl, c=1)
