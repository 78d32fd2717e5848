"""Long-tailed training sets: a draw for each member."""

import numpy as np

from hardness.data.datasets import Data, TrainingSet, none_synthetic
from hardness.data.derived import long_tail


def training_sets(data: Data, ratio: float, draws: int) -> TrainingSet:
    """Draw d holds the rows that derived.long_tail chooses with seed d, by index; labels per draw.
    Raises ValueError as derived.long_tail.
    """
    source = np.stack([long_tail(data, ratio, draw) for draw in range(draws)]).astype(np.int32)
    shape = data.train_inputs.shape[1:]
    return TrainingSet(source, data.train_labels[source], none_synthetic(draws, shape))
