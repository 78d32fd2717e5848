"""Drop the easiest samples of the class."""

import numpy as np


def keep(hardness_order: np.ndarray, count: int) -> np.ndarray:
    return hardness_order[len(hardness_order) - count :]
