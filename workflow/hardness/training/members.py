"""What each member of a block trains on: its draw of the training set, and how it is normalized."""

from collections.abc import Sequence

import numpy as np

from hardness.core.draws import draw_of
from hardness.data import datasets


def labels(draws: datasets.TrainingSet, seeds: Sequence[int]) -> np.ndarray:
    """The labels (n, K) of the members' training sets: the same for all, or each draw's own."""
    used = [draw_of(seed, len(draws.source)) for seed in seeds]
    return np.stack([draws.labels_of(draw) for draw in used], axis=1)


def statistics(
    data: datasets.Data, draws: datasets.TrainingSet, seeds: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviation by which inputs are normalized: the data set's, or each
    member's own, (K, d).
    """
    if not len(draws.statistics):
        return data.mean, data.std
    used = [draw_of(seed, len(draws.source)) for seed in seeds]
    return draws.statistics[used, 0], draws.statistics[used, 1]


def inputs_and_rows(
    inputs: np.ndarray, draws: datasets.TrainingSet, seeds: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """All inputs that the members see: the data set's, then the synthetic ones. And (n, K), the row
    in these inputs of each place of each member's training set.
    """
    used = sorted({draw_of(seed, len(draws.source)) for seed in seeds})
    synthetic = draws.source[used] < 0
    rows = draws.source[used].astype(np.int64)
    rows[synthetic] = len(inputs) + np.arange(synthetic.sum())  # draw by draw, in row order
    if synthetic.any():
        inputs = np.concatenate([inputs, draws.synthetic[used].reshape(-1, *inputs.shape[1:])])
    own = [rows[used.index(draw_of(seed, len(draws.source)))] for seed in seeds]
    return inputs, np.stack(own, axis=1)
