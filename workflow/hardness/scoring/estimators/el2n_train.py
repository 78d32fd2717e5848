"""EL2N of the training step's own forward pass in the probe epoch: in train mode, of an augmented
view, as the paper's appendix has it; `el2n` is measured as the paper's code does.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("el2n",)


def score(dynamics) -> np.ndarray:
    return dynamics.el2n[:, dynamics.probe_epoch - 1]
