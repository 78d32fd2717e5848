"""Volume of a class as P prints it (V): sqrt(det(Z Z^T / m)) of its m samples in d dimensions, not
centered.

It is 0 if m < d or a dimension is constant. Otherwise it mostly exceeds the range of float32: then
it is 0 (below 1e-38) or +inf (above 1e38).
"""

import numpy as np

DIRECTION = "up"
SOURCE = "neighbours"
NEEDS = ("inputs",)
INFINITE = True


def score(neighbours) -> np.ndarray:
    volumes = []
    for c in range(neighbours.classes):
        own = neighbours.inputs[neighbours.labels == c].astype(np.float64)
        sign, logarithm = 0.0, -np.inf
        if len(own) >= own.shape[1]:
            sign, logarithm = np.linalg.slogdet(own.T @ own / len(own))
        with np.errstate(over="ignore", under="ignore"):
            volumes.append(np.exp(logarithm / 2).astype(np.float32) if sign > 0 else 0)
    return np.array(volumes)
