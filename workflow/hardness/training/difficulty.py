"""Instance difficulty (Yu et al. 2022, Eq. 4)."""

import numpy as np


def difficulty(du: np.ndarray, dl: np.ndarray, c: float) -> np.ndarray:
    """(c + du) / (c + dl). du, dl: the sums of a prediction's shifts away from the label and
    towards it (see observers/_passes.py), of one shape, which is returned. c > 0: the larger, the
    less the shifts count; without shifts the difficulty is 1 for every c.
    """
    return (c + du) / (c + dl)
