"""RHO (Mindermann et al. 2022): the loss while training on all samples, mean over the epochs, less
the final loss of members that did not train on the sample. High is worth learning.

It finds no label errors: members that did not train on a wrong label also have a high loss on it,
so its score is low.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "reducible"
NEEDS = ("loss", "held_out_loss")


def score(reducible) -> np.ndarray:
    return reducible.loss.mean(axis=1, dtype=np.float32) - reducible.held_out_loss
