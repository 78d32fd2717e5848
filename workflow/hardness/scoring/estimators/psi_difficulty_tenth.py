"""psi-difficulty with the prior c = 0.1: a shift of the predictions counts more."""

import numpy as np

from hardness.training.difficulty import difficulty

DIRECTION = "up"
SOURCE = "pass"
NEEDS = ("du", "dl")


def score(passes) -> np.ndarray:
    return difficulty(passes.du, passes.dl, c=0.1)
