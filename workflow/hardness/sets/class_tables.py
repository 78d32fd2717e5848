"""The tables of classes: their hardness with its intervals, the sizes that policies give them, and
which of them are hard.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from hardness.core.classes import class_counts, class_means
from hardness.core.intervals import t_interval
from hardness.core.tables import columns_of
from hardness.scoring.scores import Scores, class_hardness, class_values, finite
from hardness.sets.allocation import (
    Allocation,
    Policy,
    UndefinedError,
    hard_classes,
    ratios_paper,
    scaled_hardness,
    sizes_of,
)

BOOTSTRAP = 201  # random stream id of bootstrap_class_means
CHUNK = 2**22  # values that it holds at a time: 50 MB, however large a class is
COLUMNS = (
    "estimator", "mode", "alpha", "rho", "effective_alpha", "class", "name", "n", "hardness",
    "sample_low", "sample_high", "member_low", "member_high", "ratio", "size", "clipped", "hard",
    "achieved", "displaced",
)  # fmt: skip
SIZED = ("effective_alpha", "ratio", "size", "clipped", "hard", "achieved", "displaced")


def table(
    estimator: str,
    scores: Scores,
    labels: np.ndarray,
    class_names: Sequence[str],
    members: int,
    by: Iterable[Policy],
) -> dict[str, list]:
    """Columns of allocation/{estimator}.csv: one row per policy and class.

    Where Eq. 3 is undefined the rows of mode paper have no ratio and no size.
    """
    classes = _classes(scores, labels, class_names, members)
    rows: list[dict[str, Any]] = []
    for policy in by:
        asked = {"mode": policy.mode, "alpha": policy.alpha, "rho": policy.rho}
        sizes: list[dict[str, Any]]
        try:
            made = sizes_of(scores, labels, class_names, members, policy)
            sizes = _sizes(policy, made, class_counts(labels, len(class_names)))
        except UndefinedError as undefined:
            print(f"{estimator}, alpha {policy.alpha}: no class sizes: {undefined}")
            sizes = [dict.fromkeys(SIZED)] * len(classes)
        for described, size in zip(classes, sizes, strict=True):
            rows.append({"estimator": estimator} | asked | described | size)
    return columns_of(rows, COLUMNS)


def _classes(
    scores: Scores, labels: np.ndarray, class_names: Sequence[str], members: int
) -> list[dict[str, Any]]:
    """Each class's raw value (scores.class_values) with two 95% intervals: a bootstrap interval
    over its samples (sample_*), None at class level, where all its samples score the same; and
    Student's t over members (member_*), None without members.
    """
    k = len(class_names)
    first = scores.first(members)
    mean = raw = finite(first.of_samples(first.scores))
    sample_low: Sequence | np.ndarray = [None] * k
    sample_high = member_low = member_high = sample_low
    if scores.members is not None:
        mean = raw.mean(axis=0, dtype=np.float64)
        _, member_low, member_high = t_interval(class_values(raw, labels, k, scores.harmonic))
    if scores.labels is None:
        sample_low, sample_high = bootstrap_class_means(
            mean, labels, k, seed=0, harmonic=scores.harmonic
        )
    names = (
        "class",
        "name",
        "n",
        "hardness",
        "sample_low",
        "sample_high",
        "member_low",
        "member_high",
    )
    values = class_values(mean, labels, k, scores.harmonic)
    columns = (range(k), class_names, class_counts(labels, k), values,
               sample_low, sample_high, member_low, member_high)  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _sizes(policy: Policy, made: Allocation, counts: np.ndarray) -> list[dict[str, Any]]:
    """The columns SIZED of each class; counts: (k,) the n_c."""
    effective = policy.effective_alpha(made)
    return [
        {
            "effective_alpha": effective,
            "ratio": ratio,
            "size": size,
            "clipped": clipped,
            "hard": size > n,
            "achieved": made.achieved,
            "displaced": made.displaced,
        }
        for ratio, size, clipped, n in zip(
            made.ratios, made.sizes, made.clipped, counts, strict=True
        )
    ]


def bootstrap_class_means(
    values: np.ndarray,
    labels: np.ndarray,
    k: int,
    seed: int,
    resamples: int = 2000,
    harmonic: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """95% percentile bootstrap interval of each class's mean, over the class's samples.

    values, labels: (n,); harmonic: whether the mean is harmonic, see scores.class_values. Returns
    (low, high), each (k,) float64. Raises as class_means.
    """
    class_means(values, labels, k)
    rng = np.random.default_rng([seed, BOOTSTRAP])
    bounds = np.empty((2, k))
    for c in range(k):
        own = np.asarray(values, dtype=np.float64)[labels == c]
        rows = max(1, CHUNK // len(own))
        sizes = [min(rows, resamples - start) for start in range(0, resamples, rows)]
        drawn = (rng.integers(len(own), size=(size, len(own)), dtype=np.int32) for size in sizes)
        means = np.concatenate([_means_of_draws(own[chosen], harmonic) for chosen in drawn])
        bounds[:, c] = np.percentile(means, [2.5, 97.5])
    return bounds[0], bounds[1]


def _means_of_draws(values: np.ndarray, harmonic: bool) -> np.ndarray:
    """The mean of each row, arithmetic or harmonic: (r,). values: (r, n)."""
    if not harmonic:
        return values.mean(axis=1)
    rows, size = values.shape
    return class_values(values.ravel(), np.repeat(np.arange(rows), size), rows, harmonic)


def groups(
    scores: Scores, labels: np.ndarray, class_names: Sequence[str], members: int
) -> dict[str, Any]:
    """Columns of groups.csv: class, name, n, group (easy or hard), rule."""
    k = len(class_names)
    counts, up = class_counts(labels, k), class_hardness(scores, members, labels, k)
    try:
        ratios = ratios_paper(
            -up if scores.direction == "down" else up, scores.direction, class_names
        )
    except UndefinedError as undefined:
        print(f"mode paper is undefined, mode study groups the classes: {undefined}")
        ratios = None
    hard, rule = hard_classes(counts, ratios, scaled_hardness(up))
    return {
        "class": range(k),
        "name": class_names,
        "n": counts,
        "group": np.where(hard, "hard", "easy"),
        "rule": [rule] * k,
    }


def scores_of_metric(
    evaluation: dict[str, np.ndarray], metric: str, labels: np.ndarray, k: int
) -> Scores:
    """A metric of the evaluation, such as recall, as a hardness score at class level ("down").

    evaluation: columns of evaluation/{set}/{recipe}.csv, whose members become those of the scores;
    labels: (n,), of the training samples, which get their class's value.
    """
    seeds = np.unique(evaluation["seed"])
    values = np.empty((len(seeds), k))
    values[np.searchsorted(seeds, evaluation["seed"]), evaluation["class"]] = evaluation[metric]
    return Scores(values, np.empty((0, len(seeds), k)), seeds, "down", labels)
