"""Class sizes, and the sizes of pruned sets."""

import numpy as np
from scipy.special import stdtrit

from hardness.analysis import evaluation
from hardness.core.tables import pick, take
from hardness.evidence.measures._values import (
    Bounds,
    Frames,
    NotComputedError,
    Study,
    interval,
    number,
)
from hardness.evidence.ranks import classes_by_hardness
from hardness.scoring.estimation import direction
from hardness.sets.allocation import PaperPolicy, UndefinedError, ratios_paper

DRAWS, ENSEMBLES = 2000, 305  # random stream id of other ensembles' class means
BAND = "band: other ensembles as large"


def _easy_counts(
    frames: Frames, study: Study, estimator: str, level: float
) -> tuple[int, np.ndarray, int]:
    """How many classes are easy by Eq. 3 (before clipping and rounding); the band that contains
    this number for the share `level` of other ensembles of the same size (2,000 simulated; nan if
    Eq. 3 is undefined for some); and the number of classes.

    Another ensemble's class means differ from ours by the noise of both, taken from the members'
    intervals; the classes' noise counts as independent.
    """
    rows = pick(frames[f"allocation/{estimator}"], mode="paper")
    first = np.unique(rows["class"], return_index=True)[1]
    means, members = rows["hardness"][first], study.members["hardness"]
    half = (rows["member_high"][first] - rows["member_low"][first]) / 2
    error = half / stdtrit(members - 1, 0.975) if members > 1 else half
    rng = np.random.default_rng([0, ENSEMBLES])
    others = means + np.sqrt(2) * error * rng.standard_normal((DRAWS, len(means)))

    try:
        ratios = ratios_paper(means, direction(estimator))
    except UndefinedError as undefined:
        raise NotComputedError(
            f"Eq. 3 is undefined by {estimator}: the means of {(means <= 0).sum()} of {len(means)} "
            "classes are not above 0"
        ) from undefined
    every = ratios[None]
    if np.isfinite(others).all() and (others > 0).all():  # else too noisy for a band
        of_others = ratios_paper(others.ravel(), direction(estimator)).reshape(others.shape)
        every = np.concatenate([every, of_others])
    limit = np.average(every, axis=1, weights=rows["n"][first], keepdims=True)
    easy = (every <= limit * (1 + 1e-12)).sum(axis=1)  # as in allocation.hard_classes
    tails = [(1 - level) / 2, (1 + level) / 2]
    band = np.quantile(easy[1:], tails) if len(every) > 1 else np.full(2, np.nan)
    return int(easy[0]), band, len(means)


def easy_classes(frames: Frames, study: Study, estimator: str) -> Bounds:
    """How many classes Eq. 3 calls easy, with the band of other ensembles of the same size."""
    count, (low, high), _ = _easy_counts(frames, study, estimator, 0.9)
    return interval(count, low, high, note=BAND)


def easy_less_hard(frames: Frames, study: Study, estimator: str) -> Bounds:
    """How many more classes Eq. 3 calls easy than hard, with the band of other ensembles."""
    count, (low, high), k = _easy_counts(frames, study, estimator, 0.95)
    return interval(2 * count - k, 2 * low - k, 2 * high - k, note=BAND)


def removed_share(frames: Frames, study: Study, of: str, which: str, estimator: str) -> Bounds:
    """Percent of the easiest or the hardest class, by an estimator, that a pruned set lacks."""
    sizes, allocation = pick(frames["sets/sizes"], set=of), frames[f"allocation/{estimator}"]
    order = classes_by_hardness(allocation["class"], allocation["hardness"], estimator)
    ranked, place = take(allocation, order), {"easiest": 0, "hardest": -1}[which]
    (row,) = np.flatnonzero(sizes["class"] == ranked["class"][place])
    return number(100 * sizes["removed"][row] / sizes["n"][row], note=str(ranked["name"][place]))


def size_ratio(frames: Frames, study: Study, of: str) -> Bounds:
    """The size of a pruned set's largest class over that of its smallest class."""
    sizes = pick(frames["sets/sizes"], set=of)
    kept = sizes["n"] - sizes["removed"]
    return number(kept.max() / kept.min())


def moved_by_recall(frames: Frames, study: Study, estimator: str) -> Bounds:
    """Percent of all samples that Eq. 3 gives to other classes if recall, of the same number of
    members, replaces the estimator. Recall is low where a class is hard, so its ratios are 1 /
    recall.
    """
    rows = pick(frames[f"allocation/{estimator}"], mode="paper", alpha=1)
    _, recall = evaluation.by_member(frames["evaluation/full"], "recall")
    rows = take(rows, np.argsort(rows["class"]))
    sizes, counts = rows["size"], rows["n"]
    if not len(sizes) or not np.isfinite(sizes).all():
        raise NotComputedError(f"Eq. 3 is undefined by {estimator}, or no alpha of 1 is planned")
    recall = recall[: study.members["hardness"]].mean(axis=0)
    by_recall = PaperPolicy(1).allocate(-recall, counts, "down").sizes
    return number(100 * np.abs(sizes - by_recall).sum() / (2 * counts.sum()))
