"""The pixels that controls of images read (a leading underscore: no estimator of its own)."""

import numpy as np

from hardness.data.datasets import Data


def images(data: Data, name: str) -> np.ndarray:
    """The training images (n, H, W, C) uint8. Raises ValueError if these are rows of a table.

    name: of the estimator, for the message.
    """
    if data.train_inputs.ndim != 4:
        raise ValueError(
            f"{name} is of images, and these are rows of a table: leave it out of the data set's "
            "estimators"
        )
    return data.train_inputs
