"""The entropy of the mean final prediction of members that trained on the sample, in nats: their
total uncertainty.
"""

import numpy as np

from hardness.scoring.sources import entropy

DIRECTION = "up"
SOURCE = "predictions"
NEEDS = ("p",)


def score(predictions) -> np.ndarray:
    return entropy(predictions.p)
