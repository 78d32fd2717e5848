"""What re-balancing while training changes: the accuracy of groups of test samples by each method,
its gain over the base recipe, for each member and over members, and the weights of classes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hardness.analysis.units import units_of
from hardness.core.intervals import t_interval

ALL = "all"
ROUNDING = 1e-12  # accuracies that vary less than this do not vary
LOGITS, ADJUSTED = "logits", "logit-adjusted"  # readings of trained networks; tde-1.5 and the like


class Classes(NamedTuple):
    """The classes of n samples: labels (n,), names (k,); and of their sub-classes, where there are
    any, sub_labels (n,) and sub_names, else empty.
    """

    labels: np.ndarray
    names: np.ndarray
    sub_labels: np.ndarray
    sub_names: np.ndarray

    def take(self, rows: np.ndarray) -> "Classes":
        sub = self.sub_labels[rows] if len(self.sub_names) else self.sub_labels
        return self._replace(labels=self.labels[rows], sub_labels=sub)

    def levels(self) -> Iterator[tuple[str, str, np.ndarray]]:
        """Each class and each sub-class: level (class, sub-class), the group's name, and which
        samples are in it, (n,) bool.
        """
        prefix = "" if len(self.sub_names) else "class-"
        for c, name in enumerate(self.names):
            yield "class", f"{prefix}{name}", self.labels == c
        for s, name in enumerate(self.sub_names):
            yield "sub-class", f"digit-{name}", self.sub_labels == s


def groups(tested: Classes, trained: Classes) -> dict[str, np.ndarray]:
    """The groups of test samples whose accuracy is looked at, each (n,) bool: all; each class and
    sub-class; and those that are large or small in training.

    With sub-classes, two fifths of each class's sub-classes, those with the most training samples,
    are its major ones, the rest its minor ones. Otherwise the minority are the k/3 classes with the
    fewest training samples (30 of 100, as in the paper), the majority all others; if all classes
    have the same size there is neither.
    """
    found = {ALL: np.ones(len(tested.labels), dtype=bool)}
    found |= {group: mask for _, group, mask in tested.levels()}
    if len(tested.sub_names):
        return found | _major_and_minor(tested, trained)
    sizes = np.bincount(trained.labels, minlength=len(tested.names))
    if len(set(sizes.tolist())) > 1:
        minority = np.isin(tested.labels, _rarest(sizes, minority_of(len(sizes))))
        found |= {"majority": ~minority, "minority": minority}
    return found


def minority_of(k: int) -> int:
    """How many of k classes are the minority."""
    return 30 if k == 100 else round(k / 3)


def _rarest(sizes: np.ndarray, count: int) -> np.ndarray:
    """The numbers of the `count` smallest sizes; of equal sizes the later ones."""
    return np.argsort(-sizes, kind="stable")[len(sizes) - count :]


def _major_and_minor(tested: Classes, trained: Classes) -> dict[str, np.ndarray]:
    found, sizes = {}, np.bincount(trained.sub_labels, minlength=len(tested.sub_names))
    for c, name in enumerate(tested.names):
        own = np.unique(tested.sub_labels[tested.labels == c])
        minor = own[_rarest(sizes[own], len(own) - round(0.4 * len(own)))]
        in_class, in_minor = tested.labels == c, np.isin(tested.sub_labels, minor)
        found[f"{name}-major"] = in_class & ~in_minor
        found[f"{name}-minor"] = in_class & in_minor
    return found


def shares(weights: np.ndarray, classes: Classes) -> list[tuple[str, str, int, float]]:
    """For each class and sub-class that has rows: level, group, number of rows, and its share of
    the total weight. weights: (n,), of the rows.
    """
    return [
        (level, group, int(mask.sum()), float(weights[mask].sum() / weights.sum()))
        for level, group, mask in classes.levels()
        if mask.any()
    ]


def ratios(shares: Sequence[tuple[str, str, int, float]]) -> dict[str, float]:
    """For classes, and for sub-classes if there are any: the largest share of the weight over the
    smallest one.
    """
    totals: dict[str, list[float]] = {}
    for level, _, _, share in shares:
        totals.setdefault(level, []).append(share)
    return {level: max(values) / min(values) for level, values in totals.items()}


class Method(NamedTuple):
    """A recipe's networks, read in some way, on a training set."""

    set: str
    recipe: str
    reading: str


class Design(NamedTuple):
    """How a training set's members differ. draws: of the set; test_share: the number of test rows
    over that of training rows, if every draw is a random split of the same rows, else 0. Members of
    such draws share rows, and vary less than members on independent samples would.
    """

    draws: int
    test_share: float = 0.0


def accuracy(
    correct: np.ndarray, groups: Mapping[str, np.ndarray]
) -> dict[str, tuple[int, np.ndarray]]:
    """For each group the number of samples, and the share (M,) that each member predicts right.

    correct: (M, n) bool. A group without samples is left out.
    """
    return {
        name: (int(mask.sum()), correct[:, mask].mean(axis=1))
        for name, mask in groups.items()
        if mask.any()
    }


Accuracies = Mapping[Method, Mapping[str, tuple[int, np.ndarray]]]


def base_of(method: Method, bases: Mapping[tuple[str, str], str]) -> Method | None:
    """The method that this one is compared with; None for the base itself. bases: (set, recipe) ->
    base recipe.
    """
    base = Method(method.set, bases[method.set, method.recipe], LOGITS)
    return None if base == method else base


def members(accuracies: Accuracies, bases: Mapping[tuple[str, str], str]) -> dict[str, list]:
    """Columns of rebalancing/members.csv: one row per method, group and member."""
    names = (*Method._fields, "group", "seed", "samples", "accuracy", "gain")
    found: dict[str, list] = {name: [] for name in names}
    for method, group, samples, values, gains in _gains(accuracies, bases):
        count = len(values)
        constant = (*method, group)
        for name, value in zip(names, constant, strict=False):
            found[name] += [value] * count
        found["seed"] += range(count)
        found["samples"] += [samples] * count
        found["accuracy"] += values.tolist()
        found["gain"] += [None] * count if gains is None else gains.tolist()
    return found


def _gains(
    accuracies: Accuracies, bases: Mapping[tuple[str, str], str]
) -> Iterator[tuple[Method, str, int, np.ndarray, np.ndarray | None]]:
    """For each method and group: number of samples, the members' accuracies, and their gains over
    the base (None for the base itself).
    """
    for method, by_group in accuracies.items():
        base = base_of(method, bases)
        for group, (samples, values) in by_group.items():
            gains = None if base is None else values - accuracies[base][group][1]
            yield method, group, samples, values, gains


def methods(
    accuracies: Accuracies, bases: Mapping[tuple[str, str], str], designs: Mapping[str, Design]
) -> dict[str, list]:
    """Columns of rebalancing/methods.csv: one row per method and group. designs: of the sets."""
    measured = ("accuracy", "low", "high", "gain", "gain_low", "gain_high", "p")
    names = (*Method._fields, "group", "members", *measured)
    found: dict[str, list] = {name: [] for name in names}
    for method, group, _, values, gains in _gains(accuracies, bases):
        design = designs[method.set]
        mean, low, high, _ = summary(values, design)
        gained = (None,) * 4 if gains is None else summary(gains, design)
        row = (*method, group, len(values), mean, low, high, *gained)
        for name, value in zip(names, row, strict=True):
            found[name].append(value)
    return found


def summary(values: np.ndarray, design: Design) -> tuple[float, float, float, float]:
    """The mean of the members' values (M,), its 95% interval by Student's t, and the two-sided p
    of a mean of 0 by the same t. Bounds and p are nan if there is only one unit, or members share
    too few draws (see units.py). p is 1 if all values are 0, and nan if they are equal and not 0.

    For random splits the variance is multiplied by 1 + M test_share. Source: Nadeau and Bengio
    (2003), Inference for the Generalization Error.
    """
    from scipy.special import stdtr  # takes 0.25 s to import, and most small jobs do without it

    units = units_of(values, [design.draws])
    if units is None or len(units) < 2:
        return float(values.mean()), np.nan, np.nan, np.nan
    mean, low, high = (float(one) for one in t_interval(units))
    widening = np.sqrt(1 + len(units) * design.test_share)
    scale = float(units.std(ddof=1)) / np.sqrt(len(units)) * widening
    if scale < ROUNDING:
        return mean, low, high, np.nan if mean else 1.0
    p = 2 * float(stdtr(len(units) - 1, -abs(mean) / scale))
    return mean, mean - (mean - low) * widening, mean + (high - mean) * widening, p
