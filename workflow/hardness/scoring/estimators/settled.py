"""The first epoch, counted from 1, from which a sample stays right to the end; never: T + 1.

"Iteration learned" (Baldock et al. 2021), from the network's own output. Ties are broken by AUM, as
those of forgetting are.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("correct", "aum")


def score(dynamics) -> np.ndarray:
    right_to_the_end = np.logical_and.accumulate(dynamics.correct[:, ::-1], axis=1)
    return dynamics.correct.shape[1] + 1 - right_to_the_end.sum(axis=1)


def keys(dynamics) -> np.ndarray:
    return -dynamics.aum[None]
