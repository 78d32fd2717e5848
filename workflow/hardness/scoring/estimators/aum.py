"""Area under the margin (Pleiss et al. 2020): the mean margin z_y - max_{j != y} z_j over all
epochs.
"""

import numpy as np

DIRECTION = "down"
SOURCE = "dynamics"
NEEDS = ("aum",)


def score(dynamics) -> np.ndarray:
    return dynamics.aum
