"""Cleanlab's label quality, from the mean predictions of members that trained on the sample
(App. B).
"""

from hardness.scoring.estimators._predictions import label_quality as score  # noqa: F401

DIRECTION = "down"
SOURCE = "predictions"
NEEDS = ("p", "labels")
