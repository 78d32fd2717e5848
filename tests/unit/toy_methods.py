"""Small frames of methods of re-balancing: the analysis itself on toy numbers of even and odd
digits, two bases with two methods each.
"""

import functools

import numpy as np
import pandas as pd

from hardness.analysis import passes, rebalancing, simulation
from hardness.analysis.rebalancing import Classes, Design, Method
from hardness.core.tables import stacked

SET, EPOCHS, SEEDS = "long-tailed-20", 12, 5
DIGITS = np.repeat(np.arange(10), np.floor(60 * 20.0 ** (-np.arange(10) / 9)).astype(int))
METHODS = {
    f"{base}{end}": label
    for base in ("slow", "fast")
    for end, label in (
        ("", "Base"),
        ("-cb", "Class-balanced loss, beta 0.9999"),
        ("-difficulty", "Difficulty"),
        ("-focal", "Focal loss"),
    )
}
BASES = {recipe: recipe.partition("-")[0] for recipe in METHODS}
TOLD = {
    "methods": METHODS,
    "bases": BASES,
    "epochs": dict.fromkeys(METHODS, EPOCHS),
    "ratios": {SET: 20.0},
    "draws": {SET: SEEDS},
    "beside": "mnist-parity",
    "printed": [
        {"table": "3", "row": row, "column": column, "value": value, "dataset": "toy"}
        for row, column, value in (
            ("Base Model", "Overall", 86.04),
            ("Our Approach", "Overall", 87.99),
            ("Our Approach", "Sub-Class Ratio", 37.3),
        )
    ],
}


def classes():
    names = np.array([str(digit) for digit in range(10)])
    return Classes(DIGITS % 2, np.array(["even", "odd"]), DIGITS, names)


def seed_of(recipe):
    return sorted(METHODS).index(recipe)


@functools.cache
def accuracies():
    groups = rebalancing.groups(classes(), classes())
    found = {}
    for recipe in METHODS:
        rng = np.random.default_rng(seed_of(recipe))
        right = rng.random((SEEDS, len(DIGITS))) < 0.95 - 0.03 * DIGITS
        found[Method(SET, recipe, "logits")] = rebalancing.accuracy(right, groups)
    return found


def make_methods(study):
    bases = {(SET, recipe): base for recipe, base in BASES.items()}
    return pd.DataFrame(rebalancing.methods(accuracies(), bases, {SET: Design(SEEDS)}))


def make_weights(study):
    return _of_seeds(("level", "group", "rows", "share"), lambda shares: shares)


def make_ratios(study):
    return _of_seeds(("level", "ratio"), lambda shares: rebalancing.ratios(shares).items())


def _of_seeds(columns, rows_of):
    rows = []
    for recipe, label in METHODS.items():
        for seed in range(SEEDS if label != "Focal loss" else 0):
            weights = np.random.default_rng([seed_of(recipe), seed]).uniform(0.5, 2, len(DIGITS))
            shares = rebalancing.shares(weights, classes())
            rows += [(SET, recipe, seed, *row) for row in rows_of(shares)]
    return pd.DataFrame(rows, columns=["set", "recipe", "seed", *columns])


@functools.cache
def passed():
    """Each recipe's loss (SEEDS, EPOCHS, n) by passes: of the base and of difficulty."""
    found = {}
    for recipe, label in METHODS.items():
        if label in ("Base", "Difficulty"):
            rng = np.random.default_rng(seed_of(recipe))
            logit = np.cumsum(rng.normal(0.4, 0.5, (SEEDS, EPOCHS, len(DIGITS))), axis=1)
            found[recipe] = np.logaddexp(0, -logit)
    return found


def _stacked(made):
    tables = {(SET, recipe): made(loss) for recipe, loss in passed().items()}
    return pd.DataFrame(stacked(tables, ["set", "recipe"]))


def make_unlearning(study):
    return _stacked(lambda loss: passes.unlearning(np.arange(SEEDS), loss, [classes()] * SEEDS))


def make_epochs(study):
    return _stacked(
        lambda loss: passes.epochs(np.arange(SEEDS), loss, loss < np.log(2), [classes()] * SEEDS)
    )


def make_vectors(study):
    rows = np.arange(len(DIGITS))
    return _stacked(lambda loss: passes.vectors(0, loss[0], rows, classes()))


def make_simulation(study):
    return pd.DataFrame(simulation.columns([0.1, 0.2, 0.4], 20, 50, 1))


FRAMES = {
    "accuracy-by-digit": {
        "methods-of-sub-classes": make_methods,
        "rebalancing-weights": make_weights,
        "rebalancing-ratios": make_ratios,
    },
    "accuracy-by-epoch": {"epochs-of-tails": make_epochs},
    "difficulty-convergence": {"epochs-of-sub-classes": make_epochs},
    "difficulty-simulation": {"rebalancing-simulation": make_simulation},
    "difficulty-vectors": {"rebalancing-vectors": make_vectors},
    "unlearning-frequency": {"unlearning-of-tails": make_unlearning},
}
