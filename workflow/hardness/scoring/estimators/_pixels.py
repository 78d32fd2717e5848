"""Shared by the controls that read pixels (a leading underscore: this is no estimator)."""

import numpy as np

from hardness.data.datasets import Data


def images(data: Data, name: str) -> np.ndarray:
    """The training images (n, H, W, C) uint8. Raises ValueError if these are rows of a table.

    name: the estimator's, for the message.
    """
    if data.train_inputs.ndim != 4:
        raise ValueError(
            f"{name} needs images, and these are rows of a table: leave it out of the data set's "
            "estimators"
        )
    return data.train_inputs
