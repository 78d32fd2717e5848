"""What the study found where the paper claims something: one function a quantity, on the columns of
artifacts.

Each takes frames (claims.frame_name -> columns), study (see claims.check) and what claims.yaml
selects; it returns Units, Bounds or a TestedTable. The paper's Forgetting is `forgetting-paper`;
its stability and class sizes are those of mode paper.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from hardness.analysis import evaluation, inference, variance
from hardness.scoring.estimation import direction

Frames = Mapping[str, Mapping[str, np.ndarray]]
CIFAR_STRATEGIES = 9  # of the paper's tables, with four cells each


class NotComputed(Exception):
    """What a claim needs is not there, though the config plans it; the message says why."""


class Undecidable(Exception):
    """There is a number, but no way to say how well it is known; the message says why."""


class Units(NamedTuple):
    """Independent values of one or more quantities: values (U, R), of members or steps; names (R,),
    may be empty.
    """

    values: np.ndarray
    names: Sequence[str] = ("",)
    note: str = ""


class Bounds(NamedTuple):
    """Quantities (R,), with an interval each, or with low and high None: numbers that decide by
    themselves.

    said: what to say instead of the one number that the verdict hangs on.
    """

    value: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    names: Sequence[str] = ("",)
    note: str = ""
    said: str = ""

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        return (self.value, self.value) if self.low is None else (self.low, self.high)


class TestedTable(NamedTuple):
    """A table of changes: the largest, whether there is a change in it, and whether it is shown
    that there is none.
    """

    largest: float
    changed: bool
    nothing: bool
    note: str


def number(value: float, note: str = "") -> Bounds:
    return Bounds(np.array([float(value)]), note=note)


def pick(frame: Mapping[str, np.ndarray], **wanted: object) -> dict[str, np.ndarray]:
    """The rows that have these values. A text may be missing (nan) where all of its column is."""
    chosen = np.ones(len(next(iter(frame.values()))), dtype=bool)
    for name, value in wanted.items():
        column = frame[name]
        if isinstance(value, str) and column.dtype.kind != "U":
            column = np.full(len(column), "")
        chosen &= column == value
    return {name: column[chosen] for name, column in frame.items()}


# Class sizes and pruned sets


def easy_classes(frames: Frames, study: Mapping) -> Bounds:
    """How many classes are easy, at alpha 1 before clipping and rounding."""
    if not (frames["groups"]["rule"] == "paper").all():
        raise NotComputed(
            f"Eq. 3 is undefined by {study['paper_estimator']}: the classes are grouped by another rule"
        )
    return number((frames["groups"]["group"] == "easy").sum())


def classes_by_hardness(allocation: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A row a class of allocation/{estimator}.csv, from the easiest to the hardest."""
    first = np.unique(allocation["class"], return_index=True)[1]
    up = 1 if direction(str(allocation["estimator"][0])) == "up" else -1
    order = first[np.argsort(up * allocation["hardness"][first], kind="stable")]
    return {name: column[order] for name, column in allocation.items()}


def removed_share(frames: Frames, study: Mapping, of: str, which: str) -> Bounds:
    """Percent of the easiest or the hardest class by AUM that a pruned set lacks."""
    sizes = pick(frames["sets/sizes"], set=of)
    ranked, place = (
        classes_by_hardness(frames["allocation/aum"]),
        {"easiest": 0, "hardest": -1}[which],
    )
    (row,) = np.flatnonzero(sizes["class"] == ranked["class"][place])
    return number(100 * sizes["removed"][row] / sizes["n"][row], note=str(ranked["name"][place]))


# Recall


def recalls(frames: Frames, of: str, members: int) -> tuple[np.ndarray, np.ndarray]:
    """Seeds (M,) and recall (M, k) of the first members trained on a set."""
    seeds, recall = evaluation.by_member(frames[f"evaluation/{of}"], "recall")
    return seeds[:members], recall[:members]


def paired(frames: Frames, study: Mapping, first: str, second: str) -> np.ndarray:
    """Recall on one set less that on another, (M, k), of members with the same seed."""
    members = study["members"]["retraining"]
    seeds, recall = recalls(frames, first, members)
    others, baseline = recalls(frames, second, members)
    return evaluation.change(recall, seeds, baseline, others)


def extreme_classes(recall: np.ndarray) -> tuple[int, int]:
    """The class with the highest mean recall, and that with the lowest."""
    return int(recall.mean(axis=0).argmax()), int(recall.mean(axis=0).argmin())


def class_recall(frames: Frames, study: Mapping, of: str, which: str) -> Units:
    """Recall of the best or the worst class of an ensemble, by its mean."""
    recall = recalls(frames, of, study["members"]["retraining"])[1]
    c = extreme_classes(recall)[("best", "worst").index(which)]
    return Units(recall[:, [c]], [str(pick(frames[f"evaluation/{of}"], **{"class": c})["name"][0])])


def range_difference(frames: Frames, study: Mapping, of: str, less: str) -> Units:
    """How much farther apart an ensemble's best and worst class are than another's, paired by seed.
    Each ensemble's classes are those with its extreme mean recalls.
    """
    gap = []
    for name in (of, less):
        recall = recalls(frames, name, study["members"]["retraining"])[1]
        best, worst = extreme_classes(recall)
        gap.append(recall[:, best] - recall[:, worst])
    return Units((gap[0] - gap[1])[:, None])


def dlp_less_clp(frames: Frames, study: Mapping, rates: Sequence[int], average: bool) -> Units:
    """Mean recall with DLP less that with CLP, paired by seed: at each rate that is there, or
    averaged over them.
    """
    both = [
        (rate, {f"evaluation/prune-{level}-{rate}" for level in ("dlp", "clp")}) for rate in rates
    ]
    there = [rate for rate, pair in both if pair <= set(frames)]
    by_rate = [
        paired(frames, study, f"prune-dlp-{rate}", f"prune-clp-{rate}").mean(axis=1)
        for rate in there
    ]
    names, values = [f"{rate}% pruned" for rate in there], np.stack(by_rate, axis=1)
    if average:
        return Units(
            values.mean(axis=1, keepdims=True),
            [", ".join(f"{rate}%" for rate in there) + " pruned"],
        )
    return Units(values, names)


def falls_with_hardness(frames: Frames, study: Mapping) -> Units:
    """Recall of the easier class less that of the harder on full, for every pair of classes whose
    order by AUM is
    known: the intervals of their class means over members do not overlap.
    """
    recall = recalls(frames, "full", study["members"]["recall"])[1]
    ranked = classes_by_hardness(frames["allocation/aum"])
    classes, names, low, high = (
        ranked[name] for name in ("class", "name", "member_low", "member_high")
    )
    pairs = [
        (i, j)
        for i, j in combinations(range(len(classes)), 2)
        if low[i] > high[j] or low[j] > high[i]
    ]
    if not pairs:
        raise Undecidable("the order by AUM is known of no two classes")
    easier, harder = classes[np.array(pairs)].T
    differences = recall[:, easier] - recall[:, harder]
    reversed_share = 100 * (differences.mean(axis=0) < 0).mean()
    texts = [f"{names[i]} (easier by AUM) less {names[j]}" for i, j in pairs]
    return Units(
        differences, texts, f"{reversed_share:.0f}% of {len(pairs)} pairs stand the other way round"
    )


def alpha_effect(
    frames: Frames, study: Mapping, over: str, under: str, alphas: Sequence[int]
) -> Units:
    """Recall of easy and of hard classes at each further alpha less that at the first, paired by
    seed.
    """
    easy = frames["groups"]["group"][np.argsort(frames["groups"]["class"])] == "easy"
    sets = {alpha: f"resample-{over}-{under}-a{alpha}" for alpha in alphas}
    values, names = [], []
    for alpha in alphas[1:]:
        change = paired(frames, study, sets[alpha], sets[alphas[0]])
        for group, chosen in (("easy", easy), ("hard", ~easy)):
            values.append(change[:, chosen].mean(axis=1))
            names.append(f"{group} classes, alpha {alpha} against {alphas[0]}")
    draws = max(study["draws"].get(name, 1) for name in sets.values())
    if 1 < draws < len(values[0]):
        raise Undecidable(f"members share {draws} draws of a set: no test")
    return Units(np.stack(values, axis=1), names)


def recall_gap(frames: Frames, study: Mapping) -> Units:
    """Mean recall of the best less that of the worst classes on full, which other members fix."""
    members = study["members"]["recall"]
    every = recalls(frames, "full", len(frames["evaluation/full"]["seed"]))[1]
    compared = min(members, len(every))
    best, worst, by = evaluation.fixed_classes(every, compared)
    recall, no_groups = every[:compared], np.zeros(every.shape[1], dtype=bool)
    gap = evaluation.gaps(recall, no_groups, best[:compared], worst[:compared])["fixed_gap"]
    return Units(gap[:, None], note=f"best and worst {best.shape[1]} classes, fixed by {by}")


def spread_against(frames: Frames, study: Mapping) -> Bounds:
    """Standard deviation of recall over classes without members' noise, less that on the other data
    set.
    """
    own = recalls(frames, "full", study["members"]["recall"])[1]
    other = recalls(
        {"evaluation/full": frames["against/evaluation/full"]}, "full", study["members"]["recall"]
    )[1]
    members = min(len(own), len(other))
    change, low, high = variance.sd_without_noise_change(own[:members], other[:members])
    note = "difference of standard deviations over classes without noise; jackknife over members"
    return Bounds(np.array([change]), np.array([low]), np.array([high]), note=note)


# Stability and agreement


def pruning_change(
    frames: Frames, study: Mapping, estimator: str, rate: int, members: int | None = None
) -> Bounds:
    """Percent of the pruned set that one more member changes, from `members` on, or at the size
    where it is largest.
    """
    rows = pick(frames["stability/pruning-change"], estimator=estimator, rate=rate)
    paper, study_rows = pick(rows, mode="paper"), pick(rows, mode="study")
    if not len(paper["change"]):
        raise NotComputed(
            "one more member changes nothing that is measured: the ensemble has one member"
        )
    members = int(paper["members"][paper["change"].argmax()]) if members is None else members
    (change,) = pick(paper, members=members)["change"]
    band = pick(study_rows, members=members)
    note = "interval: 5 to 95% over random orders of the members"
    return Bounds(
        np.array([change]), band["low"], band["high"], [f"{members} to {members + 1} members"], note
    )


def size_change(frames: Frames, study: Mapping, estimator: str, above: int) -> Units:
    """Samples by which a class's size moves on average when one more member joins more than `above`
    of them.
    """
    rows = _size_steps(frames, estimator)
    steps = rows["mean"][rows["members"] > above]
    return Units(steps[:, None], note=f"interval over {len(steps)} steps of the ensemble's size")


def less_stable(
    frames: Frames, study: Mapping, level: str, estimator: str, than: Sequence[str], above: int = 0
) -> Units:
    """How much more one more member changes with an estimator than with others, a column each.

    level: samples (percent of the pruned samples, mean over rates) or classes (samples of a class).
    The unit is the step from j to j + 1 members, j > `above`. Steps are independent (how far a new
    member lies from the mean of those before it is a Helmert contrast) and shrink like 1/j, so they
    weigh j.
    """
    steps = {name: _steps(frames, level, name) for name in (estimator, *than)}
    sizes = sorted(j for j in set.intersection(*map(set, steps.values())) if j > above)
    if len(sizes) < 2:
        raise NotComputed(f"fewer than two steps of {', '.join(steps)} can be compared")
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
        raise NotComputed(
            f"no class sizes by {estimator} at alpha 1: Eq. 3 is undefined, or no such alpha is planned"
        )
    return rows


def members_saved(
    frames: Frames, study: Mapping, quantity: str, estimator: str, than: Sequence[str]
) -> Bounds:
    """Members that other estimators need for a reliability of .95 less those that an estimator
    needs, a column each.

    quantity: scores or class-sizes. By Spearman and Brown an ensemble f times as large as a half of
    correlation r reaches .95 with f = 19 (1 - r) / r. The intervals are the worst ends of two bands
    over random halves.
    """
    least, most = {}, {}
    for name in (estimator, *than):
        row = pick(frames["stability/reliability"], estimator=name, quantity=quantity)
        if not len(row["correlation"]):
            raise NotComputed(f"the ensemble is too small to be split, or {name} has no {quantity}")
        values = np.array([row["correlation"][0], row["low"][0], row["high"][0]])
        positive = np.where(values > 0, values, 1)
        needed = np.where(values > 0, row["half"][0] * 19 * (1 - positive) / positive, np.inf)
        least[name], most[name] = (needed[0], needed[2]), (needed[0], needed[1])
    value = np.array([least[name][0] - least[estimator][0] for name in than])
    low = np.array([least[name][1] - most[estimator][1] for name in than])
    high = np.array([most[name][1] - least[estimator][1] for name in than])
    note = f"{estimator} needs {least[estimator][0]:.2g}; interval: bands over random halves"
    return Bounds(value, low, high, [f"{name} less {estimator}" for name in than], note)


def swapped(frames: Frames, study: Mapping, estimators: Sequence[str], rate: int) -> Bounds:
    """Percent of the samples that either of two estimators prunes which only one of them does (1 -
    Jaccard).
    """
    rows = pick(frames["stability/overlap"], rate=rate)
    chosen = np.isin(rows["first"], estimators) & np.isin(rows["second"], estimators)
    pairs = zip(rows["first"][chosen], rows["second"][chosen], strict=True)
    return Bounds(
        100 * (1 - rows["jaccard"][chosen]), names=[f"{first}, {second}" for first, second in pairs]
    )


# Tables I and II


def _family(study: Mapping, baseline: str, alpha: float) -> dict:
    suffix = "" if study["paper_estimator"] == "aum" else study["paper_estimator"]
    return {
        "recipe": study["recipe"],
        "baseline": baseline,
        "mode": "paper",
        "setting": alpha,
        "suffix": suffix,
    }


def _cells(frames: Frames, study: Mapping, alpha: float, **wanted: object) -> dict[str, np.ndarray]:
    cells = pick(frames["effects/cells"], **_family(study, "own", alpha), **wanted)
    chosen = np.isin(cells["metric"], ("precision", "recall"))
    if not chosen.any():
        raise NotComputed(f"the table at alpha {alpha} has no such cell")
    return {name: column[chosen] for name, column in cells.items()}


def table_of_changes(
    frames: Frames, study: Mapping, alpha: float, baseline: str = "own"
) -> TestedTable:
    """Precision and recall, easy and hard, of all strategies: is there a change, is there none."""
    (row,) = _rows(
        pick(frames["effects/families"], **_family(study, baseline, alpha), what="table")
    )
    planned = f"{row['cells']} of {4 * CIFAR_STRATEGIES} cells"
    by_chance = (
        f"95% point of the largest by chance {row['point95']:.4f}"
        if row["point95"] >= 0
        else "not tested"
    )
    said = "" if row["largest"] > row["point95"] else str(row["nothing_verdict"])
    note = "; ".join(filter(None, [planned, by_chance, said]))
    nothing = (
        bool(row["nothing"]) and row["cells"] == 4 * CIFAR_STRATEGIES
    )  # a part can contradict, not confirm
    return TestedTable(row["largest"], bool(row["largest"] > row["point95"]), nothing, note)


def _rows(frame: Mapping[str, np.ndarray]) -> list[dict]:
    return [dict(zip(frame, values, strict=True)) for values in zip(*frame.values(), strict=True)]


def strategy_changes(
    frames: Frames, study: Mapping, alpha: float, over: str, under: str
) -> TestedTable:
    """The four cells of one strategy by their verdicts. Negligible: all below the margin, with or
    without a change.
    Changed: one has a change that is not shown to be below it.
    """
    cells = _cells(frames, study, alpha, over=over, under=under)
    verdicts = cells["verdict"]
    below = np.isin(verdicts, (inference.NONE, inference.CHANGED_BELOW)).all()
    note = ", ".join(f"{row['metric']} {row['group']}: {row['verdict']}" for row in _rows(cells))
    return TestedTable(
        np.abs(cells["change"]).max(),
        bool((verdicts == inference.CHANGED).any()),
        bool(below),
        note,
    )


def cell_change(
    frames: Frames, study: Mapping, alpha: float, over: str, under: str, metric: str, group: str
) -> Bounds:
    """The mean change of one cell."""
    cells = _cells(frames, study, alpha, over=over, under=under, metric=metric, group=group)
    low, high = _cell_ends(cells)
    return Bounds(cells["change"], low, high)


def _cell_ends(cells: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The cells' intervals over members; a range over draws is none."""
    untested = cells["interval"] == "range over draws"
    return np.where(untested, np.nan, cells["low"]), np.where(untested, np.nan, cells["high"])


def cells_beyond_spread(frames: Frames, study: Mapping, alpha: float) -> Bounds:
    """How many cells exceed their +-, the standard deviation over classes."""
    cells = _cells(frames, study, alpha)
    return number(
        (np.abs(cells["change"]) > cells["sd_over_classes"]).sum(),
        f"of {len(cells['change'])} cells",
    )


def falls_everywhere(
    frames: Frames, study: Mapping, alpha: float, metric: str, group: str
) -> Bounds:
    """The change of one metric and group by every strategy. All share the baseline's noise: that
    signs agree is no evidence, so each must fall for sure; one contradicts if it rises by the
    table's test, at .05 over all cells.
    """
    cells = _cells(frames, study, alpha, metric=metric, group=group)
    low, high = _cell_ends(cells)
    said = f"{(cells['change'] < 0).sum()} of {len(low)} fall, {(high < 0).sum()} for sure"
    low = np.where(cells["p"] <= inference.ALPHA, low, -np.inf)
    high = (
        high if len(high) == CIFAR_STRATEGIES else np.full(len(high), np.inf)
    )  # a part can contradict, not confirm
    return Bounds(cells["change"], low, high, [str(name) for name in cells["set"]], said=said)


# Hard samples and duplicates


def flagged_share(frames: Frames, study: Mapping, share: float) -> Bounds:
    """The largest percentage of a class that the given share of lowest AUM takes from it."""
    samples = frames["samples"]
    flagged = np.argsort(samples["aum"], kind="stable")[: round(share * len(samples["aum"]))]
    taken = np.bincount(samples["label"][flagged], minlength=samples["label"].max() + 1)
    shares = 100 * taken / np.bincount(samples["label"])
    return number(shares.max(), note=str(samples["name"][samples["label"] == shares.argmax()][0]))


def hard_duplicates(frames: Frames, study: Mapping, hardest: int) -> Bounds:
    """Groups of identical training images that are among the lowest AUM with two or more labels."""
    samples, copies = frames["samples"], frames["duplicates"]
    chosen = samples["index"][np.argsort(samples["aum"], kind="stable")[:hardest]]
    among = pick(copies, part="train", kind="exact", conflict=True)
    hard = np.isin(among["index"], chosen)
    group, label = among["group"][hard], among["label"][hard]
    labels_of = np.unique(np.unique(np.stack([group, label]), axis=1)[0], return_counts=True)[1]
    return number((labels_of > 1).sum())


def tied(frames: Frames, study: Mapping, estimator: str, value: float) -> Bounds:
    """How many samples have exactly this score."""
    return number((frames["samples"][estimator] == value).sum())


def same_pixels(frames: Frames, study: Mapping, images: Sequence[int]) -> Bounds:
    """1 if these training images are identical and their labels differ, else 0."""
    copies = pick(frames["duplicates"], part="train", kind="exact", conflict=True)
    chosen = np.isin(copies["index"], images)
    alike = chosen.sum() == len(images) and len(set(copies["group"][chosen])) == 1
    return number(alike and len(set(copies["label"][chosen])) > 1)


MEASURES = {
    measure.__name__: measure
    for measure in (
        easy_classes, removed_share, class_recall, range_difference, dlp_less_clp, falls_with_hardness, alpha_effect,
        recall_gap, spread_against, pruning_change, size_change, less_stable, members_saved, swapped, table_of_changes,
        strategy_changes, cell_change, cells_beyond_spread, falls_everywhere, flagged_share, hard_duplicates, tied,
        same_pixels,
    )
}  # fmt: skip
