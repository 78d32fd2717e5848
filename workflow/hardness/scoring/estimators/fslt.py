"""First-split learning time (Maini et al. 2022): the first epoch, counted from 1, of the training
on the sample's own half from which it stays right. Never learned: one more than the last epoch.
"""

import numpy as np

from hardness.scoring.estimators import _stages

DIRECTION = "up"
SOURCE = "second-split"
NEEDS = ("correct",)


def score(splits) -> np.ndarray:
    first, _ = _stages.stages(splits.correct)
    return first.shape[1] + 1 - _stages.last_run(first)
