"""Second-split forgetting time (Maini et al. 2022): the first epoch, counted from 1, of the
training on the other half from which a sample stays wrong. Low is hard: label errors are forgotten
first.

Never forgotten: one more than the last epoch. Wrong when that training begins, so never learned: 0.
Each epoch on the other half shows its samples twice.
"""

import numpy as np

from hardness.scoring.estimators import _stages

DIRECTION = "down"
SOURCE = "second-split"
NEEDS = ("correct",)


def score(splits) -> np.ndarray:
    first, second = _stages.stages(splits.correct)
    forgotten = second.shape[1] + 1 - _stages.last_run(~second)
    return np.where(first[:, -1], forgotten, 0)
