"""Scores from an ensemble's mean predictions, in-sample or out of fold (a leading underscore: this
is no estimator).
"""

import numpy as np

from hardness.scoring.sources import MeanPredictions


def label_quality(predictions: MeanPredictions) -> np.ndarray:
    """The quality of each label (n,), by cleanlab's own function with its defaults.

    Source: Northcutt et al. (2021); its default, "self confidence", is p_y.
    """
    from cleanlab.rank import get_label_quality_scores  # takes a second to import

    return get_label_quality_scores(predictions.labels, predictions.p)


def margin(predictions: MeanPredictions) -> np.ndarray:
    """p_y minus the largest p of another class: (n,), from -1 to 1."""
    n = np.arange(len(predictions.labels))
    others = predictions.p.copy()
    others[n, predictions.labels] = -np.inf
    return predictions.p[n, predictions.labels] - others.max(axis=1)


def el2n(predictions: MeanPredictions) -> np.ndarray:
    """The Euclidean distance of p from the label's one-hot vector: (n,), from 0 to sqrt(2)."""
    error = predictions.p.copy()
    error[np.arange(len(predictions.labels)), predictions.labels] -= 1
    return np.linalg.norm(error, axis=1)
