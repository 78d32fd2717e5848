"""Local intrinsic dimension (Levina and Bickel 2004): 1 / LID is the mean over k = 10..20 of
(1 / (k - 1)) sum_{j < k} ln(T_k / T_j), T_j the distance to the j-th neighbour.

Inverses are averaged: over k in a sample's score, and over samples in a class's value (MacKay and
Ghahramani 2005). Duplicates, at distance 0, are left out and replaced by neighbours farther away.
If fewer than 20 of the stored neighbours are left there is no estimate: the score is 0, which no
other sample has, and class values leave it out. In rankings these samples count as the easiest, and
pruning by lid removes them first: they have many duplicates. If all 20 are equally far the
dimension is +inf.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("distances",)
INFINITE = True
CLASS_MEAN = "harmonic"
FIRST, LAST = 10, 20


def score(neighbours) -> np.ndarray:
    distances = neighbours.distances
    zeros, k = (distances == 0).sum(axis=1), distances.shape[1]
    enough = k - zeros >= LAST
    if not enough.all():
        print(
            f"lid: no estimate for {np.count_nonzero(~enough)} samples: fewer than {LAST} of {k} "
            "neighbours are no duplicates"
        )
    if not enough.any():
        return np.zeros(len(distances))
    places = np.where(enough, zeros, 0)[:, None] + np.arange(LAST)
    nearest = np.take_along_axis(distances, places, 1).astype(np.float64)
    logs = np.log(np.where(enough[:, None], nearest, 1))
    below = np.cumsum(logs, axis=1)[:, :-1]  # over j < k, for k = 2..LAST
    counts = np.arange(1, LAST)
    inverses = (logs[:, 1:] - below / counts)[:, FIRST - 2 :]
    inverse = np.maximum(inverses.mean(axis=1), 0)
    inverse[(nearest == nearest[:, :1]).all(axis=1)] = 0  # no rounding
    lid = np.divide(1, inverse, where=inverse > 0, out=np.full(len(inverse), np.inf))
    return np.where(enough, lid, 0)
