"""A data set without its hardest samples, and the rules for how many to remove."""

import numpy as np

from hardness.data.datasets import Data
from hardness.data.derived import training_rows
from hardness.scoring.scores import Scores, finite, mean_score, ranking


def denoised(data: Data, scores: Scores, members: int, remove: int | float | str) -> Data:
    """The data set without its hardest training samples, by the mean over the first `members`
    members.

    remove: how many, as in `threshold`; ties are broken as in every ranking (scores.ranking).
    Raises ValueError if the scores are not of this data set, or if no sample, every sample, or all
    samples of a class would be removed.
    """
    n = len(data.train_labels)
    if scores.samples != n:
        raise ValueError(
            f"the scores are of {scores.samples} samples, but the data set has {n}; expected the "
            "scores of this data set"
        )
    count = threshold(finite(mean_score(scores, members)), scores.direction, remove)
    if not 0 < count < n:
        raise ValueError(
            f"remove: {remove} takes {count} of {n} samples away; expected to take at least one "
            "and leave at least one"
        )
    kept = np.sort(ranking(scores, members)[: n - count])
    gone = np.flatnonzero(np.bincount(data.train_labels[kept], minlength=data.classes) == 0)
    if len(gone):
        names = ", ".join(data.class_names[gone])
        raise ValueError(f"remove: {remove} takes every sample of {names} away; remove fewer")
    return training_rows(data, kept, "denoised")


def threshold(scores: np.ndarray, direction: str, remove: int | float | str) -> int:
    """How many of the hardest samples to remove.

    scores: (n,) raw, mean over members; direction: "up" if high scores are hard, else "down".
    remove: a number of samples; a share of them, whose number is rounded; "negative", those with a
    score below 0, for a down score; "elbow", those before the first elbow of the scores' cumulative
    distribution, see `elbow`. The last two may return 0.
    Raises ValueError for another `remove`, or "negative" for an up score.
    """
    n = len(scores)
    if remove == "elbow":
        return elbow(-scores if direction == "up" else scores)
    if remove == "negative":
        if direction != "down":
            raise ValueError(
                "remove: negative needs a score that is low where samples are hard, such as aum's "
                "margin"
            )
        return int(np.count_nonzero(scores < 0))
    if isinstance(remove, int | np.integer) and 0 < remove < n:
        return int(remove)
    if isinstance(remove, float) and 0 < remove < 1:
        return round(remove * n)
    raise ValueError(
        f"remove is {remove!r}; expected a number of samples (1 to {n - 1}), a share of them "
        "between 0 and 1, negative, or elbow"
    )


def elbow(values: np.ndarray) -> int:
    """How many values lie before the first elbow of their cumulative distribution, where it begins
    to rise.

    values: (n,), low = hard. The curve's points are the ascending values and how many lie below
    each, both scaled to [0, 1]; the elbow is the point farthest below the diagonal: where the
    density first exceeds that of n values spread evenly over the range. Returns the number of
    values strictly below it; 0 where no point lies below the diagonal.
    Source: Kneedle (Satopaa et al. 2011) without its smoothing and its sensitivity, which a curve
    of n points does not need. It depends on the range: one outlier, at either end, lowers the even
    spread's density and moves the elbow to fewer samples. Pukowski and Osmani name an elbow, at 552
    samples of CIFAR-100, but no rule (their code holds an AUM of 1.5, set by hand): this rule is
    not expected to find that number.
    """
    ascending = np.sort(np.asarray(values, dtype=np.float64))
    span = ascending[-1] - ascending[0]
    if span == 0:
        return 0
    below = np.searchsorted(ascending, ascending, side="left")
    depth = (ascending - ascending[0]) / span - below / (len(ascending) - 1)
    return int(below[np.argmax(depth)]) if depth.max() > 1e-12 else 0
