"""The margin of the mean predictions of members that trained on the sample, at the end (App. B)."""

from hardness.scoring.estimators._predictions import margin as score  # noqa: F401

DIRECTION = "down"
SOURCE = "predictions"
NEEDS = ("p", "labels")
