"""Sliding windows over the epochs of a training, shared by dyn-unc and dual."""

from functools import reduce

import numpy as np


def width(epochs: int) -> int:
    """The width of a window: max(2, min(10, T // 5)) of T epochs. Raises ValueError if T < 2."""
    if epochs < 2:
        raise ValueError(f"the recipe has {epochs} epoch; expected at least 2, to see p_y change")
    return max(2, min(10, epochs // 5))


def in_windows(p: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (ddof 1) of p (T, n) in each window of `size` epochs.

    Returns two arrays (T - size + 1, n). They take two passes, not cumulative sums: most p_y are so
    near to 1 that differences of sums would be mere rounding.
    """
    count = len(p) - size + 1
    parts = [p[start : start + count] for start in range(size)]
    mean = reduce(np.add, parts) / size
    squares = ((part - mean) ** 2 for part in parts)
    return mean, np.sqrt(reduce(np.add, squares) / (size - 1))
