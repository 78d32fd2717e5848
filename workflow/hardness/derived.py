"""Data sets made from other data sets.

All keep the base's test set (but for a subset), class names and statistics, and what it knows of
each sample: its file, its label before a flip. `rows` of what is made are the base's rows.
"""

import numpy as np

from .datasets import Data, checked
from .estimators import Scores, hardness, ranking

LONG_TAIL, FLIP = (
    411,
    412,
)  # the purpose numbers in the seeds of long-tailed choices and of label flips


def subset(data: Data, train: int, test: int, seed: int) -> Data:
    """A seeded, stratified choice of `train` training and `test` test samples, in their order.

    Raises ValueError if more samples are asked for than there are.
    """
    rng = np.random.default_rng(seed)
    rows = [
        _stratified(labels, count, rng)
        for labels, count in ((data.train_labels, train), (data.test_labels, test))
    ]
    part = data._replace(
        test_images=data.test_images[rows[1]], test_labels=data.test_labels[rows[1]]
    )
    return _training_rows(part, rows[0], "subset")


def _stratified(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    if count > len(labels):
        raise ValueError(f"a subset of {count} samples is asked for, there are {len(labels)}")
    # of a sample in its shuffled class, as a share: the smallest ones are a stratified choice
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        place[members] = (rng.permutation(len(members)) + rng.random()) / len(members)
    return np.sort(np.argsort(place, kind="stable")[:count])


def _training_rows(data: Data, rows: np.ndarray, name: str) -> Data:
    """The data set with these training samples only, (n,) rows."""
    chosen = checked(
        data.train_images[rows],
        data.train_labels[rows],
        data.test_images,
        data.test_labels,
        data.class_names,
        (data.mean, data.std),
        name,
    )
    return chosen._replace(
        files=data.files[rows] if len(data.files) else data.files,
        rows=rows,
        true_labels=data.true_labels[rows] if len(data.true_labels) else data.true_labels,
    )


def denoised(data: Data, scores: Scores, members: int, remove: int | float | str) -> Data:
    """The data set without its hardest training samples, by the mean over the first `members`
    members.

    remove: how many, as in `threshold`; ties at the border as everywhere (estimators.ranking).
    Raises ValueError if the scores are not of this data set, if no sample or every sample would go,
    or all of a class.
    """
    n = len(data.train_labels)
    if scores.scores.shape[1] != n:
        raise ValueError(
            f"the scores are of {scores.scores.shape[1]} samples, the data set has {n}: not its own scores"
        )
    mean = hardness(scores, members)
    count = threshold(-mean if scores.direction == "down" else mean, scores.direction, remove)
    if not 0 < count < n:
        raise ValueError(
            f"remove: {remove} takes {count} of {n} samples away; expected at least one to go and one to stay"
        )
    kept = np.sort(ranking(scores, members)[: n - count])
    gone = np.flatnonzero(np.bincount(data.train_labels[kept], minlength=data.classes) == 0)
    if len(gone):
        names = ", ".join(data.class_names[gone])
        raise ValueError(f"remove: {remove} takes every sample of {names} away; remove fewer")
    return _training_rows(data, kept, "denoised")


def threshold(scores: np.ndarray, direction: str, remove: int | float | str) -> int:
    """How many of the hardest samples go.

    scores: (n,) raw, mean over members; direction: "up" or "down", what is hard. remove: a number
    of samples; a share of them, rounded; "negative", those with a score below 0, of a down score;
    "elbow", those before the first elbow of the scores' cumulative distribution, see `elbow`. The
    last two may find none: 0.
    Raises ValueError for another `remove`, or "negative" of an up score.
    """
    n = len(scores)
    if remove == "elbow":
        return elbow(-scores if direction == "up" else scores)
    if remove == "negative":
        if direction != "down":
            raise ValueError(
                "remove: negative needs a score that is low where samples are hard, such as aum's margin"
            )
        return int(np.count_nonzero(scores < 0))
    if isinstance(remove, int | np.integer) and 0 < remove < n:
        return int(remove)
    if isinstance(remove, float) and 0 < remove < 1:
        return round(remove * n)
    raise ValueError(
        f"remove is {remove!r}; expected a number of samples (1 to {n - 1}), a share of them between 0 and 1, "
        "negative, or elbow"
    )


def elbow(values: np.ndarray) -> int:
    """How many values lie before the first elbow of their cumulative distribution, the foot of its
    rise.

    values: (n,), low = hard. The curve's points are the ascending values and how many lie below
    each, both scaled to [0, 1]; the elbow is the point farthest below the diagonal: where the
    density first exceeds that of n values spread evenly over the range. Returns the number of
    values strictly below it; 0 where no point lies below the diagonal.
    Source: Kneedle (Satopaa et al. 2011) without its smoothing and its sensitivity, which a curve
    of n points does not need. It depends on the range: one value far out, at either end, makes the
    even spread thinner and moves the elbow to fewer samples. P names an elbow, at 552 samples of
    CIFAR-100, but no rule (its code holds an AUM of 1.5, set by hand): this rule is not expected to
    find that number.
    """
    ascending = np.sort(np.asarray(values, dtype=np.float64))
    span = ascending[-1] - ascending[0]
    if span == 0:
        return 0
    below = np.searchsorted(ascending, ascending, side="left")
    depth = (ascending - ascending[0]) / span - below / (len(ascending) - 1)
    return int(below[np.argmax(depth)]) if depth.max() > 1e-12 else 0


def long_tailed(data: Data, ratio: float, seed: int) -> Data:
    """Exponentially fewer training samples from class to class: n_c = int(n ratio^(-c/(k-1))), c =
    0..k-1.

    n: the size of the smallest class, so that the ratio is `ratio` in an unbalanced data set too.
    The choice is seeded and nested: of one seed, a larger ratio's samples are among a smaller
    one's. Rows in their order.
    Raises ValueError for a ratio below 1, or if a class would keep fewer than 2 samples.
    Source: Cui et al. (2019), Cao et al. (2019).
    """
    if ratio < 1:
        raise ValueError(
            f"the ratio of the first to the last class is {ratio}; it must be at least 1"
        )
    k = data.classes
    n = np.bincount(data.train_labels, minlength=k).min()
    shares = ratio ** (-np.arange(k) / max(k - 1, 1))
    counts = np.floor(n * shares * (1 + 1e-12)).astype(
        np.int64
    )  # a whole number stays one, whatever the rounding
    if counts.min() < 2:
        raise ValueError(
            f"at a ratio of {ratio} class {data.class_names[-1]} keeps {counts[-1]} of {n} samples; "
            f"expected at least 2: take a ratio of at most {n // 2}"
        )
    rng = np.random.default_rng([seed, LONG_TAIL])
    chosen = [
        rng.permutation(np.flatnonzero(data.train_labels == c))[:count]
        for c, count in enumerate(counts)
    ]
    return _training_rows(data, np.sort(np.concatenate(chosen)), "long-tailed")


def noisy(data: Data, rate: float, seed: int, confused: np.ndarray | None = None) -> Data:
    """Flip a share of the training labels, round(rate n) drawn from all samples alike; true_labels
    keep what was.

    To any other class, each as likely; or, with confused (k,), to the one class that stands there
    for the sample's own. Of one seed, a larger rate flips the same labels, and more of them.
    Raises ValueError if the rate is not between 0 and 1 or flips none, there is one class only,
    `confused` is not another class for each, the labels are flipped already, or a class loses all
    its samples.
    """
    n, k = len(data.train_labels), data.classes
    count = round(rate * n)
    if not 0 < rate < 1 or min(count, n - count) < 2 or k < 2:
        raise ValueError(
            f"a rate of {rate} is to flip {count} of {n} labels of {k} classes; expected a rate between 0 and 1 that "
            "flips at least two of them and leaves two, and at least two classes"
        )
    if len(data.true_labels):
        raise ValueError(
            "the labels are flipped already; flip those of the data set it was made from, at one rate"
        )
    rng = np.random.default_rng([seed, FLIP])
    flipped, step = rng.permutation(n)[:count], rng.integers(1, k, size=n)
    to = (data.train_labels + step) % k
    if confused is not None:
        confused = np.asarray(confused)
        if (
            confused.shape != (k,)
            or not (np.isin(confused, range(k)) & (confused != np.arange(k))).all()
        ):
            raise ValueError(
                f"confused is {confused.tolist()}; expected another class for each of {k}"
            )
        to = confused[data.train_labels]
    labels = data.train_labels.copy()
    labels[flipped] = to[flipped]
    made = _training_rows(data._replace(train_labels=labels), np.arange(n), "noisy")
    return made._replace(true_labels=data.train_labels)


def most_confused(test_labels: np.ndarray, predicted: np.ndarray, k: int) -> np.ndarray:
    """For each class the other class that its test samples are most often taken for, by all members
    together.

    test_labels: (t,); predicted: (M, t), both in 0..k-1. Ties: the lower class. A class that is
    never taken for another one gets the class that is most often taken for it. Returns (k,) int64.
    Raises ValueError if a class is never confused either way.
    """
    pairs = np.broadcast_to(test_labels, predicted.shape) * k + predicted
    taken = np.bincount(pairs.ravel(), minlength=k * k).reshape(k, k)
    np.fill_diagonal(taken, 0)
    taken = np.where(taken.any(axis=1, keepdims=True), taken, taken.T)
    never = np.flatnonzero(~taken.any(axis=1))
    if len(never):
        raise ValueError(
            f"class {never[0]} is never confused with another one by any of {len(predicted)} members, so its labels "
            "cannot be flipped to such a class; flip to any other class instead (pairs: false)"
        )
    return taken.argmax(axis=1)
