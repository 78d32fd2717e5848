"""Re-balancing during training, in the plan: the ensembles that are compared, what each is compared
with, and the facts about them that figures and tables are given.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hardness.sets.spec import LongTail, Splits

from . import published
from .grids import asked
from .plan import Ensemble, Plan
from .settings.source import Parity, Table, Torchvision

SIMULATED = {"probabilities": [0.1, 0.2, 0.4], "epochs": 50, "samples": 2000, "delta": 1}
PLAIN = "Base"
AVERAGE = "average"  # of the data sets of Table 4
LABELS = {
    "uniform": "Uniform, with replacement",
    "class-balanced-sampling": "Class-balanced sampling",
    "difficulty": "Difficulty",
    "focal": "Focal loss",
    "class-balanced": "Class-balanced loss",
    "balanced-softmax": "Balanced softmax",
    "ldam": "LDAM, deferred weights",
}
USUAL = {"c": 1, "start": "uniform", "before": "uniform", "gamma": 2}  # not mentioned in labels


def ensembles(plan: Plan, dataset: str, *kinds: type) -> list[Ensemble]:
    """Return the ensembles on sets of these kinds, by default LongTail and Splits."""
    sets = plan.sets(dataset)
    return [
        one
        for one in plan.ensembles(dataset)
        if isinstance(sets[one.set], kinds or (LongTail, Splits))
    ]


def bases(plan: Plan, dataset: str) -> dict[Ensemble, str]:
    """Return ensemble -> the recipe that it is compared with: the first of its grid."""
    found: dict[Ensemble, str] = {}
    for one in asked(plan.dataset(dataset)):
        for recipe in one.recipes:
            found.setdefault(Ensemble(one.spec.name, recipe), one.recipes[0])
    return {one: found[one] for one in ensembles(plan, dataset)}


def observing(plan: Plan, dataset: str) -> list[Ensemble]:
    """Return the ensembles whose recipes observe passes."""
    by_pass = plan.recipes_observing("pass")
    return [one for one in ensembles(plan, dataset) if one.recipe in by_pass]


def has_tail(plan: Plan, dataset: str) -> bool:
    return bool(ensembles(plan, dataset, LongTail))


def has_sub_classes(plan: Plan, dataset: str) -> bool:
    """Whether long tails of sub-classes are compared."""
    of_parity = any(isinstance(source, Parity) for source in plan.sources(dataset))
    return of_parity and has_tail(plan, dataset)


def has_tail_of_classes(plan: Plan, dataset: str) -> bool:
    return has_tail(plan, dataset) and not has_sub_classes(plan, dataset)


def has_splits(plan: Plan, dataset: str) -> bool:
    return bool(ensembles(plan, dataset, Splits))


def plain(plan: Plan, dataset: str, one: Ensemble, keys: Iterable[str]) -> dict[str, Any]:
    """Describe an ensemble in plain values: set, recipe, members, blocks, and, if listed in
    `keys`: base (recipe), is_plain (whether it is trained without re-balancing), has_tde.
    """
    members, recipe = plan.members(dataset, *one), plan.recipe_params(one.recipe)
    blocks = len(plan.blocks(dataset, *one, "test.npz"))
    found = {"set": one.set, "recipe": one.recipe, "members": members, "blocks": blocks}
    further = {
        "base": bases(plan, dataset)[one],
        "is_plain": method(recipe) == PLAIN,
        "has_tde": has_tde(plan, dataset, one),
    }
    return found | {key: further[key] for key in keys}


def has_tde(plan: Plan, dataset: str, one: Ensemble) -> bool:
    """Whether an ensemble's networks also predict by total direct effect: as in the paper, those
    trained on long tails without re-balancing, or by difficulty.
    """
    recipe, spec = plan.recipe_params(one.recipe), plan.set(dataset, one.set)
    wanted = method(recipe) == PLAIN or recipe["sampler"]["name"] == "difficulty"
    return wanted and recipe["head"]["name"] == "normalized" and isinstance(spec, LongTail)


# What readers see


def method(recipe: Mapping[str, Any]) -> str:
    """Return in words what a recipe does about imbalance, by its sampler and its objective."""
    sampler, objective = recipe["sampler"], recipe["objective"]
    found = []
    if sampler["name"] != "permutation":
        by_class = sampler["name"] == "class-balanced"
        found.append(_named(sampler, "class-balanced-sampling" if by_class else sampler["name"]))
    if objective["name"] != "cross-entropy":
        found.append(_named(objective, objective["name"]))
    return " + ".join(found) or PLAIN


def _named(part: Mapping[str, Any], name: str) -> str:
    options = [f"{key} {value}" for key, value in part.items() if key != "name"]
    unusual = [text for text in options if text not in {f"{k} {v}" for k, v in USUAL.items()}]
    return ", ".join([LABELS.get(name, name), *unusual])


def methods(plan: Plan, dataset: str) -> dict[str, str]:
    """Return recipe -> its method, for all that are compared."""
    recipes = dict.fromkeys(one.recipe for one in ensembles(plan, dataset))
    return {recipe: method(plan.recipe_params(recipe)) for recipe in recipes}


# What the paper printed


def stands_beside(plan: Plan, dataset: str) -> str | None:
    """Return the paper's data set beside which a data set's numbers are shown, or None."""
    sources = plan.sources(dataset)
    first, kinds = sources[-1], [source.kind for source in sources]
    if isinstance(first, Table):
        return Path(first.path).stem
    if not isinstance(first, Torchvision):
        return None
    parity = "mnist-parity" if first.kind == "mnist" and "parity" in kinds else None
    return first.kind if first.kind in ("cifar10", "cifar100") else parity


def printed(beside: str | None, dataset: str) -> list[dict[str, Any]]:
    """Return the cells that the paper prints about its data set `beside`: table, row, column,
    value (in percent, except ratios), and `dataset`.
    """
    return [
        {name: value for name, value in cell.items() if name != "data"}
        | {"value": float(cell["value"]), "dataset": dataset}
        for cell in published.rebalancing()
        if cell["data"] == beside
    ]


def told(plan: Plan, dataset: str) -> dict[str, Any]:
    """Return the facts of the study for figures and tables of methods, in plain values."""
    found, sets = ensembles(plan, dataset), plan.sets(dataset)
    tails = {name: spec for name, spec in sets.items() if isinstance(spec, LongTail)}
    return {
        "methods": methods(plan, dataset),
        "bases": {one.recipe: base for one, base in bases(plan, dataset).items()},
        "epochs": {one.recipe: plan.recipe(one.recipe).epochs for one in found},
        "ratios": {name: spec.ratio for name, spec in tails.items()},
        "draws": {name: spec.draws for name, spec in tails.items()},
        "beside": stands_beside(plan, dataset),
        "printed": printed(stands_beside(plan, dataset), dataset),
    }


# All tables of the UCI repository


def tables(plan: Plan) -> list[str]:
    """Return the data sets with random splits that are in the paper's Table 4, in its order."""
    printed_first = [cell["data"] for cell in published.rebalancing() if cell["table"] == "4"]
    order = {name: place for place, name in enumerate(printed_first)}
    found = {name: stands_beside(plan, name) for name in plan.study.datasets}
    wanted = [name for name, beside in found.items() if beside in order and has_splits(plan, name)]
    return sorted(wanted, key=lambda name: order[found[name] or ""])


def told_of_tables(plan: Plan) -> dict[str, Any]:
    """Return the facts for the table of all of them: those of each of them, joined."""
    parts = [told(plan, name) for name in tables(plan)]
    cells = [cell for part in parts for cell in part["printed"]]
    joined: dict[str, dict] = {key: {} for key in ("methods", "bases", "epochs", "ratios")}
    for part in parts:
        for key, values in joined.items():
            values |= part[key]
    printed_of = {"beside": None, "printed": cells + printed(AVERAGE, AVERAGE)}
    return {"dataset": "the UCI tables", "rebalancing": joined | printed_of}
