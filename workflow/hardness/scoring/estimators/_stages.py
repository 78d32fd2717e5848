"""Shared by estimators of second-split training (a leading underscore: this is no estimator)."""

import numpy as np

from hardness.core.halves import first_stage


def stages(correct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The epochs of the first and of the second stage, both (M, epochs, n). correct: (M, T, n)."""
    first = first_stage(correct.shape[1])
    return correct[:, :first], correct[:, first:]


def last_run(flags: np.ndarray) -> np.ndarray:
    """How many epochs at the end are true without a break: (M, n). flags: (M, T, n) bool."""
    return np.cumprod(flags[:, ::-1], axis=1).sum(axis=1)
