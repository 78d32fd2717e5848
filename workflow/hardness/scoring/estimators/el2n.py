"""EL2N (Paul et al. 2021): norm2(p - onehot(y)) at the probe epoch, in eval mode, without
augmentation; not squared.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("probe_el2n",)


def score(dynamics) -> np.ndarray:
    return dynamics.probe_el2n
