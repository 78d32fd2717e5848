"""Simulate how often the rule of each claim about hardness without labels says reproduced: if the
claim is true, and if it is not. Writes workflow/claims-unlabelled-power.csv:

    PYTHONPATH=workflow:benchmarks python benchmarks/rule_power_unlabelled.py

It uses the terms of rule_power.py, and rule_models/chances.py. The paper has one network for each
number, and no interval: all noise is assumed, for 8 members and 10,000 samples.
"""

import numpy as np
from scipy.special import stdtrit

from hardness.analysis.correlations import fisher_interval, spearman
from hardness.evidence import claims
from hardness.evidence.measures._values import CLASSES, Bounds, interval
from rule_models.chances import direction, model, row_of, save, toward
from study import needs
from study.strict import read_strictly

MEMBERS, K = 8, 10
# Assumed standard errors: of a correlation between two ensembles of 8 members, of a paired change
# of accuracy, of an AUROC of 333 spoiled images among 9,000
NOISE = {"correlation": 0.03, "accuracy": 0.003, "auroc": 0.015, "silhouette": 0.005}
ALONE = ("largest_of_class",)
EFFECT = {"correlation": 0.2, "accuracy": 0.015, "auroc": 0.1, "silhouette": 0.05}


def known(rng, truth: float, error: float) -> Bounds:
    """Return a number around the truth, with Student's 95% interval by an estimate of its error."""
    value = truth + error * rng.standard_normal()
    half = stdtrit(MEMBERS - 1, 0.975) * error * np.sqrt(rng.chisquare(MEMBERS - 1) / (MEMBERS - 1))
    return interval(value, value - half, value + half)


def truth_of(claim, true: bool, effect: float) -> float:
    """Return the true number, if the claim is true or not: for an equivalence the published number
    or the edge of its tolerance; for a sign the effect or 0; for a bound, the effect inside or
    outside of it.
    """
    if claim.rule == "equal_within":
        return toward(claim, true)
    if claim.rule == "sign":
        return direction(claim) * effect * true
    inside = 1 if claim.rule == "at_least" else -1
    return claim.bound + inside * effect * (1 if true else -1)


WORDS = "; of an equivalence the published number; of a bound "


@model(
    "score_correlation", members=MEMBERS, noise="assumed: .03 of a correlation; ten classes",
    true=f"a correlation of .2, over classes .75{WORDS}.2 inside",
    null=f"none{WORDS.replace('the published number', 'its edge')}.2 outside",
)  # fmt: skip
def score_correlation(claim, rng, true):
    if claim.arguments.get("over") != "classes":
        return claim, known(rng, truth_of(claim, true, EFFECT["correlation"]), NOISE["correlation"])
    truth = 0.75 * true
    first = rng.standard_normal(K)
    second = truth * first + np.sqrt(1 - truth**2) * rng.standard_normal(K)
    rho = spearman(first[None], second)
    return claim, Bounds(rho, *fisher_interval(rho, K), lacks=CLASSES)


@model(
    "pruned_change", "pruned_ends", "random_against", "pruned_beyond", "resampled_change",
    "representation_gain", members=MEMBERS,
    noise="assumed: .003 of a paired change of accuracy",
    true="a change by .015; of an equivalence the published number",
    null="none; of an equivalence its edge",
)  # fmt: skip
def change_of_accuracy(claim, rng, true):
    return claim, known(rng, truth_of(claim, true, EFFECT["accuracy"]), NOISE["accuracy"])


@model(
    "noise_found", "noise_beyond", members=MEMBERS, noise="assumed: .015 of an AUROC",
    true="an AUROC .1 from one half, or that much farther from it; of a bound .04 inside",
    null="none; of a bound .04 outside",
)  # fmt: skip
def auroc(claim, rng, true):
    effect = 0.04 if claim.rule == "at_least" else EFFECT["auroc"]
    return claim, known(rng, truth_of(claim, true, effect), NOISE["auroc"])


@model(
    "clusters_beyond_chance", members=MEMBERS, true="a silhouette larger by .05", null="no larger",
    noise="assumed: .005 of a silhouette of one subset",
)  # fmt: skip
def clusters_beyond_chance(claim, rng, true):
    own, control = NOISE["silhouette"] * rng.standard_normal((2, 5))
    own = own + truth_of(claim, true, EFFECT["silhouette"])
    return claim, interval(
        own.mean() - control.mean(), own.min() - control.max(), own.max() - control.min()
    )


if __name__ == "__main__":
    computed = claims.checked(read_strictly(needs.UNLABELLED)).claims
    save(needs.UNLABELLED, (row_of(claim, ALONE) for claim in computed))
