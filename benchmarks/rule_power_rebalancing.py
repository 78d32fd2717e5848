"""Simulate how often the rule of each claim of the paper on re-balancing, and of our own questions,
says reproduced: if the claim is true, and if it is not. Writes
workflow/claims-rebalancing-power.csv:

    PYTHONPATH=workflow:benchmarks python benchmarks/rule_power_rebalancing.py

It uses the terms of rule_power.py, and rule_models/chances.py. If true: what the paper prints, or
what `true` names if it prints nothing. If not: no effect or, for an equivalence, the edge of its
tolerance. All noise is assumed (NOISE), because the paper prints none.
"""

import functools
import math

import numpy as np

from hardness.evidence import cells, claims
from hardness.evidence.measures import rebalancing
from hardness.evidence.measures._values import Bounds, Units, interval, number
from rule_models.chances import STUDY, direction, members_of, model, row_of, save, toward
from study import needs, published

# Standard deviations over members, in points: of an accuracy, and of a gain paired by seed; for
# groups of classes or digits, IN_GROUP times as much
NOISE = {"cifar10-lt": (0.7, 1.0), "cifar100-lt": (0.5, 0.7), "mnist-parity": (0.6, 0.4)}
IN_GROUP = 2.0
REREAD, SAME = 0.4, 0.1  # if the same networks are read twice, if the same training runs twice
MEMBERS = {"cifar10-lt": 8, "cifar100-lt": 8, "mnist-parity": 16}
SPLITS, DIFFERENT = 200, 0.05  # splits of a table; share of test samples that a method changes
# Test samples of a fifth of each table
TESTED = {"sonar": 42, "balance": 125, "cmc": 295, "ecoli": 68, "glass": 43, "heart": 54,
          "iris": 30, "robot": 1092, "seeds": 42, "wine": 36}  # fmt: skip
ROWS = {  # rows of Tables 1 to 3, by the method's suffix and whether it is read by TDE
    ("", False): "Base Model", ("focal", False): "Focal Loss",
    ("class-balanced", False): "Class-Balance Loss", ("", True): "TDE",
    ("more-minority", False): "Class-Balance(More Minority)", ("difficulty", True):
    "TDE + Our Method", ("difficulty", False): "Our Method",
}  # fmt: skip
GROUPS = {
    "majority": "Majority", "minority": "Minority", "even": "Even, Overall",
    "even-major": "Even, Major", "even-minor": "Even, Minor", "odd-major": "Odd, Major",
    "odd-minor": "Odd, Minor", "odd": "Odd, Overall",
}  # fmt: skip
UNPRINTED = 1.0  # points: an effect that the paper does not print
ALONE = ("simulated_order",)  # not simulated: one number without noise, judged by its value alone


@functools.cache
def printed() -> cells.Cells:
    """Return (data, row, column) -> value, for all tables."""
    return {
        (one["data"], one["row"], one["column"]): float(one["value"])
        for one in published.rebalancing()
    }


def table_of(claim: claims.Claim) -> str:
    """Return the data set's name in the published tables."""
    return claim.data.removesuffix("-lt").removeprefix("uci-")


def accuracy(claim, method: str, reading: str, of_set: str, group: str) -> float:
    """Return the accuracy that the paper prints; nan if it prints none."""
    data = table_of(claim)
    if data in TESTED:
        row = {"": "Base", "class-balanced": "CB", "difficulty": "Ours"}.get(method, "")
        return printed().get((data, row, "Accuracy"), np.nan)
    row = ROWS.get((method, reading.startswith("tde")), "")
    if reading == "logit-adjusted":
        return np.nan
    if data == "mnist-parity":
        row = row.replace("Our Method", "Our Approach")
        return printed().get((data, row, GROUPS.get(group, "Overall")), np.nan)
    column = GROUPS.get(group) or of_set.removeprefix("long-tailed-")
    return printed().get((data, row, column), np.nan)


def sets_of(claim) -> list[str]:
    return claim.arguments.get("sets") or [""]


def gains(claim) -> list[float]:
    """Return the printed gain in each set and group of a claim; UNPRINTED if there is none."""
    said = claim.arguments
    ours = said.get("method", ""), said.get("reading", "logits")
    less = said.get("less", ""), said.get("less_reading", "logits")
    unprinted = UNPRINTED * (direction(claim) if claim.rule == "sign" else 0)
    found = [
        accuracy(claim, *ours, name, group) - accuracy(claim, *less, name, group)
        for name in sets_of(claim)
        for group in said.get("groups", ["all"])
    ]
    if "family" in said:  # the printed numbers are of another training, which has not converged
        found = [np.nan]
    return [unprinted if np.isnan(one) else one for one in found]


def sd_of_gain(claim) -> float:
    """Return the standard deviation of a gain, which is smaller between two readings of the same
    networks, and between two runs of the same training.
    """
    said, data = claim.arguments, table_of(claim)
    if said.get("sets") == ["long-tailed-1"] and said["method"] == "class-balanced":
        return SAME
    if said.get("method") == said.get("less", "") and "reading" in said:
        return REREAD
    if data in TESTED:
        return 100 * math.sqrt(DIFFERENT / TESTED[data])
    grouped = claim.arguments.get("groups", ["all"]) != ["all"] or "group" in claim.arguments
    return NOISE[claim.data][1] * (IN_GROUP if grouped else 1)


def measured(claim, rng, truth, sd: float) -> Units:
    """Return members around the truth. Splits of one table share noise of TEST_SHARE of a split's
    variance, and have the intervals that the measures give them.
    """
    if claim.data in MEMBERS:
        return members_of(rng, truth, sd, MEMBERS[claim.data])
    truth = np.atleast_1d(np.asarray(truth, dtype=float))
    shared = sd * math.sqrt(rebalancing.TEST_SHARE) * rng.standard_normal(len(truth))
    found = members_of(rng, truth + shared, sd, SPLITS).values
    return rebalancing._units(list(found.T), ["splits"] * found.shape[1])


OF_MEMBERS = {"members": 8, "noise": "assumed: sd of members .5 to .7 points, of a gain .4 to 1, "
              "twice that in a group; of splits 5% of the test samples"}  # fmt: skip
EDGE = {"true": "the printed number", "null": "a tolerance away from it"}
PRINTED = {"true": "the printed gain, or 1 point where none is printed",
           "null": "no gain, or a tolerance away from the printed one"}  # fmt: skip


@model("method_accuracy", **OF_MEMBERS, **EDGE)
def method_accuracy(claim, rng, true):
    data, sd = table_of(claim), NOISE.get(claim.data, (0, 0))[0]
    if data in TESTED:
        sd = 100 * math.sqrt(claim.value / 100 * (1 - claim.value / 100) / TESTED[data])
    if claim.arguments.get("group", "all") != "all":
        sd *= IN_GROUP
    return claim, measured(claim, rng, toward(claim, true), sd)


@model("method_gain", **OF_MEMBERS, **PRINTED)
def method_gain(claim, rng, true):
    sd = sd_of_gain(claim)
    if claim.rule == "equal_within":
        return claim, measured(claim, rng, toward(claim, true), sd)
    truth = np.array(gains(claim))
    if claim.rule == "at_most":
        return claim, measured(claim, rng, truth if true else claim.bound, sd)
    if claim.arguments.get("average"):
        truth, sd = truth.mean(keepdims=True), sd / math.sqrt(len(truth))
    return claim, measured(claim, rng, truth * true, sd)


@model("gain_of_group", "gain_growth", **OF_MEMBERS, **PRINTED)
def difference_of_gains(claim, rng, true):
    said = claim.arguments
    if claim.measure == "gain_growth":
        steps = [(said["reading"], name, "all") for name in reversed(said["sets"])]
        method = less = ""
    else:
        steps = [("logits", sets_of(claim)[0], said[key]) for key in ("group", "than")]
        method, less = said["method"], said.get("less", "")
    both = [
        accuracy(claim, method, *step) - accuracy(claim, less, "logits", *step[1:])
        for step in steps
    ]
    truth = both[0] - both[1] if "digit-8" not in said.values() else -UNPRINTED
    reread = claim.measure == "gain_growth"
    sd = math.sqrt(2) * (REREAD if reread else NOISE[claim.data][1] * IN_GROUP)
    return claim, measured(claim, rng, truth * true, sd)


@model("group_gap", **OF_MEMBERS, true="the printed differences", null="no difference")
def group_gap(claim, rng, true):
    pairs = zip(claim.arguments["groups"], claim.arguments["than"], strict=True)
    truth = [
        np.subtract(*(accuracy(claim, "", "logits", "", group) for group in pair)) for pair in pairs
    ]
    return claim, measured(claim, rng, np.array(truth) * true, IN_GROUP * NOISE[claim.data][0])


@model("average_accuracy", "average_gain", members=SPLITS, noise="as of single tables, ten of them",
       true="the printed number is one split of each table; a gain of 3.3 points",
       null="that of a model 20 points away, or of a gain 10 points away; no gain")  # fmt: skip
def of_ten_tables(claim, rng, true):
    share = 0.2 if claim.measure == "average_accuracy" else DIFFERENT
    sd = 100 * math.sqrt(sum(share / n for n in TESTED.values())) / len(TESTED)
    if claim.rule == "sign":
        return claim, measured(claim, rng, 3.3 * true, sd)
    away = 0 if true else 20 if claim.measure == "average_accuracy" else 10
    return claim, band(claim.value + away, sd, rng)


def band(truth: float, sd: float, rng) -> Bounds:
    """Return the band of splits around a number, of which one split is printed."""
    splits = truth + sd * (rng.standard_normal(SPLITS) - rng.standard_normal())
    return interval(splits.mean(), *np.percentile(splits, rebalancing.BAND))


@model("realized_accuracy", "realized_gain", members=SPLITS,
       noise="binomial, of the test samples of a fifth; of a gain 5% of them",
       true="the printed number is one split of ours", null="that of a model 20 points away, "
       "or of a gain 10 points away")  # fmt: skip
def realized(claim, rng, true):
    n, is_gain = TESTED[table_of(claim)], claim.measure == "realized_gain"
    share = min(max(claim.value / 100, 0.05), 0.95)
    sd = 100 * math.sqrt((DIFFERENT if is_gain else share * (1 - share)) / n)
    away = 0 if true else (10 if is_gain else 20)
    return claim, band(claim.value + away, sd, rng)


@model("above_printed", **OF_MEMBERS, true="ours is 10 points below the printed accuracy",
       null="ours is as accurate as that")  # fmt: skip
def above_printed(claim, rng, true):
    data = table_of(claim)
    sd = 100 * math.sqrt(0.15 / TESTED[data]) if data in TESTED else NOISE[claim.data][0]
    return claim, measured(claim, rng, -10.0 * true, sd)


@model("ratio_after", members=16, runs=1000, **EDGE,
       noise="assumed: 2% of the ratio where difficulty makes it; else none")  # fmt: skip
def ratio_after(claim, rng, true):
    truth = claim.value if true else claim.value + 2 * claim.bound
    if claim.kind == claims.OF_DATA:
        return claim, number(truth)
    return claim, members_of(rng, truth, 0.02 * claim.value, 16)


@model("ratio_reduced", members=16, noise="assumed: 5% of a ratio",
       true="the printed ratios", null="none smaller")  # fmt: skip
def ratio_reduced(claim, rng, true):
    truth = np.log([1.4 / 1.7, 37.3 / 100.0])
    return claim, members_of(rng, truth * true, 0.05, 16)


@model("unlearned_by_rarity", members=16, noise="assumed: sd .2 of a correlation, .03 of a share",
       true="a correlation of .5; .05 more often", null="none")  # fmt: skip
def unlearned_by_rarity(claim, rng, true):
    of_digits = claim.arguments["level"] == "sub-class"
    truth, sd = (0.5, 0.2) if of_digits else (0.05, 0.03)
    return claim, members_of(rng, truth * true, sd, 16)


@model("last_epoch", members=16, noise="assumed: a tenth of the bound's distance",
       true="half of the bound; all samples right", null="twice the bound; half as far"
       " from 1 again")  # fmt: skip
def last_epoch(claim, rng, true):
    if claim.rule == "at_least":
        return claim, members_of(rng, 1.0 if true else claim.bound - 0.05, 0.01, 16)
    return claim, members_of(rng, claim.bound * (0.5 if true else 2), claim.bound / 10, 16)


@model("whole_samples", members=1, noise="none", true="single splits of a fifth",
       null="three accuracies that are printed to a tenth, all alike likely")  # fmt: skip
def whole_samples(claim, rng, true):
    n = TESTED[table_of(claim)]
    found = 100 * rng.integers(n // 2, n + 1, 3) / n if true else rng.uniform(50, 100, 3)
    own = {str(place): float(f"{one:.1f}") for place, one in enumerate(found)}
    frame = {"group": np.array(["all"]), "recipe": np.array([STUDY.recipe]),
             "samples": np.array([n])}  # fmt: skip
    return claim, rebalancing.whole_samples({rebalancing.MEMBERS: frame}, STUDY, own)


@model("rarest_share", members=1, noise="none", true="the printed share", null="a tenth more")
def rarest_share(claim, rng, true):
    return claim, number(claim.value * (1 if true else 1.1))


@model("samples_gained", members=1, noise="none", true="as the claim says", null="just not")
def samples_gained(claim, rng, true):
    return claim, number(claim.bound + (0 if true else 1))


@model("whole_less_parts", members=1, noise="rounding of all cells", true="they add up",
       null="one cell is wrong by a point")  # fmt: skip
def whole_less_parts(claim, rng, true):
    said = claim.arguments
    digits = 1 if claim.where == "Table 2" else 2
    own = {name: rng.uniform(40, 99) for name in said["parts"]}
    shares = np.array(list(said["parts"].values())) / sum(said["parts"].values())
    whole = float(shares @ np.array(list(own.values()))) + (0 if true else 1)
    own = {name: round(value, digits) for name, value in (own | {said["whole"]: whole}).items()}
    arguments = {key: said[key] for key in ("whole", "parts")}
    return claim, rebalancing.whole_less_parts({}, STUDY, own, **arguments)


# Our own questions


@model("ahead_of_hardness", members=8, noise="assumed: sd .7 points, twice that of hard classes",
       true="1 point ahead, 2 of hard classes", null="no difference")  # fmt: skip
def ahead_of_hardness(claim, rng, true):
    scale = IN_GROUP if "group" in claim.arguments else 1
    pairs = len(claim.arguments["methods"])
    return claim, members_of(rng, [scale * true] * pairs, 0.7 * scale)


@model("flipped_weight", members=8, noise="assumed: sd 1 point", true="5 points more",
       null="no more than others")  # fmt: skip
def flipped_weight(claim, rng, true):
    return claim, members_of(rng, 5.0 * true, 1.0)


@model("flipped_cost", members=8, noise="assumed: sd 2 points", true="5 points more",
       null="as much as plain training")  # fmt: skip
def flipped_cost(claim, rng, true):
    return claim, members_of(rng, 5.0 * true, 2.0)


@model("stability_of_difficulty", members=20, noise="assumed: sd .05 of a member's pseudo-value",
       true="as stable as AUM", null="a margin less stable")  # fmt: skip
def stability_of_difficulty(claim, rng, true):
    return claim, members_of(rng, 0 if true else claim.bound, 0.05, 20)


if __name__ == "__main__":
    every = claims.checked(needs.entries(needs.REBALANCING)).claims
    save(needs.REBALANCING, (row_of(claim, ALONE) for claim in every if claim.later is None))
