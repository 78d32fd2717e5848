"""MSD divided by the mean square of the feature's norm: a control, because a longer feature changes
by more. The direction is the opposite of MSD's: high is hard.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "features"
NEEDS = ("changes", "norms")


def score(features) -> np.ndarray:
    squares = np.square(features.norms).mean(axis=1)
    changes = features.changes.mean(axis=1)
    return np.divide(changes, squares, where=squares > 0, out=np.zeros_like(changes))
