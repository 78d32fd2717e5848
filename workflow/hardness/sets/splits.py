"""Random splits of a data set's training part: sets whose draws have test rows of their own."""

import numpy as np

from hardness.data import splitting, tables
from hardness.data.datasets import Data, TrainingSet, none_synthetic

TEST_SHARE = 0.2


def training_sets(data: Data, draws: int, standardize: bool) -> TrainingSet:
    """Draw d leaves out a fifth of the rows, seeded by d and stratified: all draws leave out the
    same number of each class.

    standardize: whether each column of a table is standardized by its mean and standard deviation
    over the draw's own rows. Images are normalized as in the data set. Raises ValueError as
    splitting.stratified.
    """
    labels, inputs, names = data.train_labels, data.train_inputs, data.class_names.tolist()
    parts = (
        splitting.stratified(labels, TEST_SHARE, draw, names, "splits") for draw in range(draws)
    )
    source = np.stack([train for train, _ in parts]).astype(np.int32)
    made = TrainingSet(source, labels[source], none_synthetic(draws, inputs.shape[1:]))
    if not standardize or inputs.ndim != 2:
        return made
    statistics = [tables.statistics(inputs[rows]) for rows in source]
    return made._replace(statistics=np.array(statistics))


def test_rows(source: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The rows (D, t) that each draw leaves out, sorted by class and then by index, so that their
    labels are the same in all draws.

    source: (D, n) of a set of splits; labels: (n,) of the data set's training part.
    """
    order = np.argsort(labels, kind="stable")
    return np.stack([order[~np.isin(order, rows)] for rows in source])
