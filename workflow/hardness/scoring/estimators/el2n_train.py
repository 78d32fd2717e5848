"""EL2N from the training step's own forward pass in the probe epoch: in train mode, on an augmented
view, as the paper's appendix says. `el2n` is measured as in the paper's code.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("el2n",)


def score(dynamics) -> np.ndarray:
    return dynamics.el2n[:, dynamics.probe_epoch - 1]
