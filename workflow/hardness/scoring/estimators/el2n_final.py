"""EL2N of the mean final predictions of members that trained on the sample (App. B)."""

from hardness.scoring.estimators._predictions import el2n as score  # noqa: F401

DIRECTION = "up"
SOURCE = "predictions"
NEEDS = ("p", "labels")
