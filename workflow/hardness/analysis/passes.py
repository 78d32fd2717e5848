"""How a training set is learned, from passes over it: how often samples are unlearned, the accuracy
by epoch, whether difficulty converges, and the paths of single samples (Yu et al. 2022).
"""

from collections.abc import Sequence

import numpy as np

from hardness.analysis.rebalancing import Classes
from hardness.training.difficulty import difficulty

LEAST = 1e-8  # probabilities are clamped to it, as in the passes
C = 1  # the prior of difficulty wherever it is only observed
RANKS = (0, 0.25, 0.5, 0.75, 1)  # the samples of a class whose paths are shown, by difficulty


def unlearned(loss: np.ndarray) -> np.ndarray:
    """The share of the epochs, from the second on, in which a sample's loss rose: (K, n).

    loss: (K, T, n), after each epoch. nan if there is only one epoch.
    """
    if loss.shape[1] < 2:
        return np.full(loss.shape[::2], np.nan)
    return (np.diff(loss.astype(np.float32), axis=1) > 0).mean(axis=1)


def sums(loss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sums of du and of dl up to each epoch, each (K, T, n), for two classes: only then p
    follows from the loss. Before the first epoch both classes are equally likely.

    loss: (K, T, n) float16, -ln p_y, so the sums are good to three digits.
    """
    p = np.clip(np.exp(-loss.astype(np.float64)), LEAST, 1 - LEAST)
    p = np.concatenate([np.full_like(p[:, :1], 0.5), p], axis=1)
    logit = np.log(p) - np.log1p(-p)
    shift = np.diff(p, axis=1) * np.diff(logit, axis=1)  # of both classes; never negative
    learning = np.diff(p, axis=1) > 0
    return np.cumsum(np.where(learning, 0, shift), 1), np.cumsum(np.where(learning, shift, 0), 1)


def convergence(du: np.ndarray, dl: np.ndarray) -> dict[str, np.ndarray]:
    """How difficulty changes in each epoch: change and growth, each (K, T).

    du, dl: of `sums`. change: |D_t - D_(t-1)| / |D_(t-1)|, norms over the samples; growth: the
    relative growth of the length of (c + du, c + dl), mean over the samples.
    """
    du_before, dl_before = _before(du), _before(dl)
    now, last = difficulty(du, dl, C), difficulty(du_before, dl_before, C)
    change = np.linalg.norm(now - last, axis=2) / np.linalg.norm(last, axis=2)
    length = np.hypot(C + du, C + dl) / np.hypot(C + du_before, C + dl_before)
    return {"change": change, "growth": length.mean(axis=2) - 1}


def _before(sums: np.ndarray) -> np.ndarray:
    """The sums (K, T, n) one epoch earlier; 0 before the first."""
    return np.concatenate([np.zeros_like(sums[:, :1]), sums[:, :-1]], axis=1)


def balanced(correct: np.ndarray, classes: Classes) -> np.ndarray:
    """A member's accuracy by epoch, as the mean over sub-classes, else over classes: (T,).

    correct: (T, n) bool; classes: of the n rows.
    """
    level = "sub-class" if len(classes.sub_names) else "class"
    of_groups = [
        correct[:, mask].mean(axis=1)
        for one, _, mask in classes.levels()
        if one == level and mask.any()
    ]
    return np.mean(of_groups, axis=0)


def unlearning(seeds: np.ndarray, loss: np.ndarray, classes: Sequence[Classes]) -> dict[str, list]:
    """Columns of rebalancing/unlearning.csv for one ensemble: one row per member and class or
    sub-class. loss: (K, T, n); classes: of the rows of each member.
    """
    found: dict[str, list] = {name: [] for name in ("seed", "level", "group", "share")}
    for seed, own, of_rows in zip(seeds, unlearned(loss), classes, strict=True):
        for row in by_group(own, of_rows):
            for name, value in zip(found, (int(seed), *row), strict=True):
                found[name].append(value)
    return found


def epochs(
    seeds: np.ndarray, loss: np.ndarray, correct: np.ndarray, classes: Sequence[Classes]
) -> dict[str, np.ndarray]:
    """Columns of rebalancing/epochs.csv for one ensemble: one row per member and epoch. loss,
    correct: (K, T, n).
    """
    members, length = loss.shape[:2]
    moved = {name: np.full((members, length), np.nan) for name in ("change", "growth")}
    if len(classes[0].names) == 2:
        for member in range(members):  # one by one, for memory
            found = convergence(*sums(loss[member : member + 1]))
            for name, values in found.items():
                moved[name][member] = values[0]
    even = np.stack([balanced(*one) for one in zip(correct, classes, strict=True)])
    return {
        "seed": np.repeat(seeds, length),
        "epoch": np.tile(np.arange(1, length + 1), members),
        "accuracy": correct.mean(axis=2).ravel(),
        "balanced": even.ravel(),
    } | {name: values.ravel() for name, values in moved.items()}


def vectors(seed: int, loss: np.ndarray, rows: np.ndarray, classes: Classes) -> dict[str, list]:
    """Columns of rebalancing/vectors.csv for one member: the difficulty vectors of typical samples
    from epoch 0 on. No rows unless there are two classes.

    loss: (T, n); rows: (n,) in the data set's training part; classes: of these.
    """
    names = ("seed", "index", "class", "sub_class", "rank", "epoch", "du", "dl")
    found: dict[str, list] = {name: [] for name in names}
    if len(classes.names) != 2:
        return found
    du, dl = (one[0] for one in sums(loss[None]))
    for place, rank in typical(difficulty(du[-1], dl[-1], C), classes.labels):
        sub = classes.sub_names[classes.sub_labels[place]] if len(classes.sub_names) else ""
        path = np.pad(np.stack([du[:, place], dl[:, place]]), ((0, 0), (1, 0)))
        row = (seed, int(rows[place]), classes.names[classes.labels[place]], sub, rank)
        for name, value in zip(names, row, strict=False):
            found[name] += [value] * path.shape[1]
        found["epoch"] += range(path.shape[1])
        found["du"] += path[0].tolist()
        found["dl"] += path[1].tolist()
    return found


def by_group(values: np.ndarray, classes: Classes) -> list[tuple[str, str, float]]:
    """The mean of values (n,) over each class and sub-class that has rows: level, group, mean."""
    return [
        (level, group, float(values[mask].mean()))
        for level, group, mask in classes.levels()
        if mask.any()
    ]


def typical(final: np.ndarray, labels: np.ndarray) -> list[tuple[int, float]]:
    """The rows at RANKS of each class by final difficulty (n,), each with its rank."""
    found = []
    for c in np.unique(labels):
        own = np.flatnonzero(labels == c)
        order = own[np.argsort(final[own], kind="stable")]
        found += [(int(order[round(rank * (len(order) - 1))]), rank) for rank in RANKS]
    return found
