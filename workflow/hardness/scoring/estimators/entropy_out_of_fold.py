"""The entropy of the mean final prediction of members that did not train on the sample, in nats."""

from hardness.scoring.estimators.entropy import score  # noqa: F401

DIRECTION = "up"
SOURCE = "out-of-fold"
NEEDS = ("p",)
