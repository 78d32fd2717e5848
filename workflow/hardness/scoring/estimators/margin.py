"""The margin of the mean final predictions of members that trained on the sample (App. B)."""

from hardness.scoring.estimators._predictions import margin as score  # noqa: F401

DIRECTION = "down"
SOURCE = "predictions"
NEEDS = ("p", "labels")
