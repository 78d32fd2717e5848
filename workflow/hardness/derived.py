"""Data sets made from other data sets."""

import numpy as np

from .datasets import Data, checked


def subset(data: Data, train: int, test: int, seed: int) -> Data:
    """A seeded, stratified choice of `train` training and `test` test samples, in their order; the statistics stay.

    Raises ValueError if more samples are asked for than there are.
    """
    rng = np.random.default_rng(seed)
    rows = [_stratified(labels, count, rng) for labels, count in ((data.train_labels, train), (data.test_labels, test))]
    return checked(
        data.train_images[rows[0]],
        data.train_labels[rows[0]],
        data.test_images[rows[1]],
        data.test_labels[rows[1]],
        data.class_names,
        (data.mean, data.std),
        "subset",
    )._replace(rows=rows[0])


def _stratified(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    if count > len(labels):
        raise ValueError(f"a subset of {count} samples is asked for, there are {len(labels)}")
    place = np.empty(
        len(labels)
    )  # of a sample in its shuffled class, as a share: the smallest ones are a stratified choice
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        place[members] = (rng.permutation(len(members)) + rng.random()) / len(members)
    return np.sort(np.argsort(place, kind="stable")[:count])
