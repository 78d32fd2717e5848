"""Simulate how often the rule of each published claim says reproduced: if the claim is exactly
true, and if it is not. Writes workflow/claims-power.csv:

    PYTHONPATH=workflow python benchmarks/rule_power.py

Each measure has a model of its result in a study with the paper's number of members, and the
package's own rule judges that, thousands of times. The noise of a class's recall follows from the ±
of the paper's Tables I and II. Noise that the paper does not print is assumed (NOISE), and the csv
says so.

"If true" means the number as printed or, if the rule asks for a sign, an order or a bound, the
effect that `true` names. "If null" means no effect or, for an equivalence, the edge of its
tolerance.
"""

import csv
import functools
import math
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.analysis import inference, pooling, variance
from hardness.analysis.correlations import spearman
from hardness.core.intervals import t_interval
from hardness.evidence import claims, verdicts
from hardness.evidence.claims import Claim
from hardness.evidence.measures import sizes as size_measures
from hardness.evidence.measures import stability as stability_measures
from hardness.evidence.measures._values import Bounds, Measured, Study, TestedTable, Units, number
from hardness.evidence.measures.effects import GROUPS, STRATEGIES, TABLE
from study import needs, published
from study.strict import read_strictly

WORKFLOW = Path(__file__).resolve().parents[1] / "workflow"
COLUMNS = ("id", "members", "if_true", "if_null", "runs", "true", "null", "noise")
MEMBERS = {"stability": 20, "recall": 10, "hardness": 8, "retraining": 8}
STUDY = Study("resnet18", "aum", "", MEMBERS, {})
CLASSES = {"cifar10": 10, "cifar100": 100, "cifar100-clean": 100}
EASY = {"cifar10": 6, "cifar100": 58, "cifar100-clean": 58}
MARGIN = {"cifar10": 0.005, "cifar100": 0.01, "cifar100-clean": 0.01}
# Assumed standard deviations. Over members: recall of a class, of the worst class, and the mean
# over classes after 70% are pruned; a class's mean AUM, as a share of it. Over ensembles:
# percentages, and a step's change, as a share of it.
NOISE = {"class": 0.01, "worst": 0.02, "mean": 0.005, "aum": 0.01, "percent": 0.5, "step": 0.1}


class Model(NamedTuple):
    """simulate(claim, rng, true) returns what a study finds, and the claim that it is compared
    with, whose published number may be that of another study. true, null, noise: its assumptions.
    """

    simulate: Callable[[Claim, np.random.Generator, bool], tuple[Claim, Measured]]
    members: int
    true: str
    null: str
    noise: str
    runs: int = 2000


MODELS: dict[str, Model] = {}


def model(*measures: str, **described):
    def register(simulate):
        MODELS.update({name: Model(simulate, **described) for name in measures})
        return simulate

    return register


def chance(claim: Claim, true: bool, runs: int) -> float:
    """Return how often the rule says that the claim is reproduced, as a share of the runs."""
    rng = np.random.default_rng([zlib.crc32(claim.id.encode()), true])
    passed = 0
    for _ in range(runs):
        passed += verdicts.judge(*MODELS[claim.measure].simulate(claim, rng, true)).answer == (
            verdicts.REPRODUCED
        )
    return passed / runs


def members_of(rng, truth, sd, members=8) -> Units:
    """Return members around the truth (R,), with independent noise."""
    truth = np.atleast_1d(np.asarray(truth, dtype=float))
    return Units(truth + sd * rng.standard_normal((members, len(truth))), [""] * len(truth))


def toward(claim: Claim, true: bool) -> float:
    """Return the published number, or the edge of its tolerance."""
    return claim.value if true else claim.value + claim.bound


def direction(claim: Claim) -> int:
    return 1 if claim.bound == "+" else -1


# Recall


EDGE = {"true": "the published number", "null": "a tolerance away from it"}


@model("class_recall", members=8, noise="assumed: .01, the worst class .02", **EDGE)
def class_recall(claim, rng, true):
    sd = NOISE["worst"] if claim.arguments["which"] == "worst" else NOISE["class"]
    return claim, members_of(rng, toward(claim, true), sd)


@model("range_difference", members=8, noise="assumed: best .01, worst .02, of both sets", **EDGE)
def range_difference(claim, rng, true):
    sd = math.sqrt(2 * (NOISE["class"] ** 2 + NOISE["worst"] ** 2))
    return claim, members_of(rng, toward(claim, true), sd)


@model(
    "dlp_less_clp", members=8, noise="assumed: .005 of a mean recall, of both sets",
    true="the published number; DLP or CLP ahead by .01",
    null="a tolerance away from it; neither ahead",
)  # fmt: skip
def dlp_less_clp(claim, rng, true):
    sd = math.sqrt(2) * NOISE["mean"]
    if claim.rule == "equal_within":
        columns = len(claim.arguments["rates"])
        if columns > 1:  # low rates
            sd = class_noise(claim.data) / math.sqrt(CLASSES[claim.data])
        return claim, members_of(rng, [toward(claim, true)] * columns, sd)
    return claim, members_of(rng, direction(claim) * 0.01 * true, sd)


@model(
    "spread_dlp_less_clp", members=8, noise="assumed: .01 of a class's recall, of both sets",
    true="lower by .005 at 10%, by as much more at each further rate", null="no difference",
)  # fmt: skip
def spread_dlp_less_clp(claim, rng, true):
    rates = np.arange(1, 9 if claim.data == "cifar10" else 8)
    sd = math.sqrt(2 / CLASSES[claim.data]) * NOISE["class"]
    return claim, members_of(rng, -0.005 * rates * true, sd)


@model(
    "gains_most", members=8, noise="assumed: .02 of a class's recall, of both sets",
    true="the two classes gain .1 more than any other", null="no difference between classes",
)  # fmt: skip
def gains_most(claim, rng, true):
    gain = 0.1 * true * np.isin(np.arange(10), claim.arguments["classes"])
    found = gain + math.sqrt(2) * NOISE["worst"] * rng.standard_normal((8, 10))
    named = claim.arguments["classes"]
    others = np.setdiff1d(np.arange(10), named)
    values = np.concatenate([found[:, [c]] - found[:, others] for c in named], axis=1)
    return claim, Units(values, [""] * values.shape[1])


@model(
    "alpha_effect", members=8, noise="the ± of Tables I and II",
    true="no effect", null="an effect as large as the margin, everywhere",
)  # fmt: skip
def alpha_effect(claim, rng, true):
    easy, k = EASY[claim.data], CLASSES[claim.data]
    columns = len(claim.arguments["alphas"]) - 1
    sd = np.tile(class_noise(claim.data) / np.sqrt([easy, k - easy]), columns)
    return claim, members_of(rng, np.full(2 * columns, toward(claim, true)), sd)


@model(
    "accuracy_change", members=8, noise="the ± of Tables I and II; all share the baseline's",
    true="no effect", null="an improvement as large as the margin, by all nine",
)  # fmt: skip
def accuracy_change(claim, rng, true):
    sd = class_noise(claim.data) / math.sqrt(2 * CLASSES[claim.data])
    own, baseline = rng.standard_normal((8, 9)), rng.standard_normal((8, 1))
    return claim, Units(MARGIN[claim.data] * (not true) + sd * (own - baseline), [""] * 9)


@model(
    "recall_gap", members=10, noise="the ± of Tables I and II",
    true="twice the bound", null="the bound",
)  # fmt: skip
def recall_gap(claim, rng, true):
    few = max(1, CLASSES[claim.data] // (5 if claim.data == "cifar10" else 10))
    sd = class_noise(claim.data) / math.sqrt(few)
    return claim, members_of(rng, claim.bound * (1 + true), sd, members=10)


def recalls(data: str, rng, spread: float) -> np.ndarray:
    """Return the recall (10, k) of ten members; the true recalls have this standard deviation."""
    classes = rng.standard_normal(CLASSES[data])
    sd = class_noise(data) / math.sqrt(2)
    noise = sd * rng.standard_normal((10, len(classes)))
    return spread * (classes - classes.mean()) / classes.std() + noise


def correlations(data: str, rng, correlation: float) -> np.ndarray:
    """Return |Spearman| (10,) of ten members, for classes whose true recalls have this |Spearman|,
    within .02; their standard deviation is .04 on CIFAR-10, .12 on CIFAR-100.
    """
    k, spread = CLASSES[data], 0.04 if data == "cifar10" else 0.12
    order, sd = np.arange(k), class_noise(data) / math.sqrt(2)
    normal = np.sort(rng.standard_normal(k))
    while True:
        mixed = correlation * normal + math.sqrt(1 - correlation**2) * rng.standard_normal(k)
        if abs(spearman(mixed, order) - correlation) < 0.02:
            break
    recall = spread * mixed / mixed.std() + sd * rng.standard_normal((10, k))
    return np.abs(spearman(recall, order))


SPREAD = "the ± of Tables I and II; assumed: recalls differ by .04 and .12 over classes"


@model(
    "correlation", members=10, noise=SPREAD, runs=1000, true="a correlation of .4",
    null="a correlation of .9",
)  # fmt: skip
def correlation(claim, rng, true):
    return claim, Units(correlations(claim.data, rng, 0.4 if true else 0.9)[:, None])


@model(
    "correlation_against", members=10, noise=SPREAD, runs=1000,
    true="correlations of .3 and .7", null="correlations of .6 on both",
)  # fmt: skip
def correlation_against(claim, rng, true):
    own = correlations(claim.data, rng, 0.3 if true else 0.6)
    other = correlations(claim.against, rng, 0.7 if true else 0.6)
    return claim, one(*map(float, variance.welch(own, other)))


@model(
    "spread_against", members=10, noise="the ± of Tables I and II", runs=1000,
    true="standard deviations over classes of .12 and .04", null="of .06 on both",
)  # fmt: skip
def spread_against(claim, rng, true):
    own = recalls(claim.data, rng, 0.12 if true else 0.06)
    other = recalls(claim.against, rng, 0.04 if true else 0.06)
    return claim, one(*variance.sd_without_noise_change(own, other))


def one(value, low, high) -> Bounds:
    return Bounds(np.array([value]), np.array([low]), np.array([high]))


# Tables I and II

# their cells, in the order of the arrays below
PLACES = [[o, u, m, g] for o, u in STRATEGIES for m in TABLE for g in GROUPS]


@functools.cache
def printed(data: str, column: str) -> np.ndarray:
    """Return a column of the paper's table, (9, 4): strategies x precision and recall of easy and
    hard classes.
    """
    names = ("over", "under", "metric", "group")
    values = {tuple(row[name] for name in names): row[column] for row in published.cells(data)}
    return np.array([values[tuple(place)] for place in PLACES]).reshape(9, 4)


@functools.cache
def class_noise(data: str) -> float:
    """Return the standard deviation over members of the change of a class's recall: if classes do
    not truly differ, the ± are those of means of eight members.
    """
    return math.sqrt(8 * (printed(data, "sd_over_classes")[:, 2:] ** 2).mean())


@functools.cache
def cell_noise(data: str) -> np.ndarray:
    """Return the same for the mean over easy and over hard classes, precision and recall, (4,)."""
    of_class = np.sqrt(8 * (printed(data, "sd_over_classes") ** 2).mean(axis=0))
    easy = EASY[data]
    return of_class / np.sqrt([easy, CLASSES[data] - easy] * 2)


class Simulated(NamedTuple):
    """A table of changes: (8, c), its p-values, and which cells lie below the margin."""

    changes: np.ndarray
    p: np.ndarray
    below: np.ndarray


def simulated(rng, truth: np.ndarray, noise: np.ndarray, margin: float) -> Simulated:
    """Simulate a table of S strategies x q columns. truth: (S, q); noise: (q,), of a change; half
    of its variance is that of the baseline, which all share. Twenty members of full scale the test.
    """
    full = rng.standard_normal((20, len(noise))) * noise / math.sqrt(2)
    own = rng.standard_normal((8, *truth.shape)) * noise / math.sqrt(2)
    changes = (truth + own - full[:8, None]).reshape(8, -1)
    column = np.tile(np.arange(len(noise)), len(truth))
    p = inference.max_t(changes, inference.scales(full, changes, column))
    return Simulated(changes, p, inference.tost(changes, margin)[0])


def tested(found: Simulated, cells: np.ndarray) -> TestedTable:
    """Return what the measures find in some of the cells."""
    changed = (found.p <= inference.ALPHA) & ~found.below
    largest = np.abs(found.changes.mean(axis=0)[cells]).max()
    return TestedTable(largest, changed[cells].any(), found.below[cells].all(), np.nan, "")


def changed_by_margin(data: str, columns: int = 4) -> np.ndarray:
    """Return changes (9, columns): easy classes lose, hard ones gain the margin in each metric."""
    return MARGIN[data] * np.tile([-1, 1], (9, columns // 2))


TABLES = {
    "members": 8,
    "noise": "the ± of Tables I and II",
    "null": "a change as large as the margin, in all cells",
    "runs": 500,
}


@model(
    "table_of_changes",
    **TABLES
    | {
        "true": "the printed cells; accuracy, F1 and MCC: no effect",
        "noise": "the ± of Tables I and II; of accuracy, F1 and MCC assumed: recall's",
    },
)
def table_of_changes(claim, rng, true):
    noise, truth = cell_noise(claim.data), printed(claim.data, "change")
    if claim.arguments.get("what") == "further":
        noise, truth = np.tile(noise[2:], 3), np.zeros((9, 6))
    truth = truth if true else changed_by_margin(claim.data, len(noise))
    found = simulated(rng, truth, noise, MARGIN[claim.data])
    changed = bool(found.p.min() <= inference.ALPHA)
    largest = np.abs(found.changes.mean(axis=0)).max()
    return claim, TestedTable(largest, changed, found.below.all(), np.nan, "")


@model("cells_unchanged", true="no effect", **TABLES)
def cells_unchanged(claim, rng, true):
    truth = np.zeros((9, 4)) if true else changed_by_margin(claim.data)
    found = simulated(rng, truth, cell_noise(claim.data), MARGIN[claim.data])
    wanted = {"over": None, "under": None, "metric": TABLE, "group": GROUPS} | claim.arguments
    chosen = [
        all(wanted[key] is None or value in wanted[key] for key, value in place.items())
        for place in ({"over": o, "under": u, "metric": m, "group": g} for o, u, m, g in PLACES)
    ]
    return claim, tested(found, np.array(chosen))


@model("gap_unchanged", true="no change", **TABLES)
def gap_unchanged(claim, rng, true):
    noise = np.array([class_noise(claim.data) / math.sqrt(CLASSES[claim.data])])
    truth = np.full((9, 1), -MARGIN[claim.data] * (not true))
    found = simulated(rng, truth, noise, MARGIN[claim.data])
    return claim, tested(found, np.ones(9, dtype=bool))


NO_EFFECT = TABLES | {"true": "the printed cells", "null": "no effect"}


def single_cells(claim: Claim, rng, truth: np.ndarray) -> np.ndarray:
    """Return the changes of the claim's cells, (8, c)."""
    found = simulated(rng, truth, cell_noise(claim.data), MARGIN[claim.data])
    return found.changes[:, [PLACES.index(list(cell)) for cell in claim.arguments["cells"]]]


@model("cell_changes", **NO_EFFECT)
def cell_changes(claim, rng, true):
    changes = single_cells(claim, rng, printed(claim.data, "change") * true)
    return claim, Bounds(*t_interval(changes), names=[""] * changes.shape[1])


@model("cells_of_sign", **NO_EFFECT | {"null": "no effect; at_most: all rise by .002"})
def cells_of_sign(claim, rng, true):
    null = np.full((9, 4), 0.002 if claim.rule == "at_most" else 0)
    changes = single_cells(claim, rng, printed(claim.data, "change") if true else null)
    sign = 1 if claim.arguments["sign"] == "+" else -1
    return claim, number((sign * changes.mean(axis=0) > 0).sum())


@model(
    "spread_of_classes", members=8, noise="the ± of Tables I and II",
    true="classes' changes differ by .01", null="they do not differ",
)  # fmt: skip
def spread_of_classes(claim, rng, true):
    k, easy = CLASSES[claim.data], EASY[claim.data]
    noise = class_noise(claim.data) * rng.standard_normal((8, k))
    fit = pooling.pooled(noise + 0.01 * true * rng.standard_normal(k), np.arange(k) < easy)
    return claim, one(fit.tau, fit.tau_low, fit.tau_high)


# Class sizes and counts


@model(
    "easy_classes", "easy_less_hard", members=8, runs=300,
    noise="assumed: 1% of a class's mean AUM",
    true="the published number of easy classes", null="half of the classes are easy",
)  # fmt: skip
def easy_classes(claim, rng, true):
    k = CLASSES[claim.data]
    easy = EASY[claim.data] if true else k // 2
    ratios = np.concatenate([-np.linspace(0.05, 1, easy) / easy, np.linspace(0.05, 1, k - easy)])
    ratios[easy:] /= k - easy
    ratios[:easy] *= ratios[easy:].sum() / -ratios[:easy].sum()
    means = 1 / (1 + 0.5 * ratios / np.abs(ratios).max())
    members = means * (1 + NOISE["aum"] * rng.standard_normal((8, k)))
    hardness, low, high = t_interval(members)
    frame = {
        "mode": np.full(k, "paper"), "class": np.arange(k), "n": np.full(k, 50_000 // k),
        "hardness": hardness, "member_low": low, "member_high": high,
    }  # fmt: skip
    measure = getattr(size_measures, claim.measure)
    return claim, measure({"allocation/aum": frame}, STUDY, "aum")


COUNTS = {"members": 8, "noise": "assumed: half a percentage point over ensembles"}
FAR = {"true": "the published number", "null": "twice the tolerance away from it"}
BOUND = {"true": "two points beyond the bound", "null": "two points short of it"}


def far(claim: Claim, true: bool) -> float:
    """Return the published number, or a number twice its tolerance away."""
    return claim.value + (0 if true else 2 * claim.bound)


@model("removed_share", "swapped_most", **COUNTS, **FAR)
def equal_percent(claim, rng, true):
    return claim, number(far(claim, true) + NOISE["percent"] * rng.standard_normal())


@model("flagged_share", "moved_by_recall", **COUNTS, **BOUND)
def bounded_percent(claim, rng, true):
    return claim, number(claim.bound + (2 if true else -2) + NOISE["percent"] * rng.normal())


@model("swapped", **COUNTS | {"members": 20}, **BOUND)
def swapped(claim, rng, true):
    found = claim.bound + (2 if true else -2) + NOISE["percent"] * rng.standard_normal(3)
    return claim, Bounds(found, names=[""] * 3)


@model(
    "agreement_rises", members=20, noise="assumed: half a percentage point over ensembles",
    true="evenly, from 40% at 10% pruned to 90% at 90%",
    null="by chance alone: estimators that know nothing of each other",
)  # fmt: skip
def agreement_rises(claim, rng, true):
    share = np.arange(1, 10) / 10
    jaccard = np.linspace(0.4, 0.9, 9) if true else share / (2 - share)
    values = 100 * jaccard + NOISE["percent"] * rng.standard_normal((3, 9))
    return claim, Bounds(np.diff(values, axis=1).ravel(), names=[""] * 24)


@model(
    "size_ratio", members=8, noise="assumed: half a percentage point over ensembles",
    true="classes lose 65 and 20%, as printed", null="they lose 60 and 25%",
)  # fmt: skip
def size_ratio(claim, rng, true):
    kept = np.array([80, 35] if true else [75, 40]) + NOISE["percent"] * rng.standard_normal(2)
    return claim, number(kept[0] / kept[1])


@model("tied", "before_elbow", members=8, noise="Poisson", **FAR)
def tied(claim, rng, true):
    return claim, number(rng.poisson(far(claim, true)))


@model(
    "hard_duplicates", members=8, noise="each pair is among the 30 in nine of ten ensembles",
    true="four pairs", null="one pair",
)  # fmt: skip
def hard_duplicates(claim, rng, true):
    return claim, number(rng.binomial(4 if true else 1, 0.9))


@model("same_pixels", members=0, noise="none", true="identical", null="not", runs=1)
def same_pixels(claim, rng, true):
    return claim, number(true)


# Stability


# Standard deviation over orders of the members, as a share of the mean, on cifar10-small
# (docs/reproduction): half of the 5 to 95% band divided by 1.645. That of el2n-train, which is not
# scored there, is from cifar10-resnet9: 3.549 to 3.723 about 3.634.
BANDS = {
    ("forgetting-paper", 10): 0.075,
    ("forgetting-paper", 20): 0.053,
    ("forgetting-paper", 90): 0.015,
    ("aum", 90): 0.05,
    ("el2n", 90): 0.106,
    ("el2n-train", 90): 0.015,
}


@model(
    "pruning_change",
    members=20,
    true="the published number is one order's, of another study like ours",
    null="it is of a study that changes half as much again, or (at most) two thirds",
    noise="the bands over orders on cifar10-small, of el2n-train on cifar10-resnet9",
)
def pruning_change(claim, rng, true):
    spread = BANDS[claim.arguments["estimator"], claim.arguments["rate"]]
    times = 1 if true else 1.5 if claim.bound == "equal" else 1 / 1.5
    published = times * claim.value * (1 + spread * rng.standard_normal())
    ours = claim.value * (1 + spread / math.sqrt(10) * rng.standard_normal())
    half = 1.645 * spread * ours
    return replace(claim, value=published), one(ours, ours - half, ours + half)


@model(
    "pruning_change_against", members=8, noise="assumed: bands of +-1 point",
    true="10 points less", null="no difference",
)  # fmt: skip
def pruning_change_against(claim, rng, true):
    value = -10 * true + math.sqrt(2) * rng.normal(0, 1 / 1.645)
    return claim, one(value, value - 2, value + 2)


def steps_of(claim: Claim, rng, sizes: dict[str, float], level: str) -> dict[str, np.ndarray]:
    """Return estimator -> its changes in the steps from 1 to 20 members, (19,). level classes: of
    classes' means over normal members; else c / j, with the noise of a step.
    """
    j, k, found = np.arange(1, 20), CLASSES[claim.data], {}
    for name, c in sizes.items():
        if level == "classes":
            running = rng.standard_normal((20, k)).cumsum(axis=0) / np.arange(1, 21)[:, None]
            found[name] = c * np.abs(np.diff(running, axis=0)).mean(axis=1)
        else:
            found[name] = c / j * (1 + NOISE["step"] * rng.standard_normal(19))
    return found


def steps_frames(claim: Claim, rng, times: float) -> dict[str, dict[str, np.ndarray]]:
    """Return frames in which the others change `times` as much as the claim's estimator, at the
    level of its arguments.
    """
    arguments = claim.arguments
    sizes = {arguments["estimator"]: 1.0} | dict.fromkeys(arguments["than"], times)
    found = steps_of(claim, rng, sizes, arguments["level"])
    frame = {
        "estimator": np.repeat(list(found), 19), "mode": np.full(19 * len(found), "paper"),
        "members": np.tile(np.arange(1, 20), len(found)),
    }  # fmt: skip
    values = np.concatenate(list(found.values()))
    if arguments["level"] == "classes":
        frame |= {"parameter": np.full(len(values), "a1"), "mean": values}
        return {"stability/absolute-differences": frame}
    frame |= {"rate": np.full(len(values), 90), "change": values}
    return {"stability/pruning-change": frame}


STEPS = {
    "members": 20,
    "noise": "classes: normal members; samples, assumed: a tenth of a step's change",
    "null": "no difference between estimators",
    "runs": 1000,
}


@model("less_stable", true="twice or half as much as the others", **STEPS)
def less_stable(claim, rng, true):
    times = (0.5 if direction(claim) > 0 else 2.0) if true else 1.0
    frames = steps_frames(claim, rng, times)
    return claim, stability_measures.less_stable(frames, STUDY, **claim.arguments)


@model("members_saved", true="the others change twice as much", **STEPS)
def members_saved(claim, rng, true):
    frames = steps_frames(claim, rng, 2.0 if true else 1.0)
    return claim, stability_measures.members_saved(frames, STUDY, **claim.arguments)


@model(
    "size_change", members=20, noise="classes: normal members", runs=1000,
    true="the published number is of another study like ours", null="ours moves half as much",
)  # fmt: skip
def size_change(claim, rng, true):
    above, names = claim.arguments["above"], ["ours", "other"]
    found = steps_of(claim, rng, {"ours": 1.0 if true else 0.5, "other": 1.0}, "classes")
    frame = {
        "estimator": np.repeat(names, 19), "mode": np.full(38, "paper"),
        "parameter": np.full(38, "a1"), "members": np.tile(np.arange(1, 20), 2),
        "mean": 450 * np.concatenate([found[name] for name in names]),
    }  # fmt: skip
    ours = stability_measures.size_change(
        {"stability/absolute-differences": frame}, STUDY, "ours", above
    )
    published = frame["mean"][19 + above :].mean()
    return replace(claim, value=float(f"{published:.0f}")), ours


def rows(computed: Iterable[Claim]) -> list[dict]:
    """Return one row per computed claim, in their order."""
    found = []
    for claim in computed:
        if claim.later is None:
            of = MODELS[claim.measure]
            chances = {
                key: f"{chance(claim, true, of.runs):.3g}"
                for key, true in (("if_true", True), ("if_null", False))
            }
            row = {"id": claim.id, "members": of.members, "runs": of.runs, **chances}
            found.append(row | {"true": of.true, "null": of.null, "noise": of.noise})
            print(f"{claim.id}: {chances['if_true']}, {chances['if_null']}", flush=True)
    return found


def row_of(claim: Claim, alone: Iterable[str]) -> dict:
    """Return a row of the csv; without chances for the measures `alone`, whose numbers are judged
    only by their values.
    """
    if claim.measure not in alone:
        (row,) = rows([claim])
        return row
    row = dict.fromkeys(COLUMNS, "")
    return row | {"id": claim.id, "noise": "not simulated: one number, judged by its value alone"}


def save(claims_file: Path, table: Iterable[dict]) -> None:
    """Write the table beside its file of claims, row by row."""
    path = claims_file.with_name(f"{claims_file.stem}-power.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    table = rows(
        claim
        for claim in claims.checked(read_strictly(needs.PUBLISHED)).claims
        if not wanted or claim.id in wanted
    )
    if not wanted:
        save(needs.PUBLISHED, table)
