"""Ranks of samples, as tables show them: 1 is the hardest."""

import numpy as np


def ranks(order: np.ndarray) -> np.ndarray:
    """The rank of each sample, (n,) int64.

    order: (n,) all samples from the easiest to the hardest, as scores.ranking returns it.

    >>> ranks(np.array([2, 0, 1])).tolist()  # 2 is the easiest, 1 the hardest
    [2, 1, 3]
    """
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order), 0, -1)
    return found
