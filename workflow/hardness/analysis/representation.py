"""How good features are: how many test samples their nearest training samples name rightly."""

import numpy as np

from hardness.data.neighbours import nearest

K = 5  # neighbours that vote


def accuracy(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> float:
    """The share of test samples whose class is that of most of the 5 nearest training samples.

    train (n, d), test (m, d), of one type, see neighbours.nearest; labels (n,) and (m,). A tie goes
    to the class of the nearest sample among the tied ones.
    """
    found = train_labels[nearest(train, K, test).indices]
    votes = (found[:, :, None] == found[:, None, :]).sum(axis=2)
    return float((found[np.arange(len(found)), votes.argmax(axis=1)] == test_labels).mean())
