"""The margin of the mean final predictions of members that did not train on the sample."""

from hardness.scoring.estimators._predictions import margin as score  # noqa: F401

DIRECTION = "down"
SOURCE = "out-of-fold"
NEEDS = ("p", "labels")
