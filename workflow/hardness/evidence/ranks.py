"""The order of classes by their hardness, for figures and claims."""

import numpy as np

from hardness.scoring.estimation import direction


def classes_by_hardness(classes: np.ndarray, hardness: np.ndarray, estimator: str) -> np.ndarray:
    """One row of allocation/{estimator}.csv for each class, from the easiest to the hardest.

    classes, hardness: columns of it, with several rows per class, which all have the same hardness.
    Returns row numbers (k,), of each class's first row; ties go to the lower class number.
    """
    first = np.unique(classes, return_index=True)[1]
    easy_first = 1 if direction(estimator) == "up" else -1
    return first[np.argsort(easy_first * hardness[first], kind="stable")]
