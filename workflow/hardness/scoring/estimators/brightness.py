"""The mean of an image's pixels: a control that needs no network. Low is hard, as for MSD."""

import numpy as np

from hardness.scoring.estimators._pixels import images

DIRECTION = "down"
SOURCE = "data"
NEEDS = ("train_inputs", "train_labels")


def score(data) -> np.ndarray:
    return np.array([image.mean() for image in images(data, "brightness")])
