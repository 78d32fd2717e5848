"""MSD of the same network trained with labels: a control for whether MSD needs training without."""

from hardness.scoring.estimators.msd import score  # noqa: F401

DIRECTION = "down"
SOURCE = "labelled-features"
NEEDS = ("changes",)
