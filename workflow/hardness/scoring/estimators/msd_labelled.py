"""MSD of the same network trained with labels: a control, does MSD need training without them?"""

from hardness.scoring.estimators.msd import score  # noqa: F401

DIRECTION = "down"
SOURCE = "labelled-features"
NEEDS = ("changes",)
