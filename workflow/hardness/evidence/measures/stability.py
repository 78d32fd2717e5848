"""How much one more member changes, how many members are needed, and how estimators agree.

The paper's Forgetting is `forgetting-paper`; its stability and class sizes are those of mode paper.
"""

from collections.abc import Sequence

import numpy as np

from hardness.core.tables import pick
from hardness.evidence.measures._values import Bounds, Frames, NotComputedError, Study, Units


def pruning_change(
    frames: Frames, study: Study, estimator: str, rate: int, members: int | None = None
) -> Bounds:
    """Percent of the pruned set that one more member changes, from `members` on, or at the size
    where it is largest.
    """
    rows = pick(frames["stability/pruning-change"], estimator=estimator, rate=rate)
    by_paper, by_study = pick(rows, mode="paper"), pick(rows, mode="study")
    if not len(by_paper["change"]):
        raise NotComputedError(
            "one more member changes nothing that is measured: the ensemble has one member"
        )
    if members is None:
        members = int(by_paper["members"][by_paper["change"].argmax()])
    (change,) = pick(by_paper, members=members)["change"]
    band = pick(by_study, members=members)
    note = "interval: 5 to 95% over random orders of the members"
    return Bounds(
        np.array([change]), band["low"], band["high"], [f"{members} to {members + 1} members"], note
    )


def size_change(frames: Frames, study: Study, estimator: str, above: int) -> Units:
    """Samples by which a class's size moves on average when one more member joins more than `above`
    of them.
    """
    rows = _size_steps(frames, estimator)
    steps = rows["mean"][rows["members"] > above]
    return Units(steps[:, None], note=f"interval over {len(steps)} steps of the ensemble's size")


def less_stable(
    frames: Frames, study: Study, level: str, estimator: str, than: Sequence[str], above: int = 0
) -> Units:
    """How much more one more member changes with an estimator than with others, one column each.

    level: samples (percent of the pruned samples, mean over rates) or classes (samples of a class).
    The unit is the step from j to j + 1 members, j > `above`. Steps are independent (how far a new
    member lies from the mean of those before it is a Helmert contrast) and shrink like 1/j, so they
    weigh j.
    """
    steps = {name: _steps(frames, level, name) for name in (estimator, *than)}
    sizes = sorted(j for j in set.intersection(*map(set, steps.values())) if j > above)
    if len(sizes) < 2:
        raise NotComputedError(f"fewer than two steps of {', '.join(steps)} can be compared")
    weights = np.array(sizes) / np.mean(sizes)
    own, *others = ([steps[name][j] for j in sizes] for name in steps)
    values = weights[:, None] * np.stack([np.subtract(own, other) for other in others], axis=1)
    note = f"interval over {len(sizes)} steps of the ensemble's size, weighted by it"
    return Units(values, [f"{estimator} less {name}" for name in than], note)


def _steps(frames: Frames, level: str, estimator: str) -> dict[int, float]:
    if level == "classes":
        rows = _size_steps(frames, estimator)
        return dict(zip(rows["members"].tolist(), rows["mean"], strict=True))
    rows = pick(frames["stability/pruning-change"], estimator=estimator, mode="paper")
    return {
        j: rows["change"][rows["members"] == j].mean() for j in np.unique(rows["members"]).tolist()
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


def members_saved(
    frames: Frames, study: Study, quantity: str, estimator: str, than: Sequence[str]
) -> Bounds:
    """Members that other estimators need for a reliability of .95 minus those that an estimator
    needs, one column each.

    quantity: scores or class-sizes. By Spearman and Brown an ensemble f times as large as a half of
    correlation r reaches .95 with f = 19 (1 - r) / r. The intervals are the worst ends of two bands
    over random halves.
    """
    least, most = {}, {}
    for name in (estimator, *than):
        row = pick(frames["stability/reliability"], estimator=name, quantity=quantity)
        if not len(row["correlation"]):
            raise NotComputedError(
                f"the ensemble is too small to be split, or {name} has no {quantity}"
            )
        values = np.array([row["correlation"][0], row["low"][0], row["high"][0]])
        positive = np.where(values > 0, values, 1)
        needed = np.where(values > 0, row["half"][0] * 19 * (1 - positive) / positive, np.inf)
        least[name], most[name] = (needed[0], needed[2]), (needed[0], needed[1])
    value = np.array([least[name][0] - least[estimator][0] for name in than])
    low = np.array([least[name][1] - most[estimator][1] for name in than])
    high = np.array([most[name][1] - least[estimator][1] for name in than])
    note = f"{estimator} needs {least[estimator][0]:.2g}; interval: bands over random halves"
    return Bounds(value, low, high, [f"{name} less {estimator}" for name in than], note)


def swapped(frames: Frames, study: Study, estimators: Sequence[str], rate: int) -> Bounds:
    """Percent of the samples that either of two estimators prunes which only one of them does (1 -
    Jaccard).
    """
    rows = pick(frames["stability/overlap"], members=study.members["hardness"], rate=rate)
    chosen = np.isin(rows["first"], estimators) & np.isin(rows["second"], estimators)
    pairs = zip(rows["first"][chosen], rows["second"][chosen], strict=True)
    return Bounds(
        100 * (1 - rows["jaccard"][chosen]), names=[f"{first}, {second}" for first, second in pairs]
    )
