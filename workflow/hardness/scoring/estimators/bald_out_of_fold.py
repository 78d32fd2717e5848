"""BALD (see bald.py) over members that did not train on the sample."""

from hardness.scoring.estimators.bald import score  # noqa: F401

DIRECTION = "up"
SOURCE = "out-of-fold"
NEEDS = ("p", "entropy")
