"""Re-balancing while training (Yu et al. 2022): accuracies and gains of methods, ratios,
unlearning, and whether the paper's own cells agree with each other. Accuracies are in percent,
gains in points.

A method is named by the end of its recipe's name (difficulty; "" is the base recipe); a family by
its base recipe, if that is not the data set's. If no sets are named, a measure reads the data set's
only long-tailed set.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from hardness.analysis.correlations import spearman
from hardness.analysis.evaluation import change
from hardness.core.tables import pick
from hardness.evidence.measures._values import (
    CLASSES,
    Bounds,
    Frames,
    NotComputedError,
    Study,
    Units,
    interval,
    number,
)

MEMBERS, RATIOS = "rebalancing/members", "rebalancing/ratios"
WEIGHTS = "rebalancing/weights"
UNLEARNING, EPOCHS = "rebalancing/unlearning", "rebalancing/epochs"
SIMULATION = "rebalancing/simulation"
LOGITS, ALL, BASE = "logits", "all", ""
SPLITS = "splits"  # sets of random splits begin so
TEST_SHARE = 0.25  # test rows for each training row of a split that leaves out a fifth
BAND = (2.5, 97.5)  # percentiles


# Accuracies and gains


def method_accuracy(
    frames: Frames, study: Study, sets: Sequence[str] = (), method: str = BASE,
    reading: str = LOGITS, group: str = ALL, family: str = "",
) -> Units:  # fmt: skip
    """The accuracy of a method's networks, one column per set."""
    columns = [
        _accuracy(frames, study, name, method, reading, group, family)[1]
        for name in _sets(frames, sets)
    ]
    return _units(columns, _sets(frames, sets))


def method_gain(
    frames: Frames, study: Study, method: str, sets: Sequence[str] = (), reading: str = LOGITS,
    groups: Sequence[str] = (ALL,), less: str = BASE, less_reading: str = LOGITS, family: str = "",
    average: bool = False,
) -> Units:  # fmt: skip
    """The accuracy of a method less that of another, paired by seed: one column per set and group,
    or their mean.
    """
    columns, names = [], []
    for name in _sets(frames, sets):
        for group in groups:
            both = (method, reading), (less, less_reading)
            gain = _gain(frames, study, name, group, *both, family)
            columns.append(gain)
            names.append(", ".join(filter(None, [name, group if group != ALL else ""])))
    if average:
        of_all = np.mean(columns, axis=0)
        set_name = _sets(frames, sets)[0]
        return _units([of_all], [set_name])._replace(names=["mean of " + "; ".join(names)])
    return _units(columns, names)


def gain_of_group(
    frames: Frames, study: Study, method: str, group: str, than: str, less: str = BASE,
    sets: Sequence[str] = (),
) -> Units:  # fmt: skip
    """How much more a method gains over another method in one group of test samples than in
    another group.
    """
    (name,) = _sets(frames, sets)
    both = [
        _gain(frames, study, name, one, (method, LOGITS), (less, LOGITS), "")
        for one in (group, than)
    ]
    return _units([both[0] - both[1]], [f"{group} less {than}"])


def group_gap(
    frames: Frames, study: Study, groups: Sequence[str], than: Sequence[str],
    sets: Sequence[str] = (),
) -> Units:  # fmt: skip
    """The base recipe's accuracy in each group less that in its counterpart in `than`."""
    (name,) = _sets(frames, sets)
    columns = []
    for pair in zip(groups, than, strict=True):
        first, second = (_accuracy(frames, study, name, group=one)[1] for one in pair)
        columns.append(first - second)
    return _units(columns, [" less ".join(pair) for pair in zip(groups, than, strict=True)])


def gain_growth(frames: Frames, study: Study, reading: str, sets: Sequence[str]) -> Units:
    """How much more a reading of the base recipe gains on the last set than on the first."""
    gains = [_gain(frames, study, name, ALL, (BASE, reading), (BASE, LOGITS), "") for name in sets]
    return _units([gains[-1] - gains[0]], [f"{sets[-1]} less {sets[0]}"])


def average_accuracy(
    frames: Frames, study: Study, sets: Sequence[str], others: Sequence[str]
) -> Bounds:
    """The accuracy of the base recipe, mean of this and of other data sets, in 95% of the random
    splits.
    """
    (name,) = sets
    of_each = [_accuracy(_of(frames, data), study, name)[1] for data in (None, *others)]
    return _band(np.mean(of_each, axis=0))


def average_gain(
    frames: Frames, study: Study, method: str, sets: Sequence[str], others: Sequence[str],
    realized: bool = False,
) -> Units | Bounds:  # fmt: skip
    """The gain of a method over the base recipe, mean of this and of other data sets, paired by
    seed; realized: in 95% of the random splits.
    """
    (name,) = sets
    of_each = [
        _gain(_of(frames, data), study, name, ALL, (method, LOGITS), (BASE, LOGITS), "")
        for data in (None, *others)
    ]
    mean = np.mean(of_each, axis=0)
    return _band(mean) if realized else _units([mean], [name])


def _band(values: np.ndarray) -> Bounds:
    low, high = np.percentile(values, BAND)
    return interval(values.mean(), low, high, note="95% of the splits")


def _of(frames: Frames, data: str | None) -> Frames:
    """The frames of another data set that a claim compares with."""
    return {MEMBERS: frames[f"{data}/{MEMBERS}"]} if data else frames


def realized_gain(frames: Frames, study: Study, sets: Sequence[str], method: str) -> Bounds:
    """The gain of a method over the base recipe in 95% of the random splits; for several sets, from
    the lowest to the highest end of their bands.
    """
    gains = [_gain(frames, study, name, ALL, (method, LOGITS), (BASE, LOGITS), "") for name in sets]
    bands = np.array([np.percentile(gain, BAND) for gain in gains])
    named = zip(sets, bands, strict=True)
    texts = [f"{name} {low:.1f} to {high:.1f}" for name, (low, high) in named]
    note = f"95% of the splits, one by one: {', '.join(texts)}"
    return interval(np.mean(gains), bands[:, 0].min(), bands[:, 1].max(), note=note)


def realized_accuracy(
    frames: Frames, study: Study, sets: Sequence[str], family: str = "", near: float | None = None
) -> Bounds:
    """The accuracy of a base recipe in 95% of the random splits; for several sets, on the one whose
    band contains the printed accuracy, `near`, or is closest to it.
    """
    found = []
    for name in sets:
        values = _accuracy(frames, study, name, family=family)[1]
        low, high = np.percentile(values, BAND)
        distance = 0 if near is None else max(low - near, near - high, 0)
        found.append((distance, name, values.mean(), low, high))
    _, name, mean, low, high = min(found)
    texts = [f"{one[1]} {one[3]:.1f} to {one[4]:.1f}" for one in found]
    note = f"95% of the splits, one by one: {', '.join(texts)}"
    return interval(mean, low, high, name=name if len(sets) > 1 else "", note=note)


def above_printed(
    frames: Frames, study: Study, cells: Mapping[str, float], cell: str, sets: Sequence[str],
    family: str,
) -> Units:  # fmt: skip
    """How far a base recipe is above a printed accuracy."""
    (name,) = sets
    return _units([_accuracy(frames, study, name, family=family)[1] - cells[cell]], [name])


# Ratios, unlearning, convergence


def ratio_after(frames: Frames, study: Study, level: str, method: str = BASE) -> Units | Bounds:
    """The largest total weight over the smallest, of classes or of sub-classes, after re-balancing.
    A single number if all members have the same ratio.
    """
    values = _ratios(frames, study, level, method)
    if np.ptp(values) < 1e-9 * values[0]:
        return number(values[0])
    return Units(values[:, None])


def rarest_share(frames: Frames, study: Study, classes: int, set: str) -> Bounds:
    """The share of the training samples, in percent, that the smallest classes have."""
    rows = pick(frames[WEIGHTS], recipe=study.recipe, level="class", set=set)
    sizes = np.sort(pick(rows, seed=rows["seed"].min())["rows"])
    share = 100 * sizes[:classes].sum() / sizes.sum()
    return number(share, note=f"{classes} of {len(sizes)} classes")


def ratio_reduced(frames: Frames, study: Study, method: str, levels: Sequence[str]) -> Units:
    """The logarithm of a method's ratio less that of the base recipe's, one column per level."""
    base = [np.log(_ratios(frames, study, level, BASE)).mean() for level in levels]
    own = [np.log(_ratios(frames, study, level, method)) for level in levels]
    return Units(np.stack(own, axis=1) - base, list(levels))


def unlearned_by_rarity(frames: Frames, study: Study, level: str) -> Units:
    """For each member, the rank correlation over classes, or sub-classes, between rarity and how
    often the base recipe unlearns the samples. For two classes: the difference.

    In a long tail each class is rarer than the one before; odd is rarer than even.
    """
    rows = pick(frames[UNLEARNING], recipe=study.recipe, level=level)
    groups = np.array(sorted(set(rows["group"].tolist())))  # digit-0 .. digit-9; even, odd
    shares = _by_seed(rows, "group", groups, "share")
    if len(groups) == 2:
        return Units((shares[:, 1] - shares[:, 0])[:, None], ["odd less even"])
    return Units(spearman(shares, np.arange(len(groups)))[:, None], lacks=CLASSES)


def last_epoch(frames: Frames, study: Study, value: str, method: str = BASE) -> Units:
    """A column of rebalancing/epochs.csv in the last epoch: accuracy of the training samples;
    growth of the difficulty vectors.
    """
    rows = pick(frames[EPOCHS], recipe=_recipe(study, method, ""))
    if not len(rows["epoch"]):
        raise NotComputedError("the recipe observes no passes")
    last = pick(rows, epoch=rows["epoch"].max())
    return Units(last[value][:, None])


def simulated_order(frames: Frames, study: Study) -> Bounds:
    """The smallest step of the simulated final difficulty, from one probability of unlearning to
    the next.
    """
    rows = pick(frames[SIMULATION], epoch=frames[SIMULATION]["epoch"].max())
    difficulties = rows["difficulty"][np.argsort(rows["probability"])]
    return number(np.diff(difficulties).min(), note=", ".join(f"{d:.3g}" for d in difficulties))


# Whether the paper's cells agree with each other


def whole_samples(frames: Frames, study: Study, cells: Mapping[str, float]) -> Bounds:
    """How many of the printed accuracies are not a whole number of a split's test samples."""
    n = _test_samples(frames, study)
    right = np.round(np.array(list(cells.values())) / 100 * n)
    printed = np.array([f"{100 * one / n:.1f}" for one in right])
    others = [text for text, cell in zip(printed, cells.values(), strict=True) if text != f"{cell}"]
    counts = ", ".join(f"{one:.0f}" for one in right)
    return number(len(others), note=f"{counts} of {n} samples")


def samples_gained(
    frames: Frames, study: Study, cells: Mapping[str, float], cell: str, less: str
) -> Bounds:
    """A printed gain, in numbers of a split's test samples."""
    n = _test_samples(frames, study)
    return number(round((cells[cell] - cells[less]) / 100 * n), note=f"of {n} samples")


def whole_less_parts(
    frames: Frames, study: Study, cells: Mapping[str, float], whole: str,
    parts: Mapping[str, float],
) -> Bounds:  # fmt: skip
    """A printed accuracy less the mean of its parts' accuracies, weighted by their test samples."""
    follows = sum(cells[name] * n for name, n in parts.items()) / sum(parts.values())
    return number(cells[whole] - follows, note=f"from its parts follows {follows:.2f}")


# Shared


def _recipe(study: Study, method: str, family: str) -> str:
    return "-".join(filter(None, (family or study.recipe, method)))


def _sets(frames: Frames, sets: Sequence[str]) -> list[str]:
    """Those of the sets that are trained; if no sets are named, the data set's only one. Raises
    NotComputedError if there is none, or none is named and there are several.
    """
    there = sorted(set(frames[MEMBERS]["set"].tolist()))
    found = [name for name in sets if name in there] if sets else there
    if not found or (not sets and len(found) > 1):
        wanted = ", ".join(sets) or "one set"
        raise NotComputedError(f"the data set has the sets {', '.join(there)}; expected {wanted}")
    return found


def _accuracy(
    frames: Frames, study: Study, name: str, method: str = BASE, reading: str = LOGITS,
    group: str = ALL, family: str = "",
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Seeds, rising, and accuracies in percent, (M,) each."""
    recipe = _recipe(study, method, family)
    rows = pick(frames[MEMBERS], set=name, recipe=recipe, reading=reading, group=group)
    if not len(rows["seed"]):
        raise NotComputedError(f"{name} by {recipe} has no accuracy of {group}, reading {reading}")
    order = np.argsort(rows["seed"])
    return rows["seed"][order], 100 * rows["accuracy"][order]


def _gain(
    frames: Frames, study: Study, name: str, group: str, method: tuple[str, str],
    less: tuple[str, str], family: str,
) -> np.ndarray:  # fmt: skip
    """The gain (M,), paired by seed. method, less: a method and its reading."""
    (seeds, own), (others, base) = (
        _accuracy(frames, study, name, one, reading, group, family)
        for one, reading in (method, less)
    )
    return change(own, seeds, base, others)


def _units(columns: Sequence[np.ndarray], names: Sequence[str]) -> Units:
    """The columns, each (M,), as Units. Members on random splits of one table share its rows: their
    deviations are widened so that Student's t over them has Nadeau and Bengio's variance.
    """
    values, note = np.stack(columns, axis=1), ""
    if names[0].startswith(SPLITS):
        mean = values.mean(axis=0)
        values = mean + (values - mean) * np.sqrt(1 + len(values) * TEST_SHARE)
        note = f"{len(values)} random splits, interval by Nadeau and Bengio"
    return Units(values, list(names), note)


def _by_seed(rows: Mapping, key: str, groups: np.ndarray, value: str) -> np.ndarray:
    """(M, G): a value of each seed and group, in their order."""
    seeds = np.unique(rows["seed"])
    return np.array([[pick(rows, seed=s, **{key: g})[value][0] for g in groups] for s in seeds])


def _ratios(frames: Frames, study: Study, level: str, method: str) -> np.ndarray:
    rows = pick(frames[RATIOS], recipe=_recipe(study, method, ""), level=level)
    if not len(rows["ratio"]):
        raise NotComputedError(f"there is no ratio of {level} of the method {method or 'base'}")
    return rows["ratio"]


def _test_samples(frames: Frames, study: Study) -> int:
    """Test samples of a random split."""
    rows = pick(frames[MEMBERS], group=ALL, recipe=study.recipe)
    return int(rows["samples"][0])
