"""First-split learning time (Maini et al. 2022): the first epoch, from 1, of the training on its
own half from which a sample stays right. Never learned: one epoch more than there are.
"""

import numpy as np

from hardness.scoring.estimators import _stages

DIRECTION = "up"
SOURCE = "second-split"
NEEDS = ("correct",)


def score(splits) -> np.ndarray:
    first, _ = _stages.stages(splits.correct)
    return first.shape[1] + 1 - _stages.last_run(first)
