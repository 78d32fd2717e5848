"""Forgetting events (Toneva et al. 2019): epochs at which a sample that was right before is wrong.

A sample that was never learned gets T, the number of epochs. Ties are broken by the first epoch in
which a sample was learned (later is harder; never: T), then by AUM.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("correct", "aum")


def events(correct: np.ndarray) -> np.ndarray:
    """Number of forgetting events (M, n) of correct (M, T, n) bool."""
    return (correct[:, :-1] & ~correct[:, 1:]).sum(axis=1)


def score(dynamics) -> np.ndarray:
    correct = dynamics.correct
    return np.where(correct.any(axis=1), events(correct), correct.shape[1])


def keys(dynamics) -> np.ndarray:
    correct = dynamics.correct
    first_learned = np.where(correct.any(axis=1), correct.argmax(axis=1), correct.shape[1])
    return np.stack([first_learned, -dynamics.aum])
