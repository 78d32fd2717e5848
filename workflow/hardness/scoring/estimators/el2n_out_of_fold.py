"""EL2N of the mean final predictions of members that did not train on the sample."""

from hardness.scoring.estimators._predictions import el2n as score  # noqa: F401

DIRECTION = "up"
SOURCE = "out-of-fold"
NEEDS = ("p", "labels")
