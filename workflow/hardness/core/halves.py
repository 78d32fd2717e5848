"""The two halves of a data set's samples that a network trains on one after the other, and the
epoch of the change.
"""

import numpy as np

HALVES = 114  # random stream id


def first_half(n: int) -> np.ndarray:
    """Which of n samples are in the first half, (n,) bool: n // 2 of them, at random, the same for
    every network.
    """
    chosen = np.zeros(n, dtype=bool)
    chosen[np.random.default_rng(HALVES).permutation(n)[: n // 2]] = True
    return chosen


def first_stage(epochs: int) -> int:
    """The epochs of the first stage: half of all `epochs`, rounded down."""
    return epochs // 2
