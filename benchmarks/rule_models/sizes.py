"""Models of class sizes, and of numbers that are counted or are percentages of samples."""

import math

import numpy as np

from hardness.core.intervals import t_interval
from hardness.evidence.claims import Claim
from hardness.evidence.measures import sizes
from hardness.evidence.measures._values import Bounds, number
from hardness.sets.allocation import PaperPolicy
from rule_models.chances import STUDY, model
from rule_models.noise import CLASSES, EASY, NOISE, class_noise


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
    measure = getattr(sizes, claim.measure)
    return claim, measure({"allocation/aum": frame}, STUDY, "aum")


@model(
    "moved_by_recall", members=8, runs=300, true="recall and AUM order the classes independently",
    null="they order them alike",
    noise="the ± of Tables I and II; assumed: AUM of 1 to 2, recalls differ by .04 and .12",
)  # fmt: skip
def moved_by_recall(claim, rng, true):
    k = CLASSES[claim.data]
    aum, place, n = np.linspace(1, 2, k), np.linspace(-1, 1, k), np.full(k, 50_000 // k)
    mean, spread = (0.95, 0.04) if claim.data == "cifar10" else (0.77, 0.12)
    recall = mean + spread * (rng.permuted(place) if true else place) / place.std()
    members = recall + class_noise(claim.data) / math.sqrt(2) * rng.standard_normal((8, k))
    by_aum = {
        "mode": np.full(k, "paper"), "alpha": np.ones(k), "class": np.arange(k), "n": n,
        "size": PaperPolicy(1).allocate(-aum, n, "down").sizes,
    }  # fmt: skip
    of_full = {
        "seed": np.repeat(np.arange(8), k), "class": np.tile(np.arange(k), 8),
        "recall": members.clip(0, 1).ravel(),
    }  # fmt: skip
    frames = {"allocation/aum": by_aum, "evaluation/full": of_full}
    return claim, sizes.moved_by_recall(frames, STUDY, "aum")


COUNTS = {"members": 8, "noise": "assumed: half a percentage point over ensembles"}
FAR = {"true": "the published number", "null": "twice the tolerance away from it"}
BOUND = {"true": "two points beyond the bound", "null": "two points short of it"}


def far(claim: Claim, true: bool) -> float:
    """Return the published number, or a number twice its tolerance away."""
    return claim.value + (0 if true else 2 * claim.bound)


@model("removed_share", "swapped_most", **COUNTS, **FAR)
def equal_percent(claim, rng, true):
    return claim, number(far(claim, true) + NOISE["percent"] * rng.standard_normal())


@model("flagged_share", **COUNTS, **BOUND)
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
