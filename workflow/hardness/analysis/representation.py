"""How good features are: the accuracy of a nearest-neighbour classifier on the test samples."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.core import artifacts
from hardness.data.datasets import Data
from hardness.data.neighbours import nearest

K = 5  # neighbours that vote
CHANCE = "chance"


class Space(NamedTuple):
    """Training samples (n, d) and test samples (m, d) as points of one type (see
    neighbours.nearest). seed: of the network that made them, or None.
    """

    name: str
    seed: int | None
    train: np.ndarray
    test: np.ndarray


def trained(features: Sequence[Path | str], tests: Sequence[Path | str]) -> Iterator[Space]:
    """The final features of networks without labels, by features.npz and test.npz of each block."""
    for of_train, of_test in zip(features, tests, strict=True):
        held = artifacts.load_npz(of_train, "seeds", "features")
        asked = artifacts.load_npz(of_test, "features")["features"].astype(np.float32)
        points = held["features"].astype(np.float32)
        for seed, train, test in zip(held["seeds"].tolist(), points, asked, strict=True):
            yield Space("trained", seed, train, test)


def table(spaces: Iterable[Space], data: Data) -> dict[str, list]:
    """Columns of unlabelled/representation.csv: space, seed and accuracy. Chance, in the last row,
    is the share of test samples of the largest class in the training samples.
    """
    rows = [
        (one.name, one.seed, accuracy(one.train, data.train_labels, one.test, data.test_labels))
        for one in spaces
    ]
    largest = np.bincount(data.train_labels).argmax()
    rows.append((CHANCE, None, float((data.test_labels == largest).mean())))
    return dict(zip(("space", "seed", "accuracy"), map(list, zip(*rows, strict=True)), strict=True))


def accuracy(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> float:
    """The share of test samples whose class is the majority class of the 5 nearest training
    samples.

    train (n, d), test (m, d), see Space; labels (n,) and (m,). A tie goes to the class of the
    nearest sample among the tied ones.
    """
    found = train_labels[nearest(train, K, test).indices]
    votes = (found[:, :, None] == found[:, None, :]).sum(axis=2)
    return float((found[np.arange(len(found)), votes.argmax(axis=1)] == test_labels).mean())
