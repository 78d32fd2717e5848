"""The spaces in which neighbours are looked for: the data set's inputs as points.

A member's features are a space too: see training/features.py.
"""

from itertools import chain
from typing import NamedTuple

import numpy as np

from hardness.data.datasets import Data
from hardness.data.duplicates import first_identical

PIXELS, PCA, FEATURES = "pixels", "pca", "features"
# Of each setting: whose neighbours are looked for, and among which samples
SETTINGS = {"train": ("train", "train"), "part": ("test", "train"), "test": ("test", "test")}
CHUNK = 4096  # rows whose covariance is taken at once


class Points(NamedTuple):
    """The training and the test samples as points, (n, d) and (m, d) uint8 or float32. unit: how
    many of the space's own units a difference of 1 is.
    """

    train: np.ndarray
    test: np.ndarray
    unit: float = 1.0

    def scaled(self, part: str) -> np.ndarray:
        """The points of a part, train or test, in the space's own units: float32."""
        return (getattr(self, part) * np.float32(self.unit)).astype(np.float32, copy=False)


def of_inputs(data: Data, components: int | None) -> Points:
    """The points of the pixel space; with `components`, those of the PCA space."""
    return pixels(data) if components is None else pca(data, components)


def pixels(data: Data) -> Points:
    """Images as their pixels in 0..1, held as uint8 in units of 1/255; rows of a table as their
    columns.
    """
    train, test = (
        inputs.reshape(len(inputs), -1) for inputs in (data.train_inputs, data.test_inputs)
    )
    return Points(train, test, unit=1 / 255 if data.train_inputs.ndim == 4 else 1.0)


def pca(data: Data, components: int) -> Points:
    """The inputs on the first principal axes of the training part, centered, not whitened.

    components: how many axes; no more than there are columns. It runs on one core, because other
    numbers of cores round differently. So do products of different heights: equal inputs therefore
    get the point of the first of them, and stay equal within a part and across both.
    """
    from threadpoolctl import threadpool_limits

    given = pixels(data)
    train = given.scaled("train")
    center = train.mean(axis=0, dtype=np.float64).astype(np.float32)
    covariance = np.zeros((train.shape[1],) * 2)
    with threadpool_limits(1):
        for start in range(0, len(train), CHUNK):
            part = train[start : start + CHUNK] - center
            covariance += part.T @ part
        axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :components].astype(np.float32)
        projected = [(given.scaled(part) - center) @ axes for part in ("train", "test")]
    first = first_identical(chain(given.train, given.test))
    points = np.concatenate(projected)[first]
    return Points(points[: len(train)], points[len(train) :])
