"""Scores of samples, with or without members, and the one way to average and to rank them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hardness.core.classes import class_means

# the number of first members, or the members' positions
Members = int | np.integer | Sequence[int] | np.ndarray
TIES = 303  # random stream id of the keys by which ties fall at random


class Scores(NamedTuple):
    """One estimator's scores of n samples.

    scores: (M, n) by M members, or (n,) by an estimator that needs no network; at class level, one
    for all samples of a class, (M, k) or (k,). keys: (q, ...) with the scores' shape behind q, up =
    hard, which break ties. seeds: (M,), or None where there are no members. direction: "up" if high
    scores are hard, else "down". labels: (n,) in 0..k-1 for scores at class level, else None.
    random_ties: whether samples that tie in all keys fall at random, see `random_keys`. harmonic:
    whether a class's value is a harmonic mean, see `class_values`.
    """

    scores: np.ndarray
    keys: np.ndarray
    seeds: np.ndarray | None
    direction: str
    labels: np.ndarray | None = None
    random_ties: bool = False
    harmonic: bool = False

    @property
    def members(self) -> int | None:
        return None if self.seeds is None else len(self.seeds)

    @property
    def samples(self) -> int:
        return self.scores.shape[-1] if self.labels is None else len(self.labels)

    def of_samples(self, values: np.ndarray) -> np.ndarray:
        """Values (..., n) of samples, from values whose last axis is that of the scores."""
        return values if self.labels is None else values[..., self.labels]

    def first(self, members: int) -> "Scores":
        """The first members' scores: a smaller ensemble is the beginning of the larger one. Scores
        without members are the same for every ensemble.

        Raises ValueError if there are fewer members.
        """
        if self.seeds is None:
            return self
        if members > len(self.seeds):
            raise ValueError(
                f"{members} members are asked for, but the scores hold {len(self.seeds)}; expected "
                "at most as many"
            )
        return self._replace(
            scores=self.scores[:members], keys=self.keys[:, :members], seeds=self.seeds[:members]
        )


def _positions(scores: Scores, members: Members) -> np.ndarray:
    positions = np.arange(members) if isinstance(members, int | np.integer) else np.asarray(members)
    wanted, there = len(positions), scores.members or 0
    if not wanted or positions.min() < 0 or positions.max() >= there:
        raise ValueError(
            f"{wanted} members are asked for, but the scores hold {there}; expected at least one, "
            "and no more than these"
        )
    return positions


def _mean_over(scores: Scores, values: np.ndarray, members: Members) -> np.ndarray:
    values = scores.of_samples(values)
    if scores.members is None:
        return values.astype(np.float64)
    return values[_positions(scores, members)].mean(axis=0, dtype=np.float64)


def finite(values: np.ndarray) -> np.ndarray:
    """The values as float64, with +inf replaced by twice the largest finite one, or by 1 if no
    finite value is above 0. So infinite scores count in means, and keep their place in rankings.

    >>> finite(np.array([1, 3, np.inf])).tolist()
    [1.0, 3.0, 6.0]
    """
    values = np.asarray(values, dtype=np.float64)
    infinite = np.isposinf(values)
    if not infinite.any():
        return values
    largest = values.max(initial=0, where=~infinite)
    return np.where(infinite, 2 * largest or 1, values)


def mean_score(scores: Scores, members: Members) -> np.ndarray:
    """Mean over members of the score as it is defined, not turned into hardness.

    members: the number of first members, or an array of member positions; no effect on scores
    without members. Returns (n,) float64, +inf where the estimator says so. Raises ValueError if
    the scores hold fewer members.

    >>> two = Scores(np.array([[1, 5], [3, 5]]), np.empty((0, 2, 2)), np.arange(2), "down")
    >>> mean_score(two, 2).tolist(), mean_score(two, [1]).tolist()
    ([2.0, 5.0], [3.0, 5.0])
    """
    return _mean_over(scores, scores.scores, members)


def hardness(scores: Scores, members: Members) -> np.ndarray:
    """Mean over members, high = hard, whatever the score's direction; finite, see `finite`.

    members: as in `mean_score`. Returns (n,) float64. Raises as mean_score.

    >>> margins = Scores(np.array([[1, 5]]), np.empty((0, 1, 2)), np.arange(1), "down")
    >>> hardness(margins, 1).tolist()  # a low margin is hard
    [-1.0, -5.0]
    """
    mean = finite(mean_score(scores, members))
    return -mean if scores.direction == "down" else mean


def class_values(
    values: np.ndarray, labels: np.ndarray, k: int, harmonic: bool = False
) -> np.ndarray:
    """Values of classes from values of samples: their means, or their harmonic means. A harmonic
    mean leaves out values that are not above 0, and is 0 if a class has no others.

    values: finite, (n,), or (M, n) of M members; labels: (n,) in 0..k-1. Returns (k,) or (M, k)
    float64. Raises as class_means.

    >>> class_values(np.array([1, 3, 10]), np.array([0, 0, 1]), 2).tolist()
    [2.0, 10.0]
    """
    means = class_means(values, labels, k)
    if not harmonic:
        return means
    rows = [_harmonic_means(member, labels, k) for member in np.atleast_2d(values)]
    return np.reshape(rows, means.shape)


def _harmonic_means(values: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    known = values > 0
    counts = np.bincount(labels, weights=known, minlength=k)
    inverses = np.bincount(labels[known], weights=1 / values[known], minlength=k)
    return np.divide(counts, inverses, where=counts > 0, out=np.zeros(k))


def class_hardness(scores: Scores, members: Members, labels: np.ndarray, k: int) -> np.ndarray:
    """Values of classes (k,) float64, high = hard, from the mean over members.

    members: as in `mean_score`. Raises as mean_score and class_values.

    >>> margins = Scores(np.array([[1, 3, 10]]), np.empty((0, 1, 3)), np.arange(1), "down")
    >>> class_hardness(margins, 1, np.array([0, 0, 1]), 2).tolist()
    [-2.0, -10.0]
    """
    values = class_values(finite(mean_score(scores, members)), labels, k, scores.harmonic)
    return -values if scores.direction == "down" else values


def random_keys(scores: Scores, members: Members) -> np.ndarray:
    """The key that breaks an ensemble's ties at random, (1, n); (0, n) where ties do not fall at
    random.

    members: as in `mean_score`. The key is drawn anew for each ensemble, from its members' seeds in
    any order: with one more member, ties fall another way. (The mean of the members' own keys would
    hardly change.)
    """
    if not scores.random_ties:
        return np.empty((0, scores.samples))
    seeds = [] if scores.seeds is None else scores.seeds[_positions(scores, members)].tolist()
    return np.random.default_rng([TIES, *sorted(seeds)]).random((1, scores.samples))


def ranking(scores: Scores, members: Members) -> np.ndarray:
    """All samples from the easiest to the hardest: by mean hardness, then by the mean of each key,
    then at random where the scores say so, then by index.

    members: as in `mean_score`. Returns (n,) int64. Raises as mean_score.

    >>> margins = Scores(np.array([[1, 5, 3]]), np.empty((0, 1, 3)), np.arange(1), "down")
    >>> ranking(margins, 1).tolist()
    [1, 2, 0]
    """
    keys = [_mean_over(scores, key, members) for key in scores.keys]
    keys += [*random_keys(scores, members)]
    return np.lexsort([*reversed(keys), hardness(scores, members)])
