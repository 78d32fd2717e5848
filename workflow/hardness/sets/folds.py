"""Cross-validation: training sets that leave out one fold each, and the values that members give to
samples that they did not train on.
"""

from collections.abc import Sequence

import numpy as np

from hardness.core.artifacts import array_digest
from hardness.data.datasets import TrainingSet, none_synthetic


def folds(inputs: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """The fold of each sample, 0..k-1: (n,) int64.

    inputs: (n, ...); labels: (n,). The samples of a class are ranked by the hash of their content
    and cut into k folds; samples of a class with equal content are in one fold, that of the first.
    So a fold depends on a sample's content and on how many of its class rank below it: if one
    sample is removed, at most k - 1 others (k - 1 groups of equal content) change folds.
    Raises ValueError if k is below 2.
    """
    if k < 2:
        raise ValueError(f"{k} folds are asked for; expected at least 2")
    digests = _digests(inputs)
    fold = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        ranked = members[np.argsort(digests[members], kind="stable")]
        first_of_content = np.searchsorted(digests[ranked], digests[ranked])
        fold[ranked] = k * first_of_content // len(ranked)
    return fold


def _digests(inputs: np.ndarray) -> np.ndarray:
    return np.array([array_digest(one) for one in inputs])


def training_sets(
    inputs: np.ndarray, labels: np.ndarray, k: int, class_names: Sequence[str]
) -> TrainingSet:
    """k draws: draw d is the data set without its fold d. Rows by index, labels per draw.

    inputs: (n, H, W, C) uint8 or (n, d) float32; labels: (n,); class_names: for messages.
    Each draw leaves out the same number of samples of a class, so that all draws are equally large:
    the size of the class's largest fold, which is ceil(n_c / k) unless contents are equal. A draw
    whose fold is smaller also leaves out samples of the next folds, in the order of their contents'
    hashes, and where possible without separating equal contents. A class that lies in one fold
    (such as a single sample) is in no draw; a line in the log says so.
    Raises ValueError as `folds`, and if the draws would be empty.
    """
    fold, digests = folds(inputs, labels, k), _digests(inputs)
    kept = np.ones((k, len(labels)), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        ranked = members[np.argsort(digests[members], kind="stable")]
        size = np.bincount(fold[ranked], minlength=k).max()
        if size == len(ranked):
            print(
                f"class {label} ({class_names[label]}) has {size} training sample(s), all in one "
                "fold: every draw leaves them out, so their out-of-fold values come from networks "
                "that do not know the class. Add samples, or remove the class",
                flush=True,
            )
        for d in range(k):
            kept[d, _left_out(ranked, fold[ranked], digests[ranked], d, size)] = False
    if not kept.any():
        raise ValueError(
            "no class has training samples in two folds: add samples, or write folds: [] in the "
            "data set's part of the config"
        )
    source = np.array([np.flatnonzero(rows) for rows in kept], dtype=np.int32)
    return TrainingSet(source, labels[source].astype(np.int64), none_synthetic(k, inputs.shape[1:]))


def _left_out(
    ranked: np.ndarray, fold: np.ndarray, digests: np.ndarray, d: int, size: int
) -> np.ndarray:
    """The `size` rows of a class that draw d leaves out: its fold, filled up from the next ones.

    ranked: (n_c,) the class's rows in the order of their hashes; fold, digests: (n_c,), those of
    these rows.
    """
    begin = np.searchsorted(fold, d)
    order = np.roll(np.arange(len(ranked)), -begin)  # from fold d on, around
    chosen = list(order[fold[order] == d])
    others = [place for place in order if fold[place] != d]
    _, group, counts = np.unique(digests, return_inverse=True, return_counts=True)
    whole: list[int] = []
    for place in others:
        if place in whole or counts[group[place]] > size - len(chosen) - len(whole):
            continue
        whole += list(np.flatnonzero(group == group[place]))
    parted = [place for place in others if place not in whole]
    return ranked[(chosen + whole + parted)[:size]]


def out_of_fold(values: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Select the values of members that did not train on the sample: (M / k, n, ...).

    values: (M, n, ...) of members 0..M-1 on all n samples of the data set; source: (k, .) of the
    set that they were trained on, member m on draw m mod k. Row r holds, for each sample, the value
    of the r-th member that did not train on it; nothing is missing.
    Raises ValueError if M is not a multiple of k, or a sample is in every draw.
    """
    k, members = len(source), len(values)
    if members % k or not members:
        raise ValueError(f"{members} members; expected a multiple of {k}, the number of folds")
    unseen = np.ones((k, values.shape[1]), dtype=bool)
    for draw, rows in zip(unseen, source, strict=True):
        draw[rows] = False
    always = np.flatnonzero(~unseen.any(axis=0))
    if len(always):
        raise ValueError(
            f"sample {always[0]} is in every draw of the training set; expected a set of folds"
        )
    by_member = np.tile(unseen, (members // k, 1))
    chosen = np.argsort(~by_member, axis=0, kind="stable")[: members // k]
    return values[chosen, np.arange(values.shape[1])]
