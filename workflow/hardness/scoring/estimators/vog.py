"""VoG (Agarwal et al. 2022): by how much the gradient of the label's logit with respect to a
sample's input changes over the epochs, of networks that learn with labels.

The standard deviation over the epochs of each pixel's gradient, mean over the pixels. The authors
use only a few epochs, and standardize the scores within each class (minus the mean, divided by the
standard deviation). That would remove the differences between classes, and is not done here.
"""

import numpy as np

DIRECTION = "up"
SOURCE = "label-gradients"
NEEDS = ("deviation",)


def score(gradients) -> np.ndarray:
    return gradients.deviation
