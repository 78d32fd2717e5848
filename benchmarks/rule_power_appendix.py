"""Simulate how often the rule of each published claim of Appendices B and C says reproduced: if the
claim is true, and if it is not. Writes workflow/claims-appendix-power.csv:

    PYTHONPATH=workflow:benchmarks python benchmarks/rule_power_appendix.py

It uses the terms of rule_power.py, and rule_models/chances.py. All data sets have ten classes; most
of these numbers show that ten classes are few.
"""

from dataclasses import replace

import numpy as np

from hardness.analysis.correlations import (
    BELOW,
    BOUND,
    RELATED,
    fisher_interval,
    spearman,
    verdict,
)
from hardness.evidence import claims
from hardness.evidence.kinds import KINDS, PAPER
from hardness.evidence.measures import appendix
from hardness.evidence.measures._values import Bounds, TestedTable, number
from hardness.scoring.estimation import direction as direction_of
from rule_models.chances import STUDY, direction, model, row_of, save
from study import needs
from study.strict import read_strictly

K, STRONG = 10, 0.9  # classes; a correlation that exists, of normal scores
FIGURES = {"members": 100, "noise": "the sampling of ten classes"}
EXACT = {"members": 100, "noise": "none: what the data alone decide", "runs": 1}
# Not simulated: the noise is not known, and the rule states the number
ALONE = ("family_share", "families_alike", "families_switched")
COMPARED = sum(map(len, KINDS.values()))  # data-based estimators in pixels, corrected for together
# Mean of the class accuracies, and their standard deviation over classes, which is also that of a
# member around them
ACCURACIES = {
    "mnist": (0.99, 0.005), "kmnist": (0.95, 0.02), "fashionmnist": (0.92, 0.06),
    "cifar10": (0.93, 0.04),
}  # fmt: skip


def members_of(claim: claims.Claim) -> int:
    """Return the number of networks that the paper trains."""
    return 25 if claim.data == "cifar10" else 100


def scores(rng, truth: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Return scores (E, k) of estimators whose correlations with the accuracy (k,) are `truth`."""
    truth = np.asarray(truth, dtype=float)[:, None]
    return truth * accuracy + np.sqrt(1 - truth**2) * rng.standard_normal((len(truth), K))


@model("class_correlation", **FIGURES, true="correlations of .9", null="none")
def class_correlation(claim, rng, true):
    names, accuracy = claim.arguments["estimators"], rng.standard_normal(K)
    truth = [direction(claim) * STRONG * true] * len(names)
    rho = spearman(scores(rng, truth, accuracy), accuracy)
    return claim, Bounds(rho, *fisher_interval(rho, K), names)


def critical(estimators: int) -> float:
    """Return the 95% quantile of the largest |correlation| of so many unrelated estimators."""
    rng = np.random.default_rng(0)
    ranks = rng.permuted(np.tile(np.arange(K), (10_000 * estimators, 1)), axis=1)
    largest = np.abs(spearman(ranks, np.arange(K))).reshape(-1, estimators).max(axis=1)
    return float(np.quantile(largest, 0.95))


CRITICAL = critical(COMPARED)


@model(
    "related_estimators", **FIGURES, true="no correlations", null="five correlations of .7",
)  # fmt: skip
def related_estimators(claim, rng, true):
    """The critical value of max-T is that for as many independent estimators as are compared."""
    accuracy = rng.standard_normal(K)
    truth = np.where(np.arange(len(PAPER)) < 5, 0 if true else 0.7, 0)
    rho = spearman(scores(rng, truth, accuracy), accuracy)
    return claim, number((np.abs(rho) >= CRITICAL).sum())


@model("weak_estimators", **FIGURES, true="no correlations", null="all of .6, the bound")
def weak_estimators(claim, rng, true):
    names, accuracy = claim.arguments["estimators"], rng.standard_normal(K)
    truth = np.full(len(names), 0 if true else BOUND)
    rho = spearman(scores(rng, truth, accuracy), accuracy)
    verdicts = [
        verdict(0 if abs(one) >= CRITICAL else 1, low, high)
        for one, low, high in zip(rho, *fisher_interval(rho, K), strict=True)
    ]
    nothing = all(one == BELOW for one in verdicts)
    return claim, TestedTable(np.abs(rho).max(), RELATED in verdicts, nothing, np.nan, "")


def values_frame(setting: str, space: str, names, found: np.ndarray) -> dict[str, np.ndarray]:
    """Return rows of class-accuracy/values.csv for scores (E, k) that are high for accurate
    classes; each gets the sign of its estimator.
    """
    signs = np.array([1 if direction_of(name) == "down" else -1 for name in names])[:, None]
    rows = len(names) * K
    return {
        "setting": np.full(rows, setting), "space": np.full(rows, space),
        "estimator": np.repeat(names, K), "class": np.tile(np.arange(K), len(names)),
        "score": (signs * found).ravel(),
    }  # fmt: skip


def frames_of(values, accuracies) -> dict[str, dict[str, np.ndarray]]:
    """Return the frames of a measure. values: from values_frame; accuracies: setting -> (k,)."""
    rows = len(accuracies) * K
    return {
        "class-accuracy/values": {
            name: np.concatenate([one[name] for one in values]) for name in values[0]
        },
        "class-accuracy/ensembles": {
            "setting": np.repeat(list(accuracies), K), "members": np.ones(rows, int),
            "class": np.tile(np.arange(K), len(accuracies)),
            "mean": np.concatenate(list(accuracies.values())),
        },
    }  # fmt: skip


@model(
    "sides_apart", **FIGURES | {"runs": 300}, true="correlations of .98 and .5",
    null="correlations of .98, which they have by construction, and .7",
)  # fmt: skip
def sides_apart(claim, rng, true):
    accuracy, setting = rng.standard_normal(K), claim.arguments["setting"]
    values = []
    for names, space, truth in (
        (appendix.PREDICTED, "predictions", 0.98),
        (PAPER, "pixels", 0.5 if true else 0.7),
    ):
        found = scores(rng, [truth] * len(names), accuracy)
        values.append(values_frame(setting, space, names, found))
    return claim, appendix.sides_apart(frames_of(values, {setting: accuracy}), STUDY, setting)


@model(
    "settings_alike", **FIGURES | {"runs": 300},
    true="the same correlations, from -.2 to .9, in both", null="independent ones",
)  # fmt: skip
def settings_alike(claim, rng, true):
    """Scores and accuracies of the classes are nine tenths the same in both settings."""
    full = rng.standard_normal(K)
    part = 0.95 * full + np.sqrt(1 - 0.95**2) * rng.standard_normal(K)
    truth = rng.uniform(-0.2, 0.9, len(PAPER))
    first = scores(rng, truth, full)
    second = 0.95 * first + np.sqrt(1 - 0.95**2) * rng.standard_normal(first.shape)
    if not true:
        second = scores(rng, rng.permutation(truth), part)
    values = [
        values_frame(setting, "pixels", PAPER, found)
        for setting, found in (("full", first), ("part", second))
    ]
    return claim, appendix.settings_alike(frames_of(values, {"full": full, "part": part}), STUDY)


def members_frame(settings, member: np.ndarray) -> dict[str, np.ndarray]:
    """Return rows of class-accuracy/ensembles.csv. member: (settings, M, k), accuracies."""
    members = member.shape[1]
    classes = np.tile(np.arange(K), len(settings) * members)
    return {
        "setting": np.repeat(settings, members * K),
        "members": np.tile(np.repeat(np.arange(1, members + 1), K), len(settings)),
        "class": classes,
        "name": classes.astype(str),
        "member": member.ravel(),
    }


@model(
    "largest_reversal", members=100, runs=300, true="independent accuracies in the two settings",
    null="the same accuracies in both",
    noise="assumed: mean accuracy and spread over classes and members by data set; test images",
)  # fmt: skip
def largest_reversal(claim, rng, true):
    (mean, spread), members = ACCURACIES[claim.data], members_of(claim)
    truth = np.clip(mean + spread * rng.standard_normal((2, K)), 0.5, 0.9995)
    sizes = (6_000 if claim.data == "cifar10" else 7_000, 1_000)
    member = np.array(
        [
            rng.binomial(n, truth[place * true]) / n + spread * rng.standard_normal((members, K))
            for place, n in enumerate(sizes)
        ]
    )
    running = member.cumsum(axis=1) / np.arange(1, members + 1)[:, None]
    frame = members_frame(("full", "part"), member) | {
        "n": np.repeat(sizes, members * K), "mean": running.clip(0, 1).ravel(),
    }  # fmt: skip
    frames = {"class-accuracy/ensembles": frame}
    return claim, appendix.largest_reversal(frames, STUDY)


@model(
    "members_against_classes", members=100, runs=300, noise="of the members",
    true="half as much again, or two thirds", null="as much over members as over classes",
)  # fmt: skip
def members_against_classes(claim, rng, true):
    settings = claim.arguments["settings"]
    ratio, members = 1.5 ** (true * direction(claim)), members_of(claim)
    classes = rng.standard_normal(K)
    classes /= classes.std(ddof=1)
    member = classes + ratio * rng.standard_normal((len(settings), members, K))
    frames = {"class-accuracy/ensembles": members_frame(settings, member)}
    return claim, appendix.members_against_classes(frames, STUDY, settings)


@model(
    "class_place", members=25, runs=300, null="the class is at another place, any one",
    true="the published place is another ensemble's, of the same classes",
    noise="assumed: accuracies differ by .04 over classes and by .015 over members",
)  # fmt: skip
def class_place(claim, rng, true):
    own, truth = claim.arguments["number_of_class"], 0.04 * rng.standard_normal(K)
    away = 0 if true else rng.integers(1, K)  # places from the published one
    at = np.argsort(truth)[(int(claim.value) - 1 + away) % K]
    truth[[own, at]] = truth[[at, own]]
    if true:
        other = truth + 0.015 / np.sqrt(25) * rng.standard_normal(K)
        claim = replace(claim, value=float(1 + (other < other[own]).sum()))
    member = truth + 0.015 * rng.standard_normal((25, K))
    frames = {"class-accuracy/ensembles": members_frame([claim.arguments["setting"]], member[None])}
    return claim, appendix.class_place(frames, STUDY, **claim.arguments)


@model("test_share", **EXACT, true="as the claim says", null="just not")
def test_share(claim, rng, true):
    return claim, number(claim.value + (0 if true else claim.bound + 1))


if __name__ == "__main__":
    computed = claims.checked(read_strictly(needs.APPENDIX)).claims
    table = [row_of(claim, ALONE) for claim in computed]
    for row, claim in zip(table, computed, strict=True):
        row["members"] = members_of(claim) if row["members"] else ""
    save(needs.APPENDIX, table)
