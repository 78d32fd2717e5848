"""How accurate ensembles of each size are on each class, and from which size on they agree on which
classes are hard.

An ensemble's accuracy has two readings: that of its members' mean prediction, and the mean of its
members' own accuracies. Ensembles of one study share members, so larger ones agree with the largest
one by construction. How far two studies would agree is estimated by disjoint ensembles.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hardness.analysis.correlations import ranks, spearman
from hardness.core.classes import class_means
from hardness.core.tables import Columns
from hardness.scoring import estimation
from hardness.scoring.sources import MeanPredictions

PREDICTION, MEMBERS = "mean prediction", "mean of members"  # the two readings
ORDERS = 613  # random stream id of the orders in which members are split
SPLITS = 20
BAND = (5, 95)  # percentiles over splits


class ClassAccuracy(NamedTuple):
    """Accuracies of k classes. ensemble: (M, k), row m - 1 for the mean prediction of the first m
    members; member: (M, k), of each member alone; p: (n, k), the mean prediction of all members.
    """

    ensemble: np.ndarray
    member: np.ndarray
    p: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """(M, k), row m - 1 the mean of the first m members' accuracies."""
        return _means(self.member)


def class_accuracy(
    probabilities: Iterable[np.ndarray], labels: np.ndarray, k: int
) -> ClassAccuracy:
    """The accuracy of each class by ensembles of the first 1, 2, ... members.

    probabilities: of one member after the other, (n, k) each; labels: (n,). Raises ValueError if
    there is no member, or a class has no sample.
    """
    total, ensemble, member = np.zeros((len(labels), k)), [], []
    for p in probabilities:
        total += p
        ensemble.append(_by_class(total, labels, k))
        member.append(_by_class(p, labels, k))
    if not member:
        raise ValueError("the accuracy of an ensemble needs at least one member; there is none")
    return ClassAccuracy(np.array(ensemble), np.array(member), total / len(member))


def _by_class(p: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    return class_means((p.argmax(axis=1) == labels).astype(np.float64), labels, k)


def _means(member: np.ndarray) -> np.ndarray:
    """Means of the first 1, 2, ... rows: (M, k). They are rounded, because ties must not depend on
    the order of a sum.
    """
    sums = member.cumsum(axis=0)
    return np.round(sums / np.arange(1, len(member) + 1)[:, None], 12)


def sizes_table(
    made: ClassAccuracy, labels: np.ndarray, class_names: Sequence[str] | np.ndarray
) -> dict[str, np.ndarray]:
    """Columns of class-accuracy/ensembles.csv, one row per number of members and class: members,
    class, name, n, prediction and mean (the two readings), member (the last one alone).
    """
    members, k = made.member.shape
    return {
        "members": np.repeat(np.arange(1, members + 1), k),
        "class": np.tile(np.arange(k), members),
        "name": np.tile(np.asarray(class_names), members),
        "n": np.tile(np.bincount(labels, minlength=k), members),
        "prediction": made.ensemble.ravel(),
        "mean": made.mean.ravel(),
        "member": made.member.ravel(),
    }


def agreement_table(
    made: ClassAccuracy, probabilities: np.ndarray, labels: np.ndarray
) -> dict[str, np.ndarray]:
    """Columns of class-accuracy/agreement.csv, one row per reading and size of two disjoint
    ensembles: reading, members, mean, low, high.
    """
    of = {
        PREDICTION: agreement_of_predictions(probabilities, labels),
        MEMBERS: agreement_of_means(made.member),
    }
    return {
        "reading": np.repeat(list(of), len(sizes(len(probabilities)))),
        **{
            name: np.concatenate([getattr(one, name) for one in of.values()])
            for name in Agreement._fields
        },
    }


def sample_scores(predictions: MeanPredictions, estimators: Sequence[str]) -> Columns:
    """The scores (n,) of samples by the named estimators of predictions: name -> scores."""
    return {name: estimation.compute(name, predictions).scores for name in estimators}


def scores_table(scores: Columns, labels: np.ndarray, k: int) -> dict[str, np.ndarray]:
    """Columns of class-accuracy/scores.csv, one row per estimator and class: estimator, class,
    score, the mean over the class's samples.
    """
    means = [class_means(values, labels, k) for values in scores.values()]
    return {
        "estimator": np.repeat(np.array(list(scores), dtype=np.str_), k),
        "class": np.tile(np.arange(k), len(scores)),
        "score": np.ravel(means),
    }


def stable_from(accuracy: np.ndarray) -> int:
    """The number of members from which on the ranks of the classes are those with all members.

    accuracy: (M, k), a row for each number of members. Classes that tie share a rank.
    """
    own = ranks(accuracy)
    changes = np.flatnonzero((own != own[-1]).any(axis=1))
    return int(changes[-1]) + 2 if len(changes) else 1


def sizes(members: int) -> list[int]:
    """About ten ensemble sizes from 1 to M / 2, such that two disjoint ensembles exist."""
    half = members // 2
    return np.unique(np.geomspace(1, half, 10).round().astype(int)).tolist() if half else []


class Agreement(NamedTuple):
    """How far disjoint ensembles agree on the order of the classes: for each number of members the
    mean Spearman correlation over splits, and the 5th and 95th percentile.
    """

    members: Sequence[int]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def agreement_of_means(member: np.ndarray, seed: int = 0) -> Agreement:
    """The agreement of ensembles whose accuracy is the mean of their members'. member: (M, k)."""
    halves = []
    for order in _orders(len(member), seed):
        first, second = _means(member[order]), _means(member[order[::-1]])
        halves.append([(first[m - 1], second[m - 1]) for m in sizes(len(member))])
    return _agreement(sizes(len(member)), halves)


def agreement_of_predictions(
    probabilities: np.ndarray, labels: np.ndarray, seed: int = 0
) -> Agreement:
    """The agreement of ensembles whose accuracy is that of their members' mean prediction.
    probabilities: (M, n, k); labels: (n,).
    """
    members, _, k = probabilities.shape
    halves = []
    for order in _orders(members, seed):
        both = [dict(_grown(probabilities, half, labels, k)) for half in (order, order[::-1])]
        halves.append([(both[0][m], both[1][m]) for m in sizes(members)])
    return _agreement(sizes(members), halves)


def _grown(
    probabilities: np.ndarray, order: np.ndarray, labels: np.ndarray, k: int
) -> Iterator[tuple[int, np.ndarray]]:
    """The accuracies (k,) of the first members of an order, for each of the sizes."""
    total, wanted = np.zeros_like(probabilities[0]), sizes(len(probabilities))
    for count, member in enumerate(order[: max(wanted, default=0)], start=1):
        total += probabilities[member]
        if count in wanted:
            yield count, _by_class(total, labels, k)


def _orders(members: int, seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng([seed, ORDERS])
    for _ in range(SPLITS):
        yield rng.permutation(members)


def _agreement(
    members: list[int], halves: Sequence[Sequence[tuple[np.ndarray, np.ndarray]]]
) -> Agreement:
    """halves: for each split and size, the accuracies (k,) of two disjoint ensembles. An ensemble
    with the same accuracy in all classes orders none: its correlation counts as 0.
    """
    if not members:
        return Agreement(members, *np.empty((3, 0)))
    pairs = np.array(halves)  # splits x sizes x 2 x classes
    rho = np.nan_to_num(spearman(pairs[:, :, 0], pairs[:, :, 1]))
    low, high = np.percentile(rho, BAND, axis=0)
    return Agreement(members, rho.mean(axis=0), low, high)
