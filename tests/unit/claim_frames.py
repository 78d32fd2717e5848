"""Hand-made artifacts for which a claim's measure is known: `of_{measure}(value, **arguments)`.

Members differ by +-.004 around the number that is meant: a 95% interval of +-.0036.
"""

import functools

import numpy as np

from hardness.analysis.inference import NOTHING

STRATEGIES = [
    (over, under)
    for under in ("none", "easy")
    for over in ("none", "random", "smote", "easy", "hard")
    if (over, under) != ("none", "none")
]
FOUR = [(metric, group) for metric in ("precision", "recall") for group in ("easy", "hard")]


def frames_of(claim, value):
    """The artifacts of a claim in which its quantity is `value`."""
    arguments = dict(claim.arguments)
    if claim.measure in ("easy_classes", "easy_less_hard"):
        arguments["k"] = 10 if claim.data == "cifar10" else 100
    return globals()[f"of_{claim.measure}"](value, **arguments)


def wiggle(members=8, size=0.004):
    return size * np.where(np.arange(members) % 2, 1, -1)


def evaluation(recall, wide=wiggle):
    """An ensemble with these recalls of its classes, the same for all members but for their
    wiggle.
    """
    recall = np.asarray(recall)
    members, k = (recall.shape[0], recall.shape[1]) if recall.ndim == 2 else (8, len(recall))
    values = recall if recall.ndim == 2 else recall + wide()[:, None]
    order = np.random.default_rng(0).permutation(members * k)  # rows may be in any order
    columns = {
        "seed": np.repeat(np.arange(members), k),
        "class": np.tile(np.arange(k), members),
        "name": np.tile([f"c{c}" for c in range(k)], members),
        "recall": values.ravel(),
    }
    return {name: column[order] for name, column in columns.items()}


def allocation(hardness, half=0.1, sizes=None):
    """By AUM, of which more is easier; two settings, the classes' hardness the same in both."""
    k = len(hardness)
    sizes = np.full(k, 100) if sizes is None else sizes
    return {
        "estimator": np.full(2 * k, "aum"),
        "mode": np.repeat(["paper", "study"], k),
        "alpha": np.repeat([1.0, np.nan], k),
        "class": np.tile(np.arange(k), 2),
        "name": np.tile([f"c{c}" for c in range(k)], 2),
        "n": np.full(2 * k, 100),
        "hardness": np.tile(hardness, 2),
        "member_low": np.tile(hardness, 2) - half,
        "member_high": np.tile(hardness, 2) + half,
        "size": np.concatenate([sizes, np.full(k, 7)]),
    }


def groups(easy, k):
    names = np.where(np.arange(k) < easy, "easy", "hard")
    return {"class": np.arange(k), "group": names, "rule": np.full(k, "paper")}


# Class sizes


def of_easy_classes(value, estimator, k):
    """`value` of k classes are easy, by a little; (value, half) with intervals of that half."""
    count, half = value if isinstance(value, tuple) else (value, 1e-5)
    aum = np.where(np.arange(k) < count, 1.02, 0.98)
    return {f"allocation/{estimator}": allocation(aum, half)}


of_easy_less_hard = of_easy_classes


def of_removed_share(value, of, which, estimator):
    aum = np.array([3.0, 9, 5, 1])  # class 1 is the easiest, class 3 the hardest
    removed = np.where(np.arange(4) == (1 if which == "easiest" else 3), 50 * value, 2500)
    return sizes_of(of, removed) | {f"allocation/{estimator}": allocation(aum)}


def sizes_of(of, removed):
    """sets/sizes.csv of full and one pruned set of four classes of 5,000 samples."""
    sizes = {
        "set": np.repeat(["full", of], 4),
        "class": np.tile(np.arange(4), 2),
        "n": np.full(8, 5000),
    }
    return {"sets/sizes": sizes | {"removed": np.concatenate([np.zeros(4), removed])}}


def of_size_ratio(value, of):
    return sizes_of(of, 5000 - 1000 * np.array([1, value, 1, 1]))


def of_moved_by_recall(value, estimator):
    """Recalls are equal, so by recall all sizes stay at 100; by AUM `value` percent move."""
    moved = 4 * value
    frame = allocation([1.0, 2, 3, 4], sizes=100 + np.array([moved, -moved, 0, 0]))
    return {f"allocation/{estimator}": frame, "evaluation/full": evaluation([0.5] * 4)}


# Recall


def of_class_recall(value, of, which):
    others = [0.3, 0.2] if which == "best" else [0.98, 0.99]
    return {f"evaluation/{of}": evaluation([others[0], value, others[1]])}


def of_range_difference(value, of, less):
    """The best and the worst class are .4 + value and .4 apart."""
    recall = np.stack([0.5 + wiggle(), 0.9 + value - wiggle()], axis=1)
    return {f"evaluation/{of}": evaluation(recall), f"evaluation/{less}": evaluation([0.9, 0.5])}


def of_dlp_less_clp(value, rates, average):
    """DLP ahead by `value` at all rates, or by a list of values, one a rate."""
    values = (
        dict(zip(rates, value, strict=True))
        if isinstance(value, list)
        else dict.fromkeys(rates, value)
    )
    clp = np.array([0.9, 0.7, 0.8])
    frames = {f"evaluation/prune-clp-{rate}": evaluation(np.tile(clp, (8, 1))) for rate in rates}
    return frames | {
        f"evaluation/prune-dlp-{rate}": evaluation(clp + value) for rate, value in values.items()
    }


def of_spread_dlp_less_clp(value, rates):
    """Two classes .2 apart by CLP; by DLP the standard deviation, half of it, differs by `value`,
    or by a list of values, one a rate.
    """
    values = value if isinstance(value, list) else [value] * len(rates)
    frames = {}
    for rate, by_rate in zip(rates, values, strict=True):
        half = 0.1 + by_rate + wiggle()
        frames[f"evaluation/prune-clp-{rate}"] = evaluation(np.tile([0.6, 0.8], (8, 1)))
        dlp = np.stack([0.7 - half, 0.7 + half], axis=1)
        frames[f"evaluation/prune-dlp-{rate}"] = evaluation(dlp)
    return frames


def of_gains_most(value, of, less, classes):
    """The named classes gain `value` more than all others, or as a list says."""
    gain = np.zeros(10)
    gain[list(classes)] = value
    noise = np.random.default_rng(4).normal(0, 0.004, (8, 10))
    frames = {f"evaluation/{of}": evaluation(0.6 + gain + noise - noise.mean(axis=0))}
    return frames | {f"evaluation/{less}": evaluation(np.full((8, 10), 0.6))}


@functools.cache
def ranked(target, k=10):
    """An order of k classes whose rank correlation with 0, 1, ... is within .01 of the target."""
    if target < 0:
        return ranked(-target, k)[::-1]
    rng = np.random.default_rng(7)
    for width in np.repeat(np.geomspace(0.01, 100, 60), 50):
        order = np.argsort(np.arange(k) + width * rng.normal(size=k))
        if abs(np.corrcoef(order, np.arange(k))[0, 1] - target) < 0.01:
            return order
    raise AssertionError(f"no order of {k} classes has a correlation of {target}")


def of_correlation(value, estimator="aum"):
    """Ten members whose recall correlates so with AUM; of two values, every second one."""
    values = value if isinstance(value, tuple) else (value, value)
    recall = np.array([0.5 + 0.04 * ranked(values[m % 2]) for m in range(10)])
    frames = {f"allocation/{estimator}": allocation(np.arange(10.0) + 1)}
    return frames | {"evaluation/full": evaluation(recall)}


def of_correlation_against(value, estimator):
    """Here so, there .6."""
    there = of_correlation(0.6, estimator)
    return of_correlation(value, estimator) | {f"against/{name}": there[name] for name in there}


def of_alpha_effect(value, over, under, alphas):
    """The hard classes move by `value` at the last alpha."""
    base = np.array([0.9, 0.9, 0.6, 0.6])
    frames = {f"evaluation/resample-{over}-{under}-a{alpha}": evaluation(base) for alpha in alphas}
    moved = base + np.outer(np.ones(8), [0, 0, value, value]) + wiggle(size=0.002)[:, None]
    frames[f"evaluation/resample-{over}-{under}-a{alphas[-1]}"] = evaluation(
        moved + wiggle()[:, None]
    )
    return frames | {"groups": groups(2, 4)}


def of_trend_over_classes(value, alpha, over, under, estimator):
    """From the easiest class, which loses half of `value`, to the hardest, in equal steps. The
    classes stand in another order.
    """
    hardness, base = np.array([3.0, 9, 5, 1]), np.array([0.7, 0.9, 0.8, 0.5])
    step = np.array([1, -3, -1, 3]) / 6 * value  # class 1 is the easiest
    noise = np.outer(wiggle(), [0.5, -0.5, 0.2, 0.5])
    return {
        f"allocation/{estimator}": allocation(hardness),
        "evaluation/full": evaluation(np.tile(base, (10, 1))),
        f"evaluation/resample-{over}-{under}-a{alpha}": evaluation(base + step + noise),
    }


def of_accuracy_change(value, alpha):
    """All strategies change the mean recall by `value`, or each by one of a list."""
    values = value if isinstance(value, list) else [value] * 9
    base = np.array([0.9, 0.7, 0.8])
    frames = {
        f"evaluation/resample-{over}-{under}-a{alpha}": evaluation(base + change)
        for (over, under), change in zip(STRATEGIES, values, strict=True)
    }
    return frames | {"evaluation/full": evaluation(np.tile(base, (10, 1)))}


def of_recall_gap(value):
    """Ten classes; the two best are `value` above the two worst. 20 members, of which the last ten
    fix them.
    """
    recall = np.array([0.5] * 2 + [0.5 + value / 2] * 6 + [0.5 + value] * 2)
    noise = np.zeros((20, 10))
    noise[:, 8:] = wiggle(20)[:, None]
    return {"evaluation/full": evaluation(recall + noise)}


def of_spread_against(value):
    """Half the classes .1 above and half below here and, less `value`, there: the spread is .1 and
    .1 - value.
    """
    sign = np.array([1, -1, 1, -1])
    noise = np.random.default_rng(6).normal(0, 0.01, (2, 10, 4))
    return {
        "evaluation/full": evaluation(0.6 + 0.1 * sign + noise[0]),
        "against/evaluation/full": evaluation(0.6 + (0.1 - value) * sign + noise[1]),
    }


# Stability


def of_pruning_change(value, estimator, rate, members=None):
    """`value` where it counts, with a band of 2% around it; less at other sizes, more at another
    rate. In the order of the seeds it is 1.5 times as much.
    """
    sizes = np.arange(1, 20)
    at = 1 if members is None else members
    change = np.where(sizes == at, value, value / 2)
    parts = [("paper", rate, 1.5 * change), ("study", rate, change), ("study", 50, change + 9)]
    return {
        "stability/pruning-change": {
            "estimator": np.full(57, estimator),
            "mode": np.repeat([mode for mode, _, _ in parts], 19),
            "rate": np.repeat([of_rate for _, of_rate, _ in parts], 19),
            "members": np.tile(sizes, 3),
            "change": np.concatenate([values for _, _, values in parts]),
            "low": np.concatenate([np.full(19, np.nan), 0.98 * change, change]),
            "high": np.concatenate([np.full(19, np.nan), 1.02 * change, change]),
        }
    }


def of_pruning_change_against(value, estimator, rate, members):
    """10 + value here, 10 there, with bands of 2%."""
    here = of_pruning_change(10 + value, estimator, rate, members)
    there = of_pruning_change(10, estimator, rate, members)
    return here | {f"against/{name}": there[name] for name in there}


def of_steps(level, means):
    """By each estimator, one more member changes means[estimator] / j."""
    sizes = np.arange(1, 20)
    parts = {
        name: mean * (1 + (-1) ** i * wiggle(19, 0.05)) / sizes
        for i, (name, mean) in enumerate(means.items())
    }
    described = {"estimator": np.repeat(list(parts), 19), "mode": np.full(19 * len(parts), "paper")}
    described["members"] = np.tile(sizes, len(parts))
    values = np.concatenate(list(parts.values()))
    if level == "samples":
        twice = {name: np.tile(column, 2) for name, column in described.items()}
        change = {
            "rate": np.repeat([10, 90], len(values)),
            "change": np.concatenate([values * 1.5, values * 0.5]),
        }
        return {"stability/pruning-change": twice | change}
    paper = described | {"parameter": np.full(len(values), "a1"), "mean": values}
    return {"stability/absolute-differences": with_mode_study(paper)}


def with_mode_study(paper):
    """The rows of another mode, with other numbers, below those of mode paper."""
    other = {
        "mode": np.full(len(paper["mode"]), "study"),
        "parameter": np.full(len(paper["mode"]), "r2"),
    }
    other |= {"mean": 1000 + paper["mean"][::-1]}
    return {
        name: np.concatenate([column, other.get(name, column)]) for name, column in paper.items()
    }


def of_less_stable(ratio, level, estimator, than, above=0, rates=()):
    """An estimator that changes `ratio` times as much as the steadiest of the others; a second one
    changes more.
    """
    steadiest, *rest = than
    more = 180 if estimator == "aum" else 100
    return of_steps(level, {estimator: ratio * 100, steadiest: 100} | dict.fromkeys(rest, more))


def of_members_saved(ratio, level, estimator, than):
    """The steadiest of the others changes 1 / `ratio` times as much as an estimator."""
    return of_less_stable(ratio, level, estimator, than)


def of_size_change(value, estimator, above):
    """`value` on average from j = 16 on."""
    sizes = np.arange(1, 20)
    mean = np.where(sizes > above, value, 900) + np.where(sizes % 2, 2, -2)
    frame = {
        "estimator": np.full(19, estimator),
        "mode": np.full(19, "paper"),
        "parameter": np.full(19, "a1"),
    }
    return {
        "stability/absolute-differences": with_mode_study(frame | {"members": sizes, "mean": mean})
    }


def overlap(jaccard, replaced, pairs, rates):
    """stability/overlap.csv: jaccard, replaced (pairs, rates) by 20 members, half of it by 8; a
    pair with another estimator shares nothing.
    """
    pairs, n = [*pairs, ("aum", "loss")], len(rates)
    first, second = np.repeat(np.array(pairs), n, axis=0).T
    others = np.zeros((1, n))
    by_all = {
        "first": first, "second": second, "rate": np.tile(rates, len(pairs)),
        "jaccard": np.concatenate([jaccard, others]).ravel(),
        "replaced": np.concatenate([replaced, others]).ravel(),
    }  # fmt: skip
    by_few = by_all | {name: by_all[name] / 2 for name in ("jaccard", "replaced")}
    members = np.repeat([8, 20], len(first))
    return {
        "stability/overlap": {"members": members}
        | {name: np.concatenate([by_few[name], by_all[name]]) for name in by_all}
    }


def of_swapped(value, pairs, rate):
    """1 - Jaccard of the pair that agrees most; the others agree less, all more at 90%."""
    jaccard = 1 - np.array([[value, 5], [value + 20, 5], [value + 30, 5]]) / 100
    return overlap(jaccard, 0.8 * (1 - jaccard), pairs, [rate, 90])


def of_swapped_most(value, pairs, largest):
    """1 - Jaccard of the pair and rate that count; at the others it is 5 points to the inside."""
    inside = value - 5 if largest else value + 5
    jaccard = 1 - np.array([[inside, inside], [value, inside]]) / 100
    return overlap(jaccard, 1 - jaccard, pairs, [10, 90])


def of_agreement_rises(value, pairs):
    """Jaccard rises by 10 points at each rate, of the last pair at the last rate by `value`."""
    jaccard = np.tile([0.1, 0.2, 0.3], (3, 1))
    jaccard[2, 2] = 0.2 + value / 100
    return overlap(jaccard, 1 - jaccard, pairs, [10, 50, 90])


# Tables I and II


def family(n, **changes):
    """Columns that say which table rows belong to."""
    usual = {
        "recipe": "resnet18",
        "baseline": "own",
        "mode": "paper",
        "setting": 1.0,
        "suffix": "",
    } | changes
    return {name: np.full(n, value) for name, value in usual.items()}


def of_table_of_changes(value, alpha, baseline="own", what="table"):
    """value: the smallest p, and whether there is nothing in the table, whose largest change is
    -.004 +- .003.
    """
    smallest, nothing = value
    said = {
        "what": [what, "gaps"],
        "strategies": [9, 9],
        "cells": [36, 81],
        "largest": [0.004, 0.5],
        "smallest_p": [smallest, 0.001],
        "nothing": [nothing, False],
        "nothing_power": [0.7, np.nan],
        "nothing_verdict": [NOTHING if nothing else "undecided", "undecided"],
    }
    other = family(2, setting=3.0) | {name: np.array(column)[::-1] for name, column in said.items()}
    mine = family(2, baseline=baseline) | {name: np.array(column) for name, column in said.items()}
    rows = [
        cell(*STRATEGIES[0], "recall", "easy", -0.004 if what == "table" else 0.9, 0.003),
        cell(*STRATEGIES[0], "f1", "easy", 0.9 if what == "table" else -0.004, 0.003),
        cell(*STRATEGIES[1], "recall", "hard", 0.001, 0.002),
        cell(*STRATEGIES[1], "f1", "hard", 0.001, 0.002),
    ]
    families = {name: np.concatenate([mine[name], other[name]]) for name in mine}
    return {"effects/families": families} | cells(rows, baseline=baseline)


def cells(rows, **changes):
    """effects/cells.csv of rows (over, under, metric, group, change, and further columns)."""
    usual = {
        "low": np.nan,
        "high": np.nan,
        "p": 1.0,
        "verdict": "undecided",
        "interval": "t over members",
    }
    rows = [usual | row for row in rows]
    return {
        "effects/cells": family(len(rows), **changes)
        | {name: np.array([row[name] for row in rows]) for name in rows[0]}
    }


def cell(over, under, metric, group, change, half=0.0, **further):
    known = {"over": over, "under": under, "metric": metric, "group": group, "change": change}
    return known | {"low": change - half, "high": change + half} | further


def of_cells_unchanged(value, alpha, over=None, under=None, metric=None, group=None):
    """The first of the chosen cells have these verdicts, the rest none; all other cells have
    changed.
    """
    verdicts, rows = iter(value), []
    for o, u in STRATEGIES:
        for m, g in [*FOUR, ("f1", "easy")]:
            wanted = ((o, over), (u, under), (m, metric or ("precision", "recall")), (g, group))
            chosen = all(values is None or name in values for name, values in wanted)
            verdict = next(verdicts, "none") if chosen else "changed"
            rows.append(cell(o, u, m, g, 0.001, verdict=verdict))
    return cells(rows)


def of_cell_changes(value, alpha, cells, other=0.9):
    """All cells change by `value` +-.003, or as a list says; all others by `other`."""
    values = value if isinstance(value, list) else [value] * len(cells)
    named = [cell(*place, change, 0.003) for place, change in zip(cells, values, strict=True)]
    others = [
        cell(*strategy, *one, other)
        for strategy in STRATEGIES
        for one in FOUR
        if [*strategy, *one] not in [list(place) for place in cells]
    ]
    return globals()["cells"]([*others, *named])


def of_cells_of_sign(count, alpha, cells, sign):
    """`count` of these cells have this sign, none for sure; no other has."""
    towards = 1 if sign == "+" else -1
    return of_cell_changes(
        [towards * (0.002 if i < count else -0.004) for i in range(len(cells))],
        alpha,
        cells,
        other=-towards,
    )


def of_gap_unchanged(value, alpha):
    """The standard deviation's verdicts, one a strategy; the gap between fixed classes has
    changed.
    """
    n = len(value)
    over, under = np.array(STRATEGIES[:n]).T
    change = np.concatenate([np.linspace(-0.004, 0.001, n), np.linspace(-0.05, -0.01, n)])
    rows = {
        "over": np.tile(over, 2),
        "under": np.tile(under, 2),
        "measure": np.repeat(["sd", "fixed_gap"], n),
        "change": change,
        "low": change - 0.001,
        "high": change + 0.001,
        "interval": np.full(2 * n, "t over members"),
        "p": np.repeat([0.3, 0.02], n),
        "verdict": np.array([*value, *["changed"] * n]),
    }
    return {"effects/gaps": family(2 * n) | rows}


def of_spread_of_classes(value, alpha, over, under, metric):
    """value: tau and its lower end."""
    tau, low = value
    rows = {
        "over": np.repeat([over, "hard"], 4),
        "under": np.full(8, under),
        "metric": np.full(8, metric),
        "low": np.tile([0.001, -0.02, -0.01, -0.01], 2),
        "high": np.tile([0.02, -0.001, 0.01, 0.01], 2),
        "tau": np.repeat([tau, 0.9], 4),
        "tau_low": np.repeat([low, 0.8], 4),
        "tau_high": np.repeat([tau + 0.01, 1], 4),
    }
    return {"effects/classes": family(8) | rows}


# Samples


def of_flagged_share(value, share, estimator, place):
    """Of ten classes with 100 samples each, class 2 loses 60 and class 1 `value`; others the rest
    of the 120.
    """
    labels = np.repeat(np.arange(10), 100)
    aum = np.linspace(1, 2, 1000)[::-1].copy()
    lost = np.concatenate(
        [np.flatnonzero(labels == 2)[:60], np.flatnonzero(labels == 1)[: round(value)]]
    )
    rest = np.flatnonzero(labels > 2)[:: 700 // (120 - len(lost))][: 120 - len(lost)]
    aum[lost], aum[rest] = -5, -4
    return {
        "samples": {
            "index": np.arange(1000),
            "label": labels,
            "name": labels.astype(str),
            estimator: aum,
        }
    }


def of_before_elbow(count, estimator):
    """`count` samples from -9 to 0, all others evenly from 0 to 1: the foot of the rise is at 0."""
    few, rest = np.linspace(-9, -0.01, count), np.linspace(0, 1, 50_000 - count)
    return {"samples": {estimator: np.concatenate([rest, few])}}


def copies(pairs, labels):
    """duplicates.csv of pairs of training images, each a group."""
    flat = np.array(pairs).reshape(-1, 2)
    given = np.array([[labels[image] for image in pair] for pair in flat.tolist()])
    n = flat.size
    return {
        "group": np.repeat(np.arange(len(flat)), 2),
        "part": np.full(n, "train"),
        "index": flat.ravel(),
        "label": given.ravel(),
        "conflict": np.repeat(given[:, 0] != given[:, 1], 2),
        "kind": np.full(n, "exact"),
    }


def of_hard_duplicates(count, hardest, estimator="aum"):
    """`count` pairs among the first 30 samples, the hardest; one pair half outside, one with equal
    labels, whose third copy, a test image, has another.
    """
    labels = np.arange(100) % 7
    labels[29] = labels[28]
    pairs = [(2 * i, 2 * i + 1) for i in range(count)] + [(27, 60), (28, 29)]
    samples = {
        "index": np.arange(100),
        "label": labels,
        "name": labels.astype(str),
        estimator: np.linspace(-4, 4, 100),
    }
    found = copies(pairs, labels)
    found["conflict"][-2:] = True
    return {"samples": samples, "duplicates": found}


def of_tied(count, estimator, value):
    scores = np.full(50_000, 0.25)
    scores[: int(count)] = value
    return {"samples": {estimator: scores}}


def of_same_pixels(alike, images):
    labels = dict.fromkeys([*images, 7, 8], 3) | {images[0]: 5}
    pairs = [images, (7, 8)] if alike == "differ" else [(images[0], 7), (images[1], 8)]
    if alike == "agree":
        pairs, labels = [images], dict.fromkeys(images, 5)
    return {"duplicates": copies(pairs, labels)}
