"""Data sets made from other data sets.

All keep the base's test set (except subset and whole), class names (except parity) and statistics,
and what the base knows of each sample: its file, its label before a flip, its sub-class. Their
`rows` are rows of the base's training part.
"""

import numpy as np

from hardness.data.datasets import Data, checked

LONG_TAIL, FLIP = 411, 412  # random stream ids of long-tailed choices and of label flips


def subset(data: Data, train: int, test: int, seed: int) -> Data:
    """A seeded, stratified choice of `train` training and `test` test samples, in their order.

    Raises ValueError if more samples are asked for than there are.
    """
    rows = subset_rows(data, train, test, seed)
    part = data._replace(
        test_inputs=data.test_inputs[rows[1]],
        test_labels=data.test_labels[rows[1]],
        test_sub_labels=_of(data.test_sub_labels, rows[1]),
    )
    return training_rows(part, rows[0], "subset")


def subset_rows(data: Data, train: int, test: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The training rows and the test rows of a subset, each rising."""
    rng = np.random.default_rng(seed)
    return (
        _stratified(data.train_labels, train, rng),
        _stratified(data.test_labels, test, rng),
    )


def _stratified(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    if count > len(labels):
        raise ValueError(f"a subset of {count} samples is asked for, there are {len(labels)}")
    # each sample's place in its shuffled class, as a share: the smallest are a stratified choice
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        place[members] = (rng.permutation(len(members)) + rng.random()) / len(members)
    return np.sort(np.argsort(place, kind="stable")[:count])


def training_rows(data: Data, rows: np.ndarray, name: str) -> Data:
    """The data set with only the training samples in rows (n,). name: for messages."""
    chosen = checked(
        data.train_inputs[rows],
        data.train_labels[rows],
        data.test_inputs,
        data.test_labels,
        data.class_names,
        (data.mean, data.std),
        name,
    )
    return chosen._replace(
        files=_of(data.files, rows),
        rows=rows,
        true_labels=_of(data.true_labels, rows),
        sub_labels=_of(data.sub_labels, rows),
        test_sub_labels=data.test_sub_labels,
        sub_names=data.sub_names,
    )


def _of(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The values of these rows; an empty array stays empty."""
    return values[rows] if len(values) else values


def whole(data: Data, test_files: np.ndarray) -> Data:
    """All samples, training and test together, both as the training part and as the test part.

    test_files: of the base's test samples, (n_test,) or (0,) where they are unknown. These samples
    come last: their `rows` continue the numbers of the training rows. Their true label is their
    label.
    """
    inputs = np.concatenate([data.train_inputs, data.test_inputs])
    labels = np.concatenate([data.train_labels, data.test_labels])
    statistics = data.mean, data.std
    made = checked(inputs, labels, inputs, labels, data.class_names, statistics, "whole")
    sub = data.sub_labels, data.test_sub_labels
    return made._replace(
        files=np.concatenate([data.files, test_files]) if len(test_files) else test_files,
        rows=np.arange(len(labels)),
        true_labels=np.concatenate([data.true_labels, data.test_labels])
        if len(data.true_labels)
        else data.true_labels,
        sub_labels=np.concatenate(sub),
        test_sub_labels=np.concatenate(sub),
        sub_names=data.sub_names,
    )


def parity(data: Data) -> Data:
    """Two classes: the base's even-numbered and odd-numbered classes, which stay as sub-classes.

    Raises ValueError if the base has sub-classes already, or fewer than 4 classes.
    """
    if len(data.sub_names) or data.classes < 4:
        raise ValueError(
            f"a parity data set is asked for of {data.classes} classes"
            f"{' with sub-classes' if len(data.sub_names) else ''}; expected at least 4 classes, "
            "without sub-classes"
        )
    made = checked(
        data.train_inputs,
        data.train_labels % 2,
        data.test_inputs,
        data.test_labels % 2,
        ["even", "odd"],
        (data.mean, data.std),
        "parity",
    )
    return made._replace(
        files=data.files,
        rows=np.arange(len(data.train_labels)),
        sub_labels=data.train_labels,
        test_sub_labels=data.test_labels,
        sub_names=data.class_names,
    )


def long_tailed(data: Data, ratio: float, seed: int) -> Data:
    """Exponentially fewer training samples from class to class, as `long_tail` chooses them.

    Raises ValueError as `long_tail`.
    """
    return training_rows(data, long_tail(data, ratio, seed), "long-tailed")


def long_tail(data: Data, ratio: float, seed: int) -> np.ndarray:
    """Choose training rows such that class c keeps n_c = int(n ratio^(-c/(k-1))), c = 0..k-1. In a
    data set with sub-classes c is a sub-class. Returns the rows, rising.

    n: the size of the smallest class, so that the ratio is `ratio` in an unbalanced data set too.
    The choice is seeded and nested: for one seed, a larger ratio's samples are among a smaller
    one's.
    Raises ValueError for a ratio below 1, or if a class would keep fewer than 2 samples.
    Source: Cui et al. (2019), Cao et al. (2019).
    """
    if ratio < 1:
        raise ValueError(
            f"the ratio of the first to the last class is {ratio}; it must be at least 1"
        )
    by_class = data.train_labels, data.class_names
    labels, names = (data.sub_labels, data.sub_names) if len(data.sub_names) else by_class
    k = len(names)
    n = np.bincount(labels, minlength=k).min()
    shares = ratio ** (-np.arange(k) / max(k - 1, 1))
    # a whole number stays one, whatever the rounding
    counts = np.floor(n * shares * (1 + 1e-12)).astype(np.int64)
    if counts.min() < 2:
        raise ValueError(
            f"at a ratio of {ratio} class {names[-1]} keeps {counts[-1]} of {n} "
            f"samples; expected at least 2: take a ratio of at most {n // 2}"
        )
    rng = np.random.default_rng([seed, LONG_TAIL])
    chosen = [
        rng.permutation(np.flatnonzero(labels == c))[:count] for c, count in enumerate(counts)
    ]
    return np.sort(np.concatenate(chosen))


def noisy(data: Data, rate: float, seed: int, confused: np.ndarray | None = None) -> Data:
    """Flip a share of the training labels: round(rate n), drawn uniformly from all samples.
    true_labels keep the labels before.

    A label becomes any other class, each equally likely; or, with confused (k,), the class
    confused[label]. For one seed, a larger rate flips the same labels, and more of them.
    Raises ValueError if the rate is not between 0 and 1, fewer than two labels are flipped or left,
    there is only one class, `confused` is not another class for each, the labels are flipped
    already, or a class loses all its samples.
    """
    n, k = len(data.train_labels), data.classes
    count = round(rate * n)
    if not 0 < rate < 1 or min(count, n - count) < 2 or k < 2:
        raise ValueError(
            f"a rate of {rate} flips {count} of {n} labels of {k} classes; expected a rate "
            "between 0 and 1 that flips at least two of them and leaves two, and at least two "
            "classes"
        )
    if len(data.true_labels):
        raise ValueError(
            "the labels are flipped already; "
            "flip those of the data set it was made from, at one rate"
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
    made = training_rows(data._replace(train_labels=labels), np.arange(n), "noisy")
    return made._replace(true_labels=data.train_labels)


def most_confused(test_labels: np.ndarray, predicted: np.ndarray, k: int) -> np.ndarray:
    """For each class the other class that its test samples are most often predicted as, over all
    members.

    test_labels: (t,); predicted: (M, t), both in 0..k-1. Ties: the lower class. A class whose
    samples are never predicted as another one gets the class that is most often predicted as it.
    Returns (k,) int64.
    Raises ValueError if a class is never confused either way.
    """
    pairs = np.broadcast_to(test_labels, predicted.shape) * k + predicted
    taken = np.bincount(pairs.ravel(), minlength=k * k).reshape(k, k)
    np.fill_diagonal(taken, 0)
    taken = np.where(taken.any(axis=1, keepdims=True), taken, taken.T)
    never = np.flatnonzero(~taken.any(axis=1))
    if len(never):
        raise ValueError(
            f"class {never[0]} is never confused with another one by any of {len(predicted)} "
            "members, so its labels cannot be flipped to such a class; flip to any other class "
            "instead (pairs: false)"
        )
    return taken.argmax(axis=1)
