"""The standard deviation of an image's grey pixels: a control that needs no network. Low is hard,
as for MSD.
"""

import numpy as np

from hardness.scoring.estimators._pixels import images

DIRECTION = "down"
SOURCE = "data"
NEEDS = ("train_inputs", "train_labels")


def score(data) -> np.ndarray:
    return np.array([image.mean(axis=2).std() for image in images(data, "contrast")])
