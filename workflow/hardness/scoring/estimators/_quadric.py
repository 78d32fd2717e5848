"""A quadratic surface through a sample's neighbours: its height, along the third local principal
axis, is a quadratic function on the first two. Its curvatures follow from the first and second
fundamental forms.
"""

import functools

import numpy as np


@functools.lru_cache(maxsize=1)
def curvatures(neighbours) -> tuple[np.ndarray, np.ndarray]:
    """Mean and Gaussian curvature, each (n,), of the surface at the sample's place.

    The sign of the mean curvature is arbitrary, as the axis' direction is. Where the neighbours
    span fewer than three axes the surface is flat. Fitted by least squares, with the smallest norm
    where neighbours are too few. Cached for the last source, because two estimators read them.
    """
    coordinates = neighbours.coordinates[..., :3].astype(np.float64)
    coordinates = np.pad(coordinates, ((0, 0), (0, 0), (0, 3 - coordinates.shape[2])))
    scale = np.sqrt((coordinates**2).sum(axis=(1, 2), keepdims=True) / coordinates.shape[1])
    scale = np.where(scale, scale, 1)
    x, y, height = np.moveaxis(coordinates / scale, 2, 0)
    terms = np.stack([np.ones_like(x), x, y, x**2 / 2, x * y, y**2 / 2], axis=2)
    fitted = (np.linalg.pinv(terms) @ height[..., None])[..., 0]
    _, dx, dy, dxx, dxy, dyy = fitted.T
    slope = 1 + dx**2 + dy**2
    gauss = (dxx * dyy - dxy**2) / slope**2
    mean = ((1 + dy**2) * dxx - 2 * dx * dy * dxy + (1 + dx**2) * dyy) / (2 * slope**1.5)
    return mean / scale[:, 0, 0], gauss / scale[:, 0, 0] ** 2
