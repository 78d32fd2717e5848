"""Models of recall: of single classes, of pruned sets, by hardness, by alpha."""

import math

import numpy as np

from hardness.analysis import variance
from hardness.analysis.correlations import spearman
from hardness.evidence.measures._values import Units, interval
from rule_models.chances import but_one, direction, members_of, model, toward
from rule_models.noise import CLASSES, EASY, MARGIN, NOISE, class_noise

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
    null="a tolerance away from it, at one rate; neither ahead",
)  # fmt: skip
def dlp_less_clp(claim, rng, true):
    sd = math.sqrt(2) * NOISE["mean"]
    if claim.rule == "equal_within":
        columns = len(claim.arguments["rates"])
        if columns > 1:  # low rates
            sd = class_noise(claim.data) / math.sqrt(CLASSES[claim.data])
        truth = but_one(np.full(columns, claim.value), toward(claim, False), true)
        return claim, members_of(rng, truth, sd)
    return claim, members_of(rng, direction(claim) * 0.01 * true, sd)


@model(
    "spread_dlp_less_clp", members=8, noise="assumed: .01 of a class's recall, of both sets",
    true="lower by .005 at 10%, by as much more at each further rate",
    null="as if true, but no difference at 10%",
)  # fmt: skip
def spread_dlp_less_clp(claim, rng, true):
    rates = np.arange(1, 9 if claim.data == "cifar10" else 8)
    sd = math.sqrt(2 / CLASSES[claim.data]) * NOISE["class"]
    return claim, members_of(rng, but_one(-0.005 * rates, 0, true), sd)


@model(
    "gains_most", members=8, noise="assumed: .02 of a class's recall, of both sets",
    true="the two classes gain .1 more than any other", null="a third class gains as much",
)  # fmt: skip
def gains_most(claim, rng, true):
    named = claim.arguments["classes"]
    others = np.setdiff1d(np.arange(10), named)
    gain = but_one(0.1 * np.isin(np.arange(10), named), 0.1, true, others[0])
    found = gain + math.sqrt(2) * NOISE["worst"] * rng.standard_normal((8, 10))
    values = np.concatenate([found[:, [c]] - found[:, others] for c in named], axis=1)
    return claim, Units(values, [""] * values.shape[1])


@model(
    "alpha_effect", members=8, noise="the ± of Tables I and II",
    true="no effect", null="an effect as large as the margin, on one group at one alpha",
)  # fmt: skip
def alpha_effect(claim, rng, true):
    easy, k = EASY[claim.data], CLASSES[claim.data]
    columns = len(claim.arguments["alphas"]) - 1
    sd = np.tile(class_noise(claim.data) / np.sqrt([easy, k - easy]), columns)
    return claim, members_of(rng, but_one(np.zeros(2 * columns), toward(claim, False), true), sd)


@model(
    "trend_over_classes", members=8, noise="the ± of Tables I and II",
    true="no effect", null="a line as steep as the tolerance",
)  # fmt: skip
def trend_over_classes(claim, rng, true):
    place = np.linspace(-0.5, 0.5, CLASSES[claim.data])
    sd = class_noise(claim.data) / math.sqrt(place @ place)
    return claim, members_of(rng, toward(claim, true), sd)


@model(
    "accuracy_change", members=8, noise="the ± of Tables I and II; all share the baseline's",
    true="no effect", null="an improvement as large as the margin, by one of nine",
)  # fmt: skip
def accuracy_change(claim, rng, true):
    sd = class_noise(claim.data) / math.sqrt(2 * CLASSES[claim.data])
    own, baseline = rng.standard_normal((8, 9)), rng.standard_normal((8, 1))
    truth = but_one(np.zeros(9), MARGIN[claim.data], true)
    return claim, Units(truth + sd * (own - baseline), [""] * 9)


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
    return claim, interval(*map(float, variance.welch(own, other)))


@model(
    "spread_against", members=10, noise="the ± of Tables I and II", runs=1000,
    true="standard deviations over classes of .12 and .04", null="of .06 on both",
)  # fmt: skip
def spread_against(claim, rng, true):
    own = recalls(claim.data, rng, 0.12 if true else 0.06)
    other = recalls(claim.against, rng, 0.04 if true else 0.06)
    return claim, interval(*variance.sd_without_noise_change(own, other))
