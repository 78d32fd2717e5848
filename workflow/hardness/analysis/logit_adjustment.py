"""Logit adjustment after training (Menon et al. 2021), which trains nothing."""

import numpy as np


def adjusted(logits: np.ndarray, counts: np.ndarray, tau: float = 1) -> np.ndarray:
    """The predicted classes (M, n) by logits - tau ln pi_c, pi_c the share of the class among the
    rows that a member was trained on.

    logits: (M, n, k), as test.npz holds them; counts: (M, k), rows of each class, at least 1.
    Raises ValueError where shapes do not fit, or a class has no rows.
    """
    if logits.ndim != 3 or counts.shape != (len(logits), logits.shape[2]):
        raise ValueError(
            f"logits are {logits.shape} and counts {counts.shape}; expected (M, n, k) and (M, k)"
        )
    if counts.min() < 1:
        raise ValueError("a class has no rows; expected at least one of each class")
    shares = counts / counts.sum(axis=1, keepdims=True)
    return (logits.astype(np.float64) - tau * np.log(shares)[:, None]).argmax(axis=2)
