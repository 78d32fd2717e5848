"""The mean saturation of an image's pixels (1 - min / max over the channels; 0 for black): a
control that needs no network. Low is hard, as for MSD; images without color have 0.
"""

import numpy as np

from hardness.scoring.estimators._pixels import images

DIRECTION = "down"
SOURCE = "data"
NEEDS = ("train_inputs", "train_labels")


def score(data) -> np.ndarray:
    return np.array([_saturation(image) for image in images(data, "saturation")])


def _saturation(image: np.ndarray) -> float:
    """The mean over the pixels of an image (H, W, C)."""
    most = image.max(axis=2).astype(np.float64)
    return ((most - image.min(axis=2)) / np.maximum(most, 1)).mean()
