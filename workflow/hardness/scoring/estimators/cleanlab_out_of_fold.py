"""Cleanlab's label quality, from the mean predictions of members that did not train on the
sample.
"""

from hardness.scoring.estimators._predictions import label_quality as score  # noqa: F401

DIRECTION = "down"
SOURCE = "out-of-fold"
NEEDS = ("p", "labels")
