"""How much one more member changes, how many members are needed, and how estimators agree.

The paper's Forgetting is `forgetting-paper`; its stability and class sizes are those of mode paper.
A band over random orders of the members shows what other studies with the same number of members
might find; the paper's single realization is compared with it.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from hardness.core.intervals import t_interval
from hardness.core.tables import Columns, pick
from hardness.evidence.measures._values import (
    Bounds,
    Frames,
    NotComputedError,
    Study,
    Units,
    interval,
    number,
)

ORDERS = "band: 5 to 95% over random orders of the members"


def _growth(frames: Frames, frame: str, estimator: str, rate: int) -> Columns:
    """How much of the pruned set one more member changes, over random orders, by ensemble size."""
    rows = pick(frames[frame], estimator=estimator, rate=rate, mode="study")
    if not len(rows["change"]):
        raise NotComputedError(
            "one more member changes nothing that is measured: the ensemble has one member"
        )
    return rows


def pruning_change(
    frames: Frames, study: Study, estimator: str, rate: int, members: int | None = None
) -> Bounds:
    """Percent of the pruned set that changes when one member joins `members` of them (None: the
    size where this is largest): the mean over random orders of the members, and their band.
    """
    rows = _growth(frames, "stability/pruning-change", estimator, rate)
    if members is None:
        members = int(rows["members"][rows["change"].argmax()])
    at = pick(rows, members=members)
    own = pick(frames["stability/pruning-change"], estimator=estimator, rate=rate, mode="paper")
    (in_order,) = pick(own, members=members)["change"]
    note = f"{ORDERS}; in the order of their seeds {in_order:.2f}"
    name = f"{members} to {members + 1} members"
    return interval(at["change"][0], at["low"][0], at["high"][0], name, note)


def pruning_change_against(
    frames: Frames, study: Study, estimator: str, rate: int, members: int
) -> Bounds:
    """`pruning_change`, minus that on the other data set. The interval is between the two bands'
    far ends.
    """
    own, other = (
        pick(_growth(frames, f"{prefix}stability/pruning-change", estimator, rate), members=members)
        for prefix in ("", "against/")
    )
    value = own["change"][0] - other["change"][0]
    low, high = own["low"][0] - other["high"][0], own["high"][0] - other["low"][0]
    note = f"{own['change'][0]:.2f} against {other['change'][0]:.2f}; from both bands' far ends"
    return interval(value, low, high, note=note)


def size_change(frames: Frames, study: Study, estimator: str, above: int) -> Bounds:
    """The mean number of samples by which a class's size changes when one more member joins, over
    ensembles of more than `above` members. The band is the prediction interval for the mean of as
    many steps of another ensemble (Student's t, 90%).
    """
    rows = _size_steps(frames, estimator)
    steps = rows["mean"][rows["members"] > above]
    mean, low, high = (float(bound) for bound in t_interval(steps, 0.9))
    half = math.sqrt(2) * (high - low) / 2
    note = f"band: the mean of {len(steps)} steps of another ensemble"
    return interval(mean, mean - half, mean + half, note=note)


def less_stable(
    frames: Frames,
    study: Study,
    level: str,
    estimator: str,
    than: Sequence[str],
    above: int = 0,
    rates: Sequence[int] = (),
) -> Units:
    """How much more one more member changes with an estimator than with others, one column each.

    level: samples (percent of the pruned samples, mean over rates; all rates if none are given) or
    classes (samples of a class). The unit is the step from j to j + 1 members, j > `above`. Steps
    are independent (the distance of a new member from the mean of those before it is a Helmert
    contrast) and shrink like 1/j, so each is weighted by j.
    """
    sizes, steps = _weighted_steps(frames, level, (estimator, *than), above, rates)
    values = (steps[0] - steps[1:]).T
    note = f"interval over {len(sizes)} steps of the ensemble's size, weighted by it"
    return Units(values / np.mean(sizes), [f"{estimator} less {name}" for name in than], note)


def members_saved(
    frames: Frames, study: Study, level: str, estimator: str, than: Sequence[str]
) -> Bounds:
    """How many more members the other estimators need, to change as little by one more member as
    the estimator does with the members that decide class sizes. In whole members, one column each.

    A step changes c / j at j members, so others need c_other / c_own times as many. The intervals
    are those of the ratio's logarithm over steps (Student's t, 95%, paired).
    """
    _, steps = _weighted_steps(frames, level, (estimator, *than), 0, ())
    means, own, columns = steps.mean(axis=1), study.members["hardness"], []
    if not means.all():
        raise NotComputedError("by one of the estimators one more member changes nothing at all")
    for i in range(1, len(steps)):
        relative = steps[i] / means[i] - steps[0] / means[0]
        half = stdtrit(len(relative) - 1, 0.975) * relative.std(ddof=1) / math.sqrt(len(relative))
        times = means[i] / means[0] * np.exp([0, -half, half])
        columns.append(np.ceil(own * times - 1e-9) - own)
    value, low, high = np.transpose(columns)
    note = f"members beyond the {own} of {estimator}"
    return Bounds(value, low, high, list(than), note)


def _weighted_steps(
    frames: Frames, level: str, estimators: Sequence[str], above: int, rates: Sequence[int]
) -> tuple[list[int], np.ndarray]:
    """The sizes j > above at which all estimators can be compared; and for each estimator the
    change from j to j + 1 members, times j: (E, J).
    """
    steps = [_steps(frames, level, name, rates) for name in estimators]
    sizes = sorted(j for j in set.intersection(*map(set, steps)) if j > above)
    if len(sizes) < 2:
        raise NotComputedError(f"fewer than two steps of {', '.join(estimators)} can be compared")
    return sizes, np.array([[j * of[j] for j in sizes] for of in steps])


def _steps(frames: Frames, level: str, estimator: str, rates: Sequence[int]) -> dict[int, float]:
    if level == "classes":
        rows = _size_steps(frames, estimator)
        return dict(zip(rows["members"].tolist(), rows["mean"], strict=True))
    rows = pick(frames["stability/pruning-change"], estimator=estimator, mode="paper")
    chosen = np.isin(rows["rate"], rates) | (len(rates) == 0)
    return {
        j: rows["change"][chosen & (rows["members"] == j)].mean()
        for j in np.unique(rows["members"]).tolist()
    }


def _size_steps(frames: Frames, estimator: str) -> dict[str, np.ndarray]:
    frame = frames["stability/absolute-differences"]
    rows = pick(frame, estimator=estimator, mode="paper", parameter="a1")
    if not len(rows["mean"]):
        raise NotComputedError(
            f"no class sizes by {estimator} at alpha 1: Eq. 3 is undefined, or no such alpha is "
            "planned"
        )
    return rows


# Agreement of pruned sets: 1 - Jaccard by all members, as in the plots of the paper's code


def _pairs(frames: Frames, members: int, pairs: Sequence[tuple[str, str]], rate: int) -> Columns:
    rows = pick(frames["stability/overlap"], members=members, rate=rate)
    wanted = {frozenset(pair) for pair in pairs}
    both = zip(rows["first"].tolist(), rows["second"].tolist(), strict=True)
    chosen = np.array([frozenset(pair) in wanted for pair in both])
    return {name: column[chosen] for name, column in rows.items()}


def swapped(frames: Frames, study: Study, pairs: Sequence[tuple[str, str]], rate: int) -> Bounds:
    """For each pair of estimators, the percentage of the samples pruned by either that only one of
    them prunes (1 - Jaccard). The note adds the share of the pruned samples that is replaced.
    """
    rows = _pairs(frames, study.members["stability"], pairs, rate)
    few = _pairs(frames, study.members["hardness"], pairs, rate)
    replaced, of_few = 100 * rows["replaced"], 100 * (1 - few["jaccard"])
    names = [f"{a}, {b}" for a, b in zip(rows["first"], rows["second"], strict=True)]
    note = (
        f"share replaced {replaced.min():.1f} to {replaced.max():.1f}; by "
        f"{study.members['hardness']} members {of_few.min():.1f} to {of_few.max():.1f}"
    )
    return Bounds(100 * (1 - rows["jaccard"]), names=names, note=note)


def swapped_most(
    frames: Frames, study: Study, pairs: Sequence[tuple[str, str]], largest: bool
) -> Bounds:
    """The smallest or the largest 1 - Jaccard, in percent, over pairs and rates."""
    found = []
    for rate in np.unique(frames["stability/overlap"]["rate"]).tolist():
        rows = _pairs(frames, study.members["stability"], pairs, rate)
        for first, second, jaccard in zip(
            rows["first"], rows["second"], rows["jaccard"], strict=True
        ):
            found.append((100 * (1 - jaccard), f"{first}, {second}, {rate:g}% pruned"))
    value, note = max(found) if largest else min(found)
    return number(value, note)


def agreement_rises(frames: Frames, study: Study, pairs: Sequence[tuple[str, str]]) -> Bounds:
    """How much the Jaccard index of two estimators' pruned sets rises from each rate to the next,
    in percentage points.
    """
    rates = np.unique(frames["stability/overlap"]["rate"]).tolist()
    tables = [_pairs(frames, study.members["stability"], pairs, rate) for rate in rates]
    jaccard = 100 * np.array([table["jaccard"] for table in tables])
    names = [f"{a}, {b}" for a, b in zip(tables[0]["first"], tables[0]["second"], strict=True)]
    texts = [f"{name}, {rate:g}% less the rate before" for rate in rates[1:] for name in names]
    return Bounds(np.diff(jaccard, axis=0).ravel(), names=texts)
