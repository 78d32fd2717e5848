"""LGN (Khoroshavtsev et al. 2024): the norm of the loss's gradient with respect to the two views of
a sample, added, mean over the epochs. They call samples of low LGN hard.

The gradient is that of the batch's loss times its size.
"""

import numpy as np

DIRECTION = "down"
SOURCE = "input-gradients"
NEEDS = ("norms",)


def score(gradients) -> np.ndarray:
    return gradients.norms.mean(axis=1)
