"""GraNd (Paul et al. 2021) of the last layer: the norm of the loss's gradient with respect to that
layer's weights and biases, |p - onehot(y)| sqrt(1 + |f|^2), after the probe epoch, in eval mode.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "labelled-features"
NEEDS = ("norms", "probe_el2n")


def score(features) -> np.ndarray:
    norms = features.norms[:, features.probe_epoch - 1]
    return features.probe_el2n * np.sqrt(1 + np.square(norms))
