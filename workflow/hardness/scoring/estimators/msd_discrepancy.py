"""The mean change of the feature in the first five epochs less that in the last five. Its direction
is MSD's. With fewer than ten changes the two overlap.
"""

import numpy as np

DIRECTION = "down"
SOURCE = "features"
NEEDS = ("changes",)
EPOCHS = 5


def score(features) -> np.ndarray:
    changes = features.changes
    return changes[:, :EPOCHS].mean(axis=1) - changes[:, -EPOCHS:].mean(axis=1)
