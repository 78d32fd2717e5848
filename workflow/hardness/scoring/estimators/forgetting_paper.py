"""Forgetting as in the paper: a sample that was never learned gets 0, which makes it one of the
easiest. Ties fall at random, anew in each ensemble, as they do where the paper's code sorts.
"""

import numpy as np

from hardness.scoring.estimators.forgetting import events

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("correct",)
RANDOM_TIES = True


def score(dynamics) -> np.ndarray:
    return events(dynamics.correct)
