"""The published claims: hand-made artifacts of which each claim's verdict is known, and the paper's
own tables.
"""

import copy
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import yaml

from hardness.analysis import comparisons, effects
from hardness.analysis.inference import NOTHING
from hardness.core import artifacts
from hardness.data import datasets, duplicates
from hardness.evidence import claims, verdicts
from hardness.evidence.claims import Need
from hardness.evidence.measures import lookup
from hardness.evidence.measures._values import Study
from hardness.sets.spec import Resampled

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
CONTENT = yaml.safe_load((WORKFLOW / "claims.yaml").read_text())
CLAIMS = claims.checked(CONTENT)
BY_ID = {claim.id: claim for claim in CLAIMS.claims}
COMPUTED = [name for name, claim in BY_ID.items() if claim.later is None]
MEMBERS = {"stability": 20, "recall": 10, "hardness": 8, "retraining": 8}
STUDY = Study("resnet18", "aum", "", MEMBERS, {})
SMALL = Study("lenet-cifar", "el2n", "el2n", MEMBERS, {})
THREE = ("aum", "el2n", "forgetting-paper")
REPRODUCED, NOT, UNDECIDED = "reproduced", "not reproduced", "undecided at this M"
STRATEGIES = [
    (o, u)
    for u in ("none", "easy")
    for o in ("none", "random", "smote", "easy", "hard")
    if (o, u) != ("none",) * 2
]

BOTH = ("cifar10", "cifar100")

# Every row of the table of published numbers, with its claims.
ROWS = {
    "easy classes at the balanced start": ["easy-classes-cifar10", "easy-classes-cifar100"],
    "DLP 50% on CIFAR-10 removes": ["dlp-50-easiest", "dlp-50-hardest"],
    "70% pruned, CIFAR-10": [
        "dlp-70-best",
        "dlp-70-worst",
        "clp-70-best",
        "clp-70-worst",
        "dlp-70-narrower",
        "dlp-70-mean",
    ],
    "DLP against CLP": [
        f"dlp-clp-{rates}-{data}" for rates in ("low", "moderate", "high") for data in BOTH
    ],
    "Forgetting, 19 -> 20 members": ["forgetting-change-10", "forgetting-change-20"],
    "ties, 8 members": ["forgetting-ties-0", "forgetting-ties-1"],
    "at 90% pruned": [
        f"change-90-{name}-{data}" for name in ("aum", "forgetting", "el2n") for data in BOTH
    ],
    "EL2N, > 15 members": ["el2n-sizes-move", "el2n-sizes-worst"],
    "estimators swapped at 20%": ["swapped-cifar10", "swapped-cifar100"],
    "Table I": ["table-1-cifar10", "table-1-cifar100"],
    "undersampling negligible": [
        "undersampling-negligible-cifar10",
        "undersampling-negligible-cifar100",
        "undersampling-easy-recall",
        "undersampling-hard-recall",
        "easy-recall-falls",
    ],
    "bold cells": ["table-1-exceed", "table-1-bold"],
    "Table II": ["table-2", "table-2-raw-baseline"],
    "Fig. 9, 11": [
        f"{name}-{data}" for name in ("recall-not-monotone", "alpha-no-effect") for data in BOTH
    ],
    "Fig. 5, 6": ["flagged-12", "duplicate-pairs"],
    "AUM the most stable": [
        f"aum-{what}-{data}"
        for what in ("stable-samples", "stable-classes", "fewest-samples", "fewest-classes")
        for data in BOTH
    ],
    "46752 and 18461": ["duplicate-46752"],
    "App. B, Fig. 13 to 15": [
        "app-b-none",
        "app-b-separation",
        "app-b-families",
        "app-b-class-bias",
    ],
    "full-set recall gap": ["gap-large-cifar10", "gap-large-cifar100", "gap-larger"],
}

# Hand-made artifacts. Members differ by +-.004 around the number that is meant: a 95% interval of
# +-.0036.


def wiggle(members=8, size=0.004):
    return size * np.where(np.arange(members) % 2, 1, -1)


def evaluation(recall, wide=wiggle):
    """An ensemble with these recalls of its classes, the same for all members but for their
    wiggle.
    """
    recall = np.asarray(recall)
    members, k = (recall.shape[0], recall.shape[1]) if recall.ndim == 2 else (8, len(recall))
    values = recall if recall.ndim == 2 else recall + wide()[:, None]
    order = np.random.default_rng(0).permutation(members * k)  # rows may stand in any order
    columns = {
        "seed": np.repeat(np.arange(members), k),
        "class": np.tile(np.arange(k), members),
        "name": np.tile([f"c{c}" for c in range(k)], members),
        "recall": values.ravel(),
    }
    return {name: column[order] for name, column in columns.items()}


def allocation(hardness):
    """By AUM, of which more is easier; two settings, the classes' hardness the same in both."""
    k = len(hardness)
    return {
        "estimator": np.full(2 * k, "aum"),
        "mode": np.repeat(["paper", "study"], k),
        "class": np.tile(np.arange(k), 2),
        "name": np.tile([f"c{c}" for c in range(k)], 2),
        "hardness": np.tile(hardness, 2),
        "member_low": np.tile(hardness, 2) - 0.1,
        "member_high": np.tile(hardness, 2) + 0.1,
    }


def groups(easy, k):
    names = np.where(np.arange(k) < easy, "easy", "hard")
    return {"class": np.arange(k), "group": names, "rule": np.full(k, "paper")}


def of_easy_classes(value, data):
    return {"groups": groups(value, 100 if data == "cifar100" else 10)}


def of_removed_share(value, of, which, estimator):
    aum = np.array([3.0, 9, 5, 1])  # class 1 is the easiest, class 3 the hardest
    removed = np.where(np.arange(4) == (1 if which == "easiest" else 3), 50 * value, 2500)
    sizes = {
        "set": np.repeat(["full", of], 4),
        "class": np.tile(np.arange(4), 2),
        "n": np.full(8, 5000),
    }
    return {
        "sets/sizes": sizes | {"removed": np.concatenate([np.zeros(4), removed])},
        f"allocation/{estimator}": allocation(aum),
    }


def of_class_recall(value, of, which):
    others = [0.3, 0.2] if which == "best" else [0.98, 0.99]
    return {f"evaluation/{of}": evaluation([others[0], value, others[1]])}


def of_range_difference(value, of, less):
    return {
        f"evaluation/{of}": evaluation([0.5, 0.9 + value]),
        f"evaluation/{less}": evaluation([0.9, 0.5]),
    } | (
        {f"evaluation/{of}": evaluation(np.stack([0.5 + wiggle(), 0.9 + value - wiggle()], axis=1))}
    )


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


def of_falls_with_hardness(inversion, estimator="aum"):
    """Four classes, harder by .1 of recall each, but the last two, which differ by -inversion."""
    recall = np.array([0.9, 0.8, 0.7, 0.7 + inversion])
    noise = np.random.default_rng(3).normal(0, 0.01, (12, 4))
    noise -= noise[:10].mean(axis=0)
    order = [2, 0, 3, 1]  # the class at each place
    values = np.empty((12, 4))
    values[:, order] = recall + noise
    aum = np.empty(4)
    aum[order] = [4.0, 3, 2, 1]
    return {"evaluation/full": evaluation(values), f"allocation/{estimator}": allocation(aum)}


def of_alpha_effect(value, over, under, alphas):
    """The hard classes move by `value` at the last alpha."""
    base = np.array([0.9, 0.9, 0.6, 0.6])
    frames = {f"evaluation/resample-{over}-{under}-a{alpha}": evaluation(base) for alpha in alphas}
    moved = base + np.outer(np.ones(8), [0, 0, value, value]) + wiggle(size=0.002)[:, None]
    frames[f"evaluation/resample-{over}-{under}-a{alphas[-1]}"] = evaluation(
        moved + wiggle()[:, None]
    )
    return frames | {"groups": groups(2, 4)}


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


def of_pruning_change(value, estimator, rate, members=None):
    """`value` where it counts, with a band of 2% around it; less at other sizes, more at another
    rate.
    """
    sizes = np.arange(1, 20)
    at = 1 if members is None else members
    change = np.where(sizes == at, value, value / 2)
    columns = {
        name: [] for name in ("estimator", "mode", "rate", "members", "change", "low", "high")
    }
    for mode, of_rate, values in (
        ("paper", rate, change),
        ("study", rate, change),
        ("paper", 50, change + 9),
    ):
        for size, one in zip(sizes, values, strict=True):
            band = (np.nan, np.nan) if mode == "paper" else (0.98 * one, 1.02 * one)
            for column, field in zip(
                columns.values(), (estimator, mode, of_rate, size, one, *band), strict=True
            ):
                column.append(field)
    return {
        "stability/pruning-change": {name: np.array(column) for name, column in columns.items()}
    }


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


def of_less_stable(ratio, level, estimator, than, above=0):
    """An estimator that changes `ratio` times as much as the steadiest of the others; one of them
    changes more.
    """
    return of_steps(
        level, {estimator: ratio * 100, than[0]: 100, than[1]: 100 if estimator == "el2n" else 180}
    )


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


def of_members_saved(correlation, quantity, estimator, than):
    """Halves of ten members: AUM's correlate .95, so it needs 10; the others' `correlation`, or
    less.
    """
    names, values = (estimator, *than), np.array([0.95, correlation, 0.6])
    frame = {"estimator": np.array(names), "quantity": np.full(3, quantity), "half": np.full(3, 10)}
    return {
        "stability/reliability": frame
        | {"correlation": values, "low": values - 0.005, "high": values + 0.005}
    }


def of_swapped(value, estimators, rate):
    """1 - Jaccard of the pair that agrees most; the others agree less, pairs with another estimator
    more.
    """
    pairs = [*combinations(estimators, 2), ("aum", "loss")]
    jaccard = 1 - np.array([value, 80, 90, 1]) / 100
    first, second = np.array(pairs).T
    both = {
        "first": np.tile(first, 2),
        "second": np.tile(second, 2),
        "rate": np.repeat([rate, 90], 4),
        "members": np.full(8, 8),
    }
    return {"stability/overlap": both | {"jaccard": np.concatenate([jaccard, np.ones(4)])}}


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


def of_table_of_changes(value, alpha, baseline="own"):
    largest, point95, nothing = value
    said = {
        "what": ["table", "gaps"],
        "cells": [36, 81],
        "largest": [largest, 0.5],
        "point95": [point95, 0.1],
        "nothing": [nothing, False],
        "nothing_verdict": [NOTHING if nothing else "undecided", "undecided"],
    }
    other = family(2, setting=3.0) | {name: np.array(column)[::-1] for name, column in said.items()}
    mine = family(2, baseline=baseline) | {name: np.array(column) for name, column in said.items()}
    return {"effects/families": {name: np.concatenate([mine[name], other[name]]) for name in mine}}


def cells(rows, **changes):
    """effects/cells.csv of rows (over, under, metric, group, change, and further columns)."""
    usual = {
        "low": np.nan,
        "high": np.nan,
        "p": 1.0,
        "verdict": "undecided",
        "sd_over_classes": 1.0,
    }
    usual |= {"interval": "t over members"}
    rows = [usual | row | {"set": f"resample-{row['over']}-{row['under']}-a1"} for row in rows]
    return {
        "effects/cells": family(len(rows), **changes)
        | {name: np.array([row[name] for row in rows]) for name in rows[0]}
    }


def cell(over, under, metric, group, change, half=0.0, **further):
    return {
        "over": over,
        "under": under,
        "metric": metric,
        "group": group,
        "change": change,
        "low": change - half,
        "high": change + half,
    } | further


FOUR = [(metric, group) for metric in ("precision", "recall") for group in ("easy", "hard")]


def of_strategy_changes(verdicts, alpha, over, under):
    changed = [
        cell(over, under, *one, 0.001, verdict=v) for one, v in zip(FOUR, verdicts, strict=True)
    ]
    others = [cell("random", "easy", *one, 0.9, verdict="changed") for one in FOUR]
    further = [cell(over, under, "f1", "easy", 0.9, verdict="changed")]
    return cells([*changed, *others, *further])


def of_cell_change(value, alpha, over, under, metric, group):
    others = [cell(over, under, *one, 0.9, 0.001) for one in FOUR if one != (metric, group)]
    return cells(
        [
            *others,
            cell(over, under, metric, group, value, 0.003),
            cell("random", "easy", metric, group, 0.9),
        ]
    )


def of_cells_beyond_spread(count, alpha):
    """`count` of 36 cells exceed their +-; so do cells of F1, which are not of the table."""
    every = [(*one, *two) for one in STRATEGIES for two in FOUR]
    rows = [
        cell(*one, 0.002 * (-1) ** i, sd_over_classes=0.001 if i < count else 0.003)
        for i, one in enumerate(every)
    ]
    return cells([*rows, cell("none", "easy", "f1", "hard", 0.5, sd_over_classes=0.001)])


def of_falls_everywhere(value, alpha, metric, group):
    """All strategies fall by .005 +- .002, but the last, which changes by `value`: (change, p)."""
    rows = [cell(*one, metric, group, -0.005, 0.002, p=0.01) for one in STRATEGIES[:-1]]
    last = cell(*STRATEGIES[-1], metric, group, value[0], 0.002, p=value[1])
    return cells([*rows, last, cell(*STRATEGIES[0], metric, "hard", 0.5, 0.1, p=0.01)])


def of_flagged_share(value, share, estimator):
    """Class 1 of ten, with 100 samples each, loses `value` of them, others the rest of the 120."""
    labels = np.repeat(np.arange(10), 100)
    aum = np.linspace(1, 2, 1000)[::-1].copy()
    lost = np.flatnonzero(labels == 1)[: round(value)]
    rest = np.flatnonzero(labels != 1)[:: 900 // (120 - len(lost)) + 1]
    rest = np.concatenate([rest, np.setdiff1d(np.flatnonzero(labels > 1), rest)])[: 120 - len(lost)]
    aum[lost], aum[rest] = -5, np.where(labels[rest] == 0, -3.5, -4)
    return {
        "samples": {
            "index": np.arange(1000),
            "label": labels,
            "name": labels.astype(str),
            estimator: aum,
        }
    }


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


# What the artifacts show -> the verdict, for every claim. Several cases of a verdict in a list.
CASES = {
    "easy-classes-cifar10": {REPRODUCED: 6, NOT: [5, 7]},
    "easy-classes-cifar100": {REPRODUCED: [56, 58, 60], NOT: [55, 61]},
    "dlp-50-easiest": {REPRODUCED: [60, 65], NOT: [59, 71]},
    "dlp-50-hardest": {REPRODUCED: [20, 25], NOT: [14, 26]},
    "dlp-70-best": {REPRODUCED: 0.96, NOT: 0.9, UNDECIDED: 0.98},
    "dlp-70-worst": {REPRODUCED: 0.84, NOT: 0.8, UNDECIDED: 0.82},
    "clp-70-best": {REPRODUCED: 0.97, NOT: 0.9, UNDECIDED: 0.95},
    "clp-70-worst": {REPRODUCED: 0.62, NOT: 0.7, UNDECIDED: 0.6},
    "dlp-70-narrower": {REPRODUCED: -0.2, NOT: 0.05, UNDECIDED: 0.001},
    "dlp-70-mean": {REPRODUCED: 0.032, NOT: [0, 0.06, -0.03], UNDECIDED: 0.04},
    "dlp-clp-low-cifar10": {
        REPRODUCED: [0, [0.001, -0.001, 0.001]],
        NOT: [0.012, [0, 0, -0.012]],
        UNDECIDED: [0.005, [0, 0.004, 0]],
    },
    "dlp-clp-moderate-cifar10": {
        REPRODUCED: [0.01, [-0.01, 0, 0.03, 0.03]],
        NOT: -0.01,
        UNDECIDED: 0.002,
    },
    "dlp-clp-high-cifar10": {REPRODUCED: -0.01, NOT: 0.01, UNDECIDED: -0.002},
    "dlp-clp-low-cifar100": {REPRODUCED: [0, 0.005], NOT: [0.02, [0, 0.02]], UNDECIDED: 0.01},
    "dlp-clp-moderate-cifar100": {REPRODUCED: 0.01, NOT: -0.01, UNDECIDED: 0.002},
    "dlp-clp-high-cifar100": {REPRODUCED: -0.01, NOT: 0.01, UNDECIDED: 0},
    "forgetting-change-10": {REPRODUCED: 8.9, NOT: [2, 12], UNDECIDED: 9.9},
    "forgetting-change-20": {REPRODUCED: 2.8, NOT: [2, 4], UNDECIDED: 2.3},
    "forgetting-ties-0": {REPRODUCED: [4163, 3800], NOT: [3700, 36]},
    "forgetting-ties-1": {REPRODUCED: [3430, 3700], NOT: [3800, 65]},
    "change-90-aum-cifar10": {REPRODUCED: 1.5, NOT: 1.7, UNDECIDED: 1.6},
    "change-90-forgetting-cifar10": {REPRODUCED: 1, NOT: 4, UNDECIDED: 1.6},
    "change-90-el2n-cifar10": {REPRODUCED: 4.2, NOT: [3, 5], UNDECIDED: 4.7},
    "change-90-aum-cifar100": {REPRODUCED: 2.5, NOT: 3, UNDECIDED: 2.9},
    "change-90-forgetting-cifar100": {REPRODUCED: 2.5, NOT: 3, UNDECIDED: 2.9},
    "change-90-el2n-cifar100": {REPRODUCED: 5.1, NOT: [4, 6], UNDECIDED: 5.6},
    "el2n-sizes-move": {REPRODUCED: [100, 90], NOT: [60, 140], UNDECIDED: 125},
    "el2n-sizes-worst": {REPRODUCED: 1.5, NOT: 0.5, UNDECIDED: 1.01},
    "aum-stable-samples-cifar10": {REPRODUCED: 0.5, NOT: 1.5, UNDECIDED: 1.005},
    "aum-stable-samples-cifar100": {REPRODUCED: 0.5, NOT: 1.5, UNDECIDED: 1.005},
    "aum-stable-classes-cifar10": {REPRODUCED: 0.5, NOT: 1.5, UNDECIDED: 1.005},
    "aum-stable-classes-cifar100": {REPRODUCED: 0.5, NOT: 1.5, UNDECIDED: 1.005},
    "aum-fewest-samples-cifar10": {REPRODUCED: 0.9, NOT: 0.98, UNDECIDED: 0.945},
    "aum-fewest-samples-cifar100": {REPRODUCED: 0.9, NOT: 0.98, UNDECIDED: 0.955},
    "aum-fewest-classes-cifar10": {REPRODUCED: 0.9, NOT: 0.98, UNDECIDED: 0.95},
    "aum-fewest-classes-cifar100": {REPRODUCED: 0.9, NOT: 0.98, UNDECIDED: 0.95},
    "swapped-cifar10": {REPRODUCED: 44, NOT: 39},
    "swapped-cifar100": {REPRODUCED: 31, NOT: 29},
    "table-1-cifar10": {
        REPRODUCED: (0.002, 0.003, True),
        NOT: (0.004, 0.003, True),
        UNDECIDED: (0.002, 0.003, False),
    },
    "table-1-cifar100": {
        REPRODUCED: (0.008, 0.01, True),
        NOT: (0.02, 0.01, False),
        UNDECIDED: [(0.008, 0.01, False), (0.02, np.nan, False)],
    },
    "undersampling-negligible-cifar10": {
        REPRODUCED: [["none"] * 4, ["none", "none", "changed, below the margin", "none"]],
        NOT: ["none", "none", "none", "changed"],
        UNDECIDED: ["none", "undecided", "none", "changed, below the margin"],
    },
    "undersampling-negligible-cifar100": {
        REPRODUCED: ["none"] * 4,
        NOT: ["changed", "none", "undecided", "none"],
        UNDECIDED: ["undecided"] * 4,
    },
    "undersampling-easy-recall": {REPRODUCED: -0.0068, NOT: 0.005, UNDECIDED: -0.002},
    "undersampling-hard-recall": {REPRODUCED: -0.0081, NOT: 0.005, UNDECIDED: 0.002},
    "easy-recall-falls": {
        REPRODUCED: (-0.003, 0.2),
        NOT: (0.005, 0.04),
        UNDECIDED: [(-0.001, 0.2), (0.001, 0.9), (0.005, 0.06)],
    },
    "table-1-exceed": {REPRODUCED: [6, 4, 8], NOT: [3, 9]},
    "table-1-bold": {REPRODUCED: [4, 2, 6], NOT: [1, 7]},
    "table-2": {
        REPRODUCED: (0.004, 0.01, True),
        NOT: (0.02, 0.01, False),
        UNDECIDED: (0.004, 0.01, False),
    },
    "table-2-raw-baseline": {
        REPRODUCED: (0.004, 0.01, True),
        NOT: (0.02, 0.01, True),
        UNDECIDED: (0.004, 0.01, False),
    },
    "recall-not-monotone-cifar10": {REPRODUCED: 0.08, NOT: -0.1, UNDECIDED: [0.004, -0.004]},
    "recall-not-monotone-cifar100": {REPRODUCED: 0.08, NOT: -0.1, UNDECIDED: [0.004, -0.004]},
    "alpha-no-effect-cifar10": {REPRODUCED: 0.001, NOT: [0.02, -0.02], UNDECIDED: 0.005},
    "alpha-no-effect-cifar100": {REPRODUCED: 0.004, NOT: [0.03, -0.03], UNDECIDED: 0.01},
    "flagged-12": {REPRODUCED: [34, 60], NOT: [33, 20]},
    "duplicate-pairs": {REPRODUCED: [3, 4, 5], NOT: [2, 6, 0]},
    "duplicate-46752": {REPRODUCED: "differ", NOT: ["agree", "apart"]},
    "gap-large-cifar10": {REPRODUCED: 0.08, NOT: 0.04, UNDECIDED: 0.05},
    "gap-large-cifar100": {REPRODUCED: 0.3, NOT: 0.04, UNDECIDED: 0.1},
    "gap-larger": {REPRODUCED: 0.05, NOT: -0.05, UNDECIDED: 0},
}


def frames_of(claim, value):
    """The artifacts of a claim in which its quantity is `value`."""
    arguments = {"data": claim.data} if claim.measure == "easy_classes" else claim.arguments
    return globals()[f"of_{claim.measure}"](value, **arguments)


def one_each(ids=COMPUTED):
    """(id, verdict, value) of every case."""
    for name in ids:
        for verdict, values in CASES[name].items():
            several = (
                isinstance(values, list)
                and not isinstance(values[0], str)
                or verdict == NOT
                and name == "duplicate-46752"
            )
            for value in values if several else [values]:
                yield name, verdict, value


EACH = list(one_each())


@pytest.mark.parametrize(
    ("name", "verdict", "value"), EACH, ids=[f"{n}-{v}-{x}" for n, v, x in EACH]
)
def test_a_claim_is_judged_by_what_was_found(name, verdict, value):
    row = verdicts.check(BY_ID[name], frames_of(BY_ID[name], value), STUDY)
    assert row.verdict == verdict, row
    assert row.found and row.recipe == "resnet18"
    if row.low:
        assert float(row.low) <= float(row.found) <= float(row.high)


def test_every_claim_has_cases_that_reproduce_it_and_that_do_not():
    assert set(CASES) == set(COMPUTED) and len(CASES) == 59
    assert all({REPRODUCED, NOT} <= set(cases) for cases in CASES.values())
    certain = {name for name, cases in CASES.items() if UNDECIDED not in cases}
    deterministic = (
        "easy_classes",
        "removed_share",
        "tied",
        "swapped",
        "cells_beyond_spread",
        "flagged_share",
    )
    deterministic += ("hard_duplicates", "same_pixels")
    assert certain == {name for name in COMPUTED if BY_ID[name].measure in deterministic}


def test_every_published_number_has_its_claims():
    listed = [name for names in ROWS.values() for name in names]
    assert sorted(listed) == sorted(BY_ID) and len(listed) == 63
    of = {data: len(CLAIMS.about(data)) for data in claims.DATA}
    assert of == {"cifar10": 37, "cifar100": 24, "cifar100-clean": 2}
    assert [claim.id for claim in CLAIMS.claims if claim.against] == ["gap-larger"]


def test_what_waits_for_appendix_b_is_listed_and_not_computed():
    waiting = ROWS["App. B, Fig. 13 to 15"]
    found = verdicts.table(
        CLAIMS.about("cifar10"),
        {},
        STUDY,
        {claim.id: ["key"] for claim in CLAIMS.about("cifar10")},
    )
    assert (
        len(found["id"]) == 37
        and set(found["verdict"]) == {"not computed"}
        and set(found["found"]) == {""}
    )
    for name in waiting:
        assert claims.resolve(BY_ID[name], lambda need: None) == (
            [],
            ["Appendix B is not part of the study yet"],
        )


# What was found, in words


def test_a_verdict_hangs_on_the_rate_that_is_farthest_off():
    row = verdicts.check(
        BY_ID["dlp-clp-low-cifar10"], of_dlp_less_clp([0, 0.02, -0.001], [10, 20, 30], False), STUDY
    )
    assert (row.verdict, row.found) == (NOT, "0.02")
    assert row.note == "20% pruned; 90% interval; corrected for the 3 compared"
    row = verdicts.check(
        BY_ID["dlp-clp-low-cifar10"],
        of_dlp_less_clp([0, 0.001, -0.004], [10, 20, 30], False),
        STUDY,
    )
    assert (row.verdict, row.found) == (UNDECIDED, "-0.004")
    assert row.note == "30% pruned; the interval holds -0.005; 90% interval"


def test_rates_that_are_not_there_are_left_out():
    frames = of_dlp_less_clp([0.02, 0.03], [50, 70], True)
    row = verdicts.check(BY_ID["dlp-clp-moderate-cifar10"], frames, STUDY)
    assert (row.verdict, row.found, row.note) == (REPRODUCED, "0.025", "50%, 70% pruned")
    del frames["evaluation/prune-clp-50"]  # DLP alone, for another claim
    row = verdicts.check(BY_ID["dlp-clp-moderate-cifar10"], frames, STUDY)
    assert (row.found, row.note) == ("0.03", "70% pruned")


def test_intervals_are_students_t_by_hand():
    """8 members at .03 -+ .004: sd .004276, t(.95; 7) = 1.8946, half a 90% interval .002864;
    t(.975; 7) = 2.3646.
    """
    row = verdicts.check(BY_ID["dlp-70-mean"], of_dlp_less_clp(0.03, [70], False), STUDY)
    assert (row.low, row.high) == ("0.0271", "0.0329")
    row = verdicts.check(BY_ID["dlp-clp-high-cifar10"], of_dlp_less_clp(-0.03, [80], True), STUDY)
    assert (row.low, row.high) == ("-0.0336", "-0.0264")


def test_steps_weigh_the_size_of_the_ensemble_by_hand():
    """AUM changes 1, 2, 3 samples at j = 1, 2, 3, one other 2, 4, 6: weighted by j, (1 1 + 2 2 + 3
    3) / 6 fewer.
    """
    sizes, means = (
        np.arange(1, 4),
        {"aum": [1, 2, 3], "el2n": [7, 8, 9], "forgetting-paper": [2, 4, 6]},
    )
    frame = {
        "estimator": np.repeat(list(means), 3),
        "mode": np.full(9, "paper"),
        "parameter": np.full(9, "a1"),
    }
    frame |= {"members": np.tile(sizes, 3), "mean": np.concatenate(list(means.values()))}
    row = verdicts.check(
        BY_ID["aum-stable-classes-cifar10"], {"stability/absolute-differences": frame}, STUDY
    )
    assert row.note.startswith("aum less forgetting-paper") and row.found == "-2.33"


def test_members_that_a_reliability_needs_by_hand():
    """Halves of 10 with r = .9 need f = 19 .1 / .9 = 2.11 times as many, 21.1; with .95 exactly
    10.
    """
    frames = of_members_saved(0.9, "scores", "aum", ["el2n", "forgetting-paper"])
    row = verdicts.check(BY_ID["aum-fewest-samples-cifar10"], frames, STUDY)
    assert row.found == "11.1" and row.note.startswith("el2n less aum; aum needs 10")


def test_no_difference_is_not_shown_by_one_that_is_not_significant():
    rng = np.random.default_rng(1)
    clp = np.tile([0.9, 0.7], (8, 1))
    noisy = clp + rng.normal(0, 0.02, (8, 1))
    frames = {
        "evaluation/prune-dlp-10": evaluation(noisy),
        "evaluation/prune-clp-10": evaluation(clp),
    }
    row = verdicts.check(BY_ID["dlp-clp-low-cifar10"], frames, STUDY)
    assert float(row.low) < 0 < float(row.high) and row.verdict == UNDECIDED


def test_one_member_decides_nothing_that_needs_an_interval():
    frames = {
        name: evaluation(np.array([[0.9, value]]))
        for name, value in (("evaluation/prune-dlp-70", 0.6),)
    }
    row = verdicts.check(BY_ID["dlp-70-best"], frames, STUDY)
    assert (row.verdict, row.low, row.high) == (UNDECIDED, "", "")
    assert "too few members" in row.note


def test_a_range_over_shared_draws_decides_nothing():
    frames = of_alpha_effect(0.05, "smote", "easy", [1, 2])
    study = replace(STUDY, draws={"resample-smote-easy-a2": 3})
    row = verdicts.check(BY_ID["alpha-no-effect-cifar100"], frames, study)
    assert row.verdict == UNDECIDED and "3 draws" in row.note
    own = replace(STUDY, draws={"resample-smote-easy-a2": 8})
    assert verdicts.check(BY_ID["alpha-no-effect-cifar100"], frames, own).verdict == NOT
    shared = of_cell_change(-0.0068, 1, "none", "easy", "recall", "easy")
    shared["effects/cells"]["interval"] = np.full(5, "range over draws")
    assert verdicts.check(BY_ID["undersampling-easy-recall"], shared, STUDY).verdict == UNDECIDED


def test_the_class_that_stands_the_other_way_round_is_named():
    row = verdicts.check(BY_ID["recall-not-monotone-cifar10"], of_falls_with_hardness(0.08), STUDY)
    assert "c3 (easier by AUM) less c1" in row.note and "17% of 6 pairs" in row.note
    assert row.found == "-0.08"


def test_classes_whose_order_by_aum_is_not_known_are_not_compared():
    frames = of_falls_with_hardness(0.08)
    # the hardest, with a higher recall than the next one, now near it
    close = frames["allocation/aum"]["class"] == 1
    for name in ("hardness", "member_low", "member_high"):
        frames["allocation/aum"][name][close] += 0.9
    row = verdicts.check(BY_ID["recall-not-monotone-cifar10"], frames, STUDY)
    assert row.verdict == NOT and "0% of 5 pairs" in row.note
    frames["allocation/aum"]["member_high"][:] = 9
    row = verdicts.check(BY_ID["recall-not-monotone-cifar10"], frames, STUDY)
    assert row.verdict == UNDECIDED and "no two classes" in row.note


def test_a_part_of_the_table_says_so():
    frames = of_table_of_changes((0.002, 0.003, False), 1)
    frames["effects/families"]["cells"][0] = 12
    row = verdicts.check(BY_ID["table-1-cifar10"], frames, STUDY)
    assert row.note == "12 of 36 cells; 95% point of the largest by chance 0.0030; undecided"


def test_another_recipe_and_another_estimator_are_said():
    row = verdicts.check(BY_ID["easy-classes-cifar10"], of_easy_classes(6, "cifar10"), SMALL)
    assert row.note == "class sizes and groups by el2n, not aum; not the paper's recipe"
    row = verdicts.check(BY_ID["dlp-70-best"], of_class_recall(0.9, "prune-dlp-70", "best"), SMALL)
    assert (row.note, row.recipe) == (
        "c1; 90% interval; not the paper's recipe",
        "lenet-cifar",
    )
    row = verdicts.check(BY_ID["duplicate-46752"], of_same_pixels("differ", [46752, 18461]), SMALL)
    assert row.note == ""


def test_the_tables_of_another_estimator_are_found_by_its_suffix():
    frames = of_table_of_changes((0.002, 0.003, True), 1)
    with_suffix = {
        "effects/families": frames["effects/families"] | family(4, setting=1.0, suffix="el2n")
    }
    with_suffix["effects/families"]["setting"] = frames["effects/families"]["setting"]
    assert (
        verdicts.check(
            BY_ID["table-1-cifar10"],
            with_suffix,
            replace(STUDY, paper_estimator="el2n", paper_suffix="el2n"),
        ).verdict
        == REPRODUCED
    )
    other = replace(STUDY, recipe="other")
    with pytest.raises(ValueError):
        verdicts.check(BY_ID["table-1-cifar10"], frames, other)


def test_where_eq_3_is_undefined_the_claim_is_not_computed():
    by_study = of_easy_classes(6, "cifar10")
    by_study["groups"]["rule"][:] = "study"
    sizes = of_less_stable(1.5, "classes", "el2n", ["aum", "forgetting-paper"], 15)[
        "stability/absolute-differences"
    ]
    without = {name: column[sizes["estimator"] != "aum"] for name, column in sizes.items()}
    for name, frames in (
        ("easy-classes-cifar10", by_study),
        ("el2n-sizes-worst", {"stability/absolute-differences": without}),
    ):
        row = verdicts.check(BY_ID[name], frames, STUDY)
        assert (row.verdict, row.found) == (
            "not computed",
            "",
        ) and "Eq. 3 is undefined" in row.note


def test_steps_of_growing_ensembles_are_independent_enough_for_students_t():
    """Two estimators with the same noise: each is called steadier for sure in at most 2.5% of
    studies (4 standard errors allowed), by class sizes that follow running means of independent
    members.
    """
    rng, studies, claim = np.random.default_rng(11), 500, BY_ID["aum-stable-classes-cifar10"]
    answers = []
    for _ in range(studies):
        frames = of_steps("classes", dict.fromkeys(THREE, 1))
        for i in range(3):
            running = rng.normal(size=(20, 10)).cumsum(axis=0) / np.arange(1, 21)[:, None]
            frames["stability/absolute-differences"]["mean"][19 * i : 19 * i + 19] = np.abs(
                np.diff(running, axis=0)
            ).mean(axis=1)
        answers.append(verdicts.check(claim, frames, STUDY).verdict)
    assert answers.count(REPRODUCED) / studies < 0.025 + 4 * np.sqrt(0.025 * 0.975 / studies)
    assert answers.count(NOT) / studies < 0.05 + 4 * np.sqrt(0.05 * 0.95 / studies)
    assert answers.count(UNDECIDED) > 0.8 * studies


def test_classes_that_are_equally_good_are_not_called_out_of_order():
    """Twenty classes of the same recall, 190 pairs: in at most 5% of studies one is called out of
    order.
    """
    rng, studies, aum = np.random.default_rng(12), 300, np.arange(20.0)
    frames = [
        {
            "evaluation/full": evaluation(0.8 + rng.normal(0, 0.02, (10, 20))),
            "allocation/aum": allocation(aum),
        }
        for _ in range(studies)
    ]
    answers = [
        verdicts.check(BY_ID["recall-not-monotone-cifar10"], frame, STUDY).verdict
        for frame in frames
    ]
    assert answers.count(REPRODUCED) / studies < 0.05 + 4 * np.sqrt(0.05 * 0.95 / studies)
    assert answers.count(NOT) == 0


# The paper's own tables

TABLE_1 = {
    "cifar10": """
        -.00045 .00223  .00098 .00081 -.00015 .00251  .00047 .00152
        -.00105 .00240  .00114 .00313 -.00081 .00237  .00081 .00241
        -.00026 .00357 -.00068 .00148 -.00204 .00158  .00181 .00256
        -.00173 .00417  .00209 .00174 -.00063 .00192  .00047 .00022
        -.00119 .00327  .00040 .00366 -.00058 .00209 -.00053 .00258
        -.00113 .00221  .00029 .00292 -.00142 .00327  .00078 .00139
        -.00131 .00257  .00129 .00192 -.00194 .00251  .00216 .00173
         .00048 .00175  .00190 .00430  .00012 .00219  .00244 .00154
        -.00101 .00256 -.00056 .00251 -.00088 .00337 -.00072 .00129""",
    "cifar100": """
        -.00615 .01814 -.00859 .02097 -.00679 .01053 -.00810 .01804
        -.00043 .01381 -.00086 .01791 -.00235 .00936  .00164 .01412
         .00180 .01791 -.00355 .01838 -.00155 .01019 -.00027 .01519
         .00140 .01500 -.00282 .01682 -.00155 .01073  .00036 .01568
         .00091 .01573 -.00367 .01923 -.00060 .00933 -.00161 .01397
        -.00008 .01626 -.00297 .02020 -.00371 .01127  .00092 .01336
         .00536 .01719 -.00920 .01940 -.00409 .01291  .00101 .01400
         .00303 .01886 -.00193 .02092 -.00248 .01080  .00417 .01564
         .00134 .01515 -.00053 .01773 -.00310 .01023  .00378 .01330""",
}
ORDER = [
    ("none", "easy"),
    *((o, u) for u in ("none", "easy") for o in ("random", "smote", "easy", "hard")),
]


def printed(data, half=0.002):
    """Table I as it was printed, with an interval that it does not have."""
    numbers = np.array(TABLE_1[data].split(), dtype=float).reshape(9, 4, 2)
    rows = [
        cell(*strategy, *one, *numbers[i, j, :1], half, sd_over_classes=numbers[i, j, 1])
        for i, strategy in enumerate(ORDER)
        for j, one in enumerate(FOUR)
    ]
    return numbers, cells(rows)


def test_in_table_1_six_cells_exceed_their_spread():
    _, frames = printed("cifar10")
    row = verdicts.check(BY_ID["table-1-exceed"], frames, STUDY)
    assert (row.found, row.verdict) == ("6", REPRODUCED) and row.note.startswith("of 36 cells")


def test_the_numbers_about_table_1_follow_from_it():
    ten, hundred = printed("cifar10")[0], printed("cifar100")[0]
    assert np.abs(ten[..., 0]).max() <= 0.0025 and np.abs(hundred[..., 0]).max() <= 0.0095
    errors = np.abs(hundred[0, 2:, 0]) / (hundred[0, 2:, 1] / np.sqrt([58, 42]))
    np.testing.assert_allclose(errors, [4.9, 2.9], atol=0.05)
    for name, error in (("undersampling-easy-recall", "4.9"), ("undersampling-hard-recall", "2.9")):
        assert f"{error} standard errors" in BY_ID[name].where


def test_in_table_1_easy_recall_falls_by_all_nine_strategies():
    _, frames = printed("cifar100")
    row = verdicts.check(BY_ID["easy-recall-falls"], frames, STUDY)
    assert row.found == "9 of 9 fall, 6 for sure" and row.verdict == UNDECIDED
    assert (
        verdicts.check(BY_ID["easy-recall-falls"], printed("cifar100", 0.0001)[1], STUDY).verdict
        == REPRODUCED
    )


def test_table_1_contradicts_that_undersampling_is_negligible():
    _, frames = printed("cifar100", 0.003)
    for name in ("undersampling-easy-recall", "undersampling-hard-recall"):
        row = verdicts.check(BY_ID[name], frames, STUDY)
        assert row.verdict == REPRODUCED and float(BY_ID[name].published) == pytest.approx(
            float(row.found), abs=5e-5
        )


def test_the_chance_of_a_cell_to_exceed_its_spread_is_as_told():
    """Where nothing changes, about 5 of 36 cells do: 3 to 7 are a standard deviation or so around
    it.
    """
    rng = np.random.default_rng(2)
    counts = 0
    for classes in (6, 4):
        values = rng.normal(size=(2000, 18, classes))
        counts = counts + (np.abs(values.mean(axis=2)) > values.std(axis=2)).sum(axis=1)
    assert counts.mean() == pytest.approx(4.63, abs=4 * counts.std() / np.sqrt(2000))
    assert 0.75 < ((counts >= 3) & (counts <= 7)).mean() < 0.9
    assert "by chance alone 3 to 7" in BY_ID["table-1-exceed"].note


# What claims read


def test_artifacts_read_from_files_are_judged_alike(tmp_path):
    """A suffix of no set is no text in a csv, nor is a column of names that are all missing."""
    for name, verdict, value in EACH[::6]:
        frames = {}
        for key, columns in frames_of(BY_ID[name], value).items():
            artifacts.save_csv(tmp_path / "frame.csv", columns)
            frames[key] = artifacts.load_csv(tmp_path / "frame.csv")
        assert verdicts.check(BY_ID[name], frames, STUDY).verdict == verdict, name
    empty = {name: [] for name in ("group", "part", "index", "file", "label", "conflict", "kind")}
    artifacts.save_csv(tmp_path / "frame.csv", empty)
    none = {"duplicates": artifacts.load_csv(tmp_path / "frame.csv")}
    assert verdicts.check(BY_ID["duplicate-46752"], none, STUDY).verdict == NOT
    none |= {"samples": of_hard_duplicates(4, 30)["samples"]}
    assert verdicts.check(BY_ID["duplicate-pairs"], none, STUDY).found == "0"


def test_what_the_tests_of_effects_write_is_read():
    """Tables from predictions: two strategies, of which one loses a tenth of the hard classes'
    recall.
    """
    k, per_class = 4, 50
    labels, easy = np.repeat(np.arange(k), per_class), np.array([True, True, False, False])

    def predictions(right, members, seed):
        right = np.asarray(right)[labels] > np.random.default_rng(seed).random(
            (members, len(labels))
        )
        return np.where(right, labels, (labels + 1) % k)

    made = {
        ("full", "resnet18"): predictions([0.9, 0.8, 0.6, 0.5], 20, 0),
        ("resample-none-easy-a1", "resnet18"): predictions([0.9, 0.8, 0.2, 0.1], 8, 1),
        ("resample-smote-easy-a1", "resnet18"): predictions([0.9, 0.8, 0.6, 0.5], 8, 2),
    }
    specs = [Resampled(over, "easy", "paper", 1, "aum", 8, 8, 1) for over in ("none", "smote")]
    inputs = comparisons.Inputs(
        labels=labels,
        easy=easy,
        rule="paper",
        class_names=np.array(list("abcd")),
        sets={spec.name: spec for spec in specs},
        ensembles={
            key: comparisons.ensemble(labels, predicted, k) for key, predicted in made.items()
        },
        base="resnet18",
        origin=None,
        margin=0.05,
    )
    tables = effects.tables(inputs)
    frames = {
        f"effects/{name}": {key: np.array(column) for key, column in tables[name].items()}
        for name in tables
    }
    row = verdicts.check(BY_ID["table-1-cifar100"], frames, STUDY)
    assert row.verdict == NOT and float(row.found) > 0.1 and row.note.startswith("8 of 36 cells")
    row = verdicts.check(BY_ID["undersampling-negligible-cifar100"], frames, STUDY)
    assert row.verdict == NOT and "recall hard: changed" in row.note
    row = verdicts.check(BY_ID["undersampling-hard-recall"], frames, STUDY)
    assert row.verdict == REPRODUCED and float(row.low) < -0.4 < float(row.high) < 0


@pytest.mark.parametrize(
    ("need", "frame"),
    [
        (Need("evaluation", set="prune-dlp-70"), "evaluation/prune-dlp-70"),
        (Need("evaluation", set="full", of="against"), "against/evaluation/full"),
        (Need("allocation", estimator="aum"), "allocation/aum"),
        (Need("effects/cells", set="resample-none-easy-a1"), "effects/cells"),
    ],
)
def test_needs_name_frames(need, frame):
    assert need.frame == frame


@pytest.mark.parametrize("claim", CLAIMS.claims, ids=lambda claim: claim.id)
def test_a_claim_survives_being_passed_on_as_json(claim):
    """A rule hands its script plain values, and its log a json of them."""
    passed_on = claims.Claim.from_plain(json.loads(json.dumps(claim.plain())))
    assert passed_on == claim


@pytest.mark.parametrize("name", COMPUTED)
def test_a_claim_needs_all_that_its_measure_reads(name):
    """The hand-made artifacts are what a measure reads: the claim asks for each, and for nothing
    else.
    """
    claim = BY_ID[name]
    needs, keys = claims.resolve(claim, lambda need: None)
    assert not keys
    value = (
        next(iter(CASES[name][REPRODUCED]))
        if isinstance(CASES[name][REPRODUCED], list)
        else CASES[name][REPRODUCED]
    )
    value = ["none"] * 4 if value == "none" else value
    assert {need.frame for need in needs} == set(frames_of(claim, value))


def test_what_the_config_does_not_plan_is_told():
    def unplanned(need):
        return None if need.set.endswith("-70") else f"pruning: {need.set}"

    claim = BY_ID["dlp-clp-moderate-cifar10"]
    needs, keys = claims.resolve(claim, unplanned)
    assert [need.set for need in needs] == ["prune-dlp-70", "prune-clp-70"] and not keys
    needs, keys = claims.resolve(BY_ID["dlp-clp-low-cifar10"], unplanned)
    assert (needs, keys) == ([], ["pruning: prune-dlp-10", "pruning: prune-clp-10"])
    needs, keys = claims.resolve(BY_ID["dlp-clp-high-cifar10"], lambda need: "pruning: rates [80]")
    assert (needs, keys) == ([], ["pruning: rates [80]"])


def test_the_table_lists_every_claim_once_and_in_order():
    about = CLAIMS.about("cifar100-clean")
    frames = of_table_of_changes((0.004, 0.01, True), 1)
    found = verdicts.table(about, frames, STUDY, {"table-2-raw-baseline": ["a key", "another"]})
    assert found["id"] == ["table-2", "table-2-raw-baseline"]
    assert found["verdict"] == [REPRODUCED, "not computed"]
    assert found["note"][1] == "not planned: a key; another"
    assert tuple(found) == verdicts.COLUMNS
    assert {
        "claim",
        "where",
        "published",
        "found",
        "low",
        "high",
        "verdict",
        "note",
        "recipe",
    } <= set(found)


# What is wrong with claims.yaml


def broken(name="dlp-70-mean", drop=(), **changes):
    content = copy.deepcopy(CONTENT)
    (claim,) = [claim for claim in content["claims"] if claim["id"] == name]
    claim.update(changes)
    for key in drop:
        del claim[key]
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (broken(ruel={}), "claim 'dlp-70-mean': unknown key 'ruel': did you mean 'rule'"),
        (broken(drop=["where"]), "claim 'dlp-70-mean': the key 'where' is missing"),
        (broken(drop=["measure"]), "the key 'measure' is missing"),
        (broken(data="cifar11"), "unknown data 'cifar11': did you mean 'cifar10'"),
        (broken("gap-larger", against="mnist"), "claim 'gap-larger': unknown against 'mnist'"),
        (broken(published=0.3), "published is 0.3; expected text"),
        (broken(rule={"equals": 1}), "unknown rule 'equals': known are equal_within, sign"),
        (broken(rule={"at_most": 1, "sign": "+"}), "expected exactly one of equal_within, sign"),
        (broken(rule={"equal_within": "x"}), "the rule equal_within is 'x'; expected a number"),
        (broken(rule={"sign": "up"}), "the rule sign is 'up'; expected '[+]' or '-'"),
        (
            broken(rule={"at_most": 1}),
            "the value is 0.03; expected a number with the rule equal_within",
        ),
        (broken(drop=["value"]), "the value is None; expected a number"),
        (
            broken(measure={"dlp_les_clp": {}}),
            "unknown measure 'dlp_les_clp': did you mean 'dlp_less_clp'",
        ),
        (
            broken(measure={"dlp_less_clp": {"rates": [70]}}),
            "the measure dlp_less_clp needs the argument 'average'",
        ),
        (
            broken(measure={"recall_gap": {"rate": 1}}),
            "unknown argument 'rate' of the measure recall_gap",
        ),
        (
            broken(needs=[{"file": "evaluations"}]),
            "unknown file 'evaluations': did you mean 'evaluation'",
        ),
        (broken(needs=[{"file": "evaluation"}]), "the need of evaluation does not say 'set'"),
        (broken(needs=[{"file": "groups", "set": "full"}]), "unknown 'set' in the need of groups"),
        (broken(any_of=[[{"file": "sample"}]]), "unknown file 'sample': did you mean 'samples'"),
        (broken("app-b-none", rule={"at_most": 1}), "claim 'app-b-none': unknown key 'rule'"),
        (broken(id="dlp-70-best"), "claim 'dlp-70-best': the id is given twice"),
        ({"claims": []}, "claims.yaml holds claims; expected recipe, estimator and claims"),
    ],
)
def test_what_is_wrong_with_a_claim_is_told_with_its_name(content, message):
    with pytest.raises(ValueError, match=message):
        claims.checked(content)


def test_every_measure_is_used():
    used = {claim.measure for claim in CLAIMS.claims if claim.later is None}
    assert used == set(lookup.MEASURES) and len(used) == 23


# The script, and the real data


def test_the_script_writes_the_table(tmp_path):
    frames = of_table_of_changes((0.004, 0.01, True), 1)
    artifacts.save_csv(tmp_path / "families.csv", frames["effects/families"])
    job = {
        "input": {"all": [], "names": {"artifacts": [str(tmp_path / "families.csv")]}},
        "output": [str(tmp_path / "claims.csv")],
        "log": [str(tmp_path / "check_claims.log")],
        "params": {
            "claims": [claim.plain() for claim in CLAIMS.about("cifar100-clean")],
            "frames": ["effects/families"],
            "study": asdict(STUDY),
            "missing": {
                "table-2-raw-baseline": ["datasets.cifar100-clean.source: {kind: denoised}"]
            },
        },
        "wildcards": {},
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    script = [
        sys.executable,
        str(WORKFLOW / "scripts" / "check_claims.py"),
        str(tmp_path / "job.json"),
    ]
    subprocess.run(script, check=True, env=os.environ | {"PYTHONPATH": str(WORKFLOW)}, timeout=60)
    found = artifacts.load_csv(tmp_path / "claims.csv")
    assert (
        found["verdict"].tolist() == [REPRODUCED, "not computed"]
        and tuple(found) == verdicts.COLUMNS
    )


@pytest.mark.skipif(
    "HARDNESS_DATA" not in os.environ, reason="the real CIFAR-100 is at HARDNESS_DATA"
)
def test_the_paper_duplicates_are_found_in_the_real_cifar100():
    data = datasets.read({"kind": "cifar100"}, Path(os.environ["HARDNESS_DATA"]))
    found = {name: np.array(column) for name, column in duplicates.exact(data).items()}
    assert (
        verdicts.check(BY_ID["duplicate-46752"], {"duplicates": found}, STUDY).verdict == REPRODUCED
    )
    others = replace(BY_ID["duplicate-46752"], arguments={"images": [46752, 18460]})
    assert verdicts.check(others, {"duplicates": found}, STUDY).verdict == NOT
