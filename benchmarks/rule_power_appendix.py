"""How often the rule of each published claim of Appendices B and C comes out as reproduced: if the
claim is true, and if it is not. Writes workflow/claims-appendix-power.csv:

    PYTHONPATH=workflow:benchmarks python benchmarks/rule_power_appendix.py

As rule_power.py, whose words and machinery it takes. All data sets have ten classes, and ten
classes are few: that is what most of these numbers say.
"""

import csv

import numpy as np

from hardness.analysis.correlations import fisher_interval, spearman
from hardness.evidence import claims
from hardness.evidence.kinds import PAPER
from hardness.evidence.measures import appendix
from hardness.evidence.measures._values import Bounds, number
from hardness.scoring.estimation import direction as direction_of
from rule_power import COLUMNS, STUDY, WORKFLOW, direction, model, rows
from study import needs
from study.strict import read_strictly

K, STRONG = 10, 0.9  # classes; a correlation that is there, of normal scores
FIGURES = {"members": 100, "noise": "the sampling of ten classes"}
ALONE = {"members": 100, "noise": "none: one number, judged by its value alone", "runs": 1}


def scores(rng, truth: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Scores (E, k) of estimators that correlate with the accuracy as `truth` says."""
    truth = np.asarray(truth, dtype=float)[:, None]
    return truth * accuracy + np.sqrt(1 - truth**2) * rng.standard_normal((len(truth), K))


@model("class_correlation", **FIGURES, true="correlations of .9", null="none")
def class_correlation(claim, rng, true):
    names, accuracy = claim.arguments["estimators"], rng.standard_normal(K)
    truth = [direction(claim) * STRONG * true] * len(names)
    rho = spearman(scores(rng, truth, accuracy), accuracy)
    return claim, Bounds(rho, *fisher_interval(rho, K), names)


def critical(estimators: int) -> float:
    """The 95% point of the largest correlation of so many independent estimators with nothing."""
    rng = np.random.default_rng(0)
    ranks = rng.permuted(np.tile(np.arange(K), (10_000 * estimators, 1)), axis=1)
    largest = np.abs(spearman(ranks, np.arange(K))).reshape(-1, estimators).max(axis=1)
    return float(np.quantile(largest, 0.95))


CRITICAL = critical(len(PAPER))


@model(
    "related_estimators", **FIGURES, true="no correlations",
    null="five correlations of .9, or as many as there are",
)  # fmt: skip
def related_estimators(claim, rng, true):
    names, accuracy = claim.arguments.get("estimators", PAPER), rng.standard_normal(K)
    truth = np.where(np.arange(len(names)) < 5, 0 if true else STRONG, 0)
    rho = spearman(scores(rng, truth, accuracy), accuracy)
    return claim, number((np.abs(rho) >= CRITICAL).sum())


@model(
    "sides_apart", **FIGURES | {"runs": 500}, true="correlations of .95 and .5", null="all of .7"
)
def sides_apart(claim, rng, true):
    accuracy, setting = rng.standard_normal(K), claim.arguments["setting"]
    values = []
    for names, space, truth in (
        (appendix.PREDICTED, "predictions", 0.95 if true else 0.7),
        (PAPER, "pixels", 0.5 if true else 0.7),
    ):
        signs = [1 if direction_of(name) == "down" else -1 for name in names]
        found = scores(rng, truth * np.array(signs), accuracy)
        values += [(space, name, c, found[e, c]) for e, name in enumerate(names) for c in range(K)]
    space, name, place, score = zip(*values, strict=True)
    frames = {
        "class-accuracy/values": {
            "setting": np.full(len(values), setting), "space": np.array(space),
            "estimator": np.array(name), "class": np.array(place), "score": np.array(score),
        },
        "class-accuracy/ensembles": {
            "setting": np.full(K, setting), "members": np.ones(K, int), "class": np.arange(K),
            "mean": accuracy,
        },
    }  # fmt: skip
    return claim, appendix.sides_apart(frames, STUDY, setting)


@model(
    "settings_alike", **FIGURES, true="the same correlations, from -.2 to .9, in both",
    null="independent ones",
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
    return claim, number(np.corrcoef(spearman(first, full), spearman(second, part))[0, 1])


@model(
    "members_against_classes", members=100, runs=300, noise="of the members",
    true="half as much again, or two thirds", null="as much over members as over classes",
)  # fmt: skip
def members_against_classes(claim, rng, true):
    settings = claim.arguments["settings"]
    ratio, members = 1.5 ** (true * direction(claim)), 25 if claim.data == "cifar10" else 100
    classes = rng.standard_normal(K)
    classes /= classes.std(ddof=1)
    member = classes + ratio * rng.standard_normal((len(settings), members, K))
    frame = {
        "setting": np.repeat(settings, members * K),
        "members": np.tile(np.repeat(np.arange(1, members + 1), K), len(settings)),
        "class": np.tile(np.arange(K), len(settings) * members),
        "member": member.ravel(),
    }
    frames = {"class-accuracy/ensembles": frame}
    return claim, appendix.members_against_classes(frames, STUDY, settings)


@model(
    "family_share", "families_alike", "families_switched", "class_place", "orders_alike",
    "test_share", **ALONE, true="as the claim says", null="just not",
)  # fmt: skip
def by_value_alone(claim, rng, true):
    reached = claim.bound if claim.value is None else claim.value
    step = {"at_most": 0.01, "at_least": -0.01}.get(claim.rule, claim.bound + 1)
    return claim, number(reached if true else reached + step)


if __name__ == "__main__":
    computed = claims.checked(read_strictly(needs.APPENDIX)).claims
    with (WORKFLOW / "claims-appendix-power.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(computed))
