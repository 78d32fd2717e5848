"""The entropy of the mean prediction, in the end, of members that did not train on the sample."""

from hardness.scoring.estimators.entropy import score  # noqa: F401

DIRECTION = "up"
SOURCE = "out-of-fold"
NEEDS = ("p",)
