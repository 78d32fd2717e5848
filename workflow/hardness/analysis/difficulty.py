"""Difficulty while training (Yu et al. 2022), beyond the paper: compared with class sizes by
hardness, with flipped labels, and over networks.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hardness.analysis.correlations import spearman
from hardness.analysis.evaluation import by_member
from hardness.core.draws import draw_of
from hardness.core.tables import Columns
from hardness.data.datasets import Data, TrainingSet
from hardness.training.difficulty import difficulty

HALVES = 621  # random stream id of the halves of an ensemble
AGREEMENT = ("estimator", "members", "seed", "correlation", "low", "high")


# Compared with class sizes by hardness


def recalls(
    evaluations: Mapping[tuple[str, str, str], Columns], hard: np.ndarray
) -> dict[str, list]:
    """Each member's mean recall over all, the easy, and the hard classes: columns method, set,
    recipe, group, seed, recall.

    evaluations: (method, set, recipe) -> classwise metrics; hard: (k,) bool. A group without
    classes is left out.
    """
    groups = {"all": np.ones(len(hard), dtype=bool), "easy": ~hard, "hard": hard}
    rows: list[tuple] = []
    for key, columns in evaluations.items():
        seeds, recall = by_member(columns, "recall")
        for group, classes in groups.items():
            if classes.any():
                means = recall[:, classes].mean(axis=1)
                rows += [(*key, group, *one) for one in zip(seeds, means, strict=True)]
    names = ("method", "set", "recipe", "group", "seed", "recall")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


# With flipped labels


class Flipped(NamedTuple):
    """An ensemble on a training set, some of whose labels may be flipped.

    seeds: (K,); predicted: (K, n_test); sums: du and dl, (K, n) each, of passes over each member's
    own rows, empty if its recipe observes none; c: the prior of difficulty.
    """

    seeds: np.ndarray
    predicted: np.ndarray
    sums: tuple[np.ndarray, ...]
    c: float


def flipped(data: Data, training_set: TrainingSet, ensemble: Flipped) -> dict[str, np.ndarray]:
    """For each member: seed; accuracy on the test set; flipped, the share of its training samples
    with a flipped label; weight, the share that these have in the sum of the final difficulties
    (nan without passes), by which the sampler difficulty draws them.
    """
    draws = draw_of(ensemble.seeds, len(training_set.source))
    rows = training_set.source[draws]  # (K, n)
    given = data.train_labels[rows]
    wrong = given != data.true_labels[rows] if len(data.true_labels) else np.zeros(rows.shape, bool)
    weight = np.full(len(draws), np.nan)
    if ensemble.sums:
        du, dl = (one.astype(np.float64) for one in ensemble.sums)
        weights = difficulty(du, dl, ensemble.c)
        weight = (weights * wrong).sum(axis=1) / weights.sum(axis=1)
    return {
        "seed": ensemble.seeds,
        "accuracy": (ensemble.predicted == data.test_labels).mean(axis=1),
        "flipped": wrong.mean(axis=1),
        "weight": weight,
    }


# Over networks


def agreement(scores: Mapping[str, np.ndarray], splits: int, seed: int = 0) -> dict[str, list]:
    """How far networks agree on which samples are hard: rows of AGREEMENT.

    scores: estimator -> (M, n). Rows with members 1: for each seed, the mean Spearman correlation
    of its scores with each other member's. Rows with more members, without a seed: the correlation
    between the mean scores of two disjoint ensembles of that size, mean over random choices, with
    their 5-95% range.
    """
    rows: list[tuple] = []
    for name, values in scores.items():
        pairs = _pairwise(values)
        rows += [(name, 1, m, one, np.nan, np.nan) for m, one in enumerate(pairs)]
        rng = np.random.default_rng([HALVES, seed])
        for size in range(2, len(values) // 2 + 1):
            found = [_of_halves(values, rng.permutation(len(values)), size) for _ in range(splits)]
            low, high = np.percentile(found, [5, 95])
            rows.append((name, size, "", np.mean(found), low, high))
    return dict(zip(AGREEMENT, map(list, zip(*rows, strict=True)), strict=True))


def _pairwise(values: np.ndarray) -> np.ndarray:
    """(M,): the mean correlation of each member with the others."""
    members = len(values)
    table = np.array([spearman(values, one) for one in values])
    return (table.sum(axis=1) - 1) / (members - 1)


def _of_halves(values: np.ndarray, order: np.ndarray, size: int) -> float:
    chosen = order[:size], order[size : 2 * size]
    first, second = (values[members].mean(axis=0) for members in chosen)
    return float(spearman(first[None], second)[0])
