"""What estimators of two stages share (a leading underscore: no estimator of its own)."""

import numpy as np

from hardness.core.halves import first_stage


def stages(correct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The epochs (M, T, n) of both stages."""
    first = first_stage(correct.shape[1])
    return correct[:, :first], correct[:, first:]


def last_run(flags: np.ndarray) -> np.ndarray:
    """How many of the last epochs of (M, T, n) are true without a break: (M, n)."""
    return np.cumprod(flags[:, ::-1], axis=1).sum(axis=1)
