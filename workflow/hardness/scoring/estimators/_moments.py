"""The matrix that Ma et al.'s code calls a Hessian, and the two eigenvalues that it takes.

Their published code (package perceptual_manifold_geometry 0.1.4, estimate_curvatures) takes the
neighbours' coordinates on their first eight principal axes, C (k, 8), the products G = C^T C, and
the covariance of G's columns over its rows. G is diagonal, so this is a matrix of fourth moments,
not a curvature, and one of its eigenvalues is always 0.
"""

import functools

import numpy as np


@functools.lru_cache(maxsize=1)
def principal(neighbours) -> tuple[np.ndarray, np.ndarray]:
    """The first two eigenvalues, each (n,), of each neighbourhood's matrix; with a single axis the
    second is 0.

    As in their code these are the first two in the order in which LAPACK's general solver finds
    them: mostly the largest two. Where the axes' variances are alike the eigenvalue 0 may be among
    them, and another LAPACK may order them differently. Cached for the last source, because two
    estimators read them.
    """
    coordinates = neighbours.coordinates.astype(np.float64)
    axes = coordinates.shape[2]
    centered = coordinates - coordinates.mean(axis=1, keepdims=True)
    moments = (centered**2).sum(axis=1)
    outer = moments[:, :, None] * moments[:, None, :]
    eigenvalues = np.linalg.eigvals(np.eye(axes) * outer / axes - outer / axes**2).real
    second = eigenvalues[:, 1] if axes > 1 else np.zeros(len(coordinates))
    return eigenvalues[:, 0], second
