"""The two halves of a data set's samples on which networks train one after the other, and when."""

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
    """How many epochs the first stage has, of so many."""
    return epochs // 2
