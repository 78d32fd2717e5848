"""BALD (Houlsby et al. 2011): the entropy of the mean prediction less the mean of the members'
entropies, in nats. It says how far members that trained on the sample disagree.
"""

import numpy as np

from hardness.scoring.sources import entropy

DIRECTION = "up"
SOURCE = "predictions"
NEEDS = ("p", "entropy")


def score(predictions) -> np.ndarray:
    return entropy(predictions.p) - predictions.entropy
