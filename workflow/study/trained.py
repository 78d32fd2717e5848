"""How networks are trained, in words, for captions: a caption names in braces the networks that it
is about.
"""

from collections.abc import Callable, Iterable, Mapping

from hardness.sets.spec import FULL, Splits

from . import beyond, rebalancing
from .plan import Ensemble, Plan


def told(plan: Plan, dataset: str, texts: Iterable[str]) -> dict[str, str]:
    """Return the words for those placeholders that the texts have."""
    text = "".join(texts)
    return {name: of(plan, dataset) for name, of in WORDS.items() if f"{{{name}}}" in text}


def methods(plan: Plan, dataset: str) -> str:
    """Those that re-balance: seeds and draws of each set, and the recipes, alike ones together."""
    seeds: dict[str, list[str]] = {}
    for name in dict.fromkeys(one.set for one in rebalancing.ensembles(plan, dataset)):
        seeds.setdefault(_seeds(plan, dataset, name), []).append(name)
    on = [f"{', '.join(names)}: {text}" for text, names in seeds.items()]
    return "; ".join([*on, *_alike(plan, rebalancing.methods(plan, dataset))])


def of_tables(plan: Plan) -> dict[str, str]:
    """Those that re-balance, of all data sets of the paper's Table 4, together."""
    texts = [methods(plan, dataset) for dataset in rebalancing.tables(plan)]
    return {"training": "; ".join(dict.fromkeys(texts))}


def _seeds(plan: Plan, dataset: str, name: str) -> str:
    """Such as "16 seeds, each with a draw of its own"."""
    first = next(one for one in rebalancing.ensembles(plan, dataset) if one.set == name)
    members, spec = plan.members(dataset, *first), plan.set(dataset, name)
    what = "random split" if isinstance(spec, Splits) else "draw"
    own = f"each with a {what} of its own" if spec.draws >= members else f"{spec.draws} {what}s"
    return f"{members} seeds, {own}"


def _alike(plan: Plan, recipes: Iterable[str]) -> list[str]:
    """Each schedule once, with the recipes that have it."""
    alike: dict[str, list[str]] = {}
    for recipe in dict.fromkeys(recipes):
        alike.setdefault(schedule(plan, recipe), []).append(recipe)
    return [
        f"{names[0]}{f' and {len(names) - 1} like it' if len(names) > 1 else ''}: {text}"
        for text, names in alike.items()
    ]


def schedule(plan: Plan, recipe: str) -> str:
    """Such as "mlp, 30 epochs, batches of 128, sgd at 0.1 with momentum 0.9"."""
    settings = plan.recipe(recipe)
    optimizer = settings.optimizer
    momentum = getattr(optimizer, "momentum", 0)
    momentum = f" with momentum {momentum:g}" if momentum else ""
    return (
        f"{settings.model.name}, {settings.epochs} epochs, batches of {settings.batch_size}, "
        f"{optimizer.name} at {optimizer.lr:g}{momentum}"
    )


def on_full(plan: Plan, dataset: str) -> str:
    """Those on the full set by the base recipe."""
    return _ensembles(plan, {dataset: [Ensemble(FULL.name, plan.dataset(dataset).recipe)]})


def without_labels(plan: Plan, dataset: str) -> str:
    """Those that learn without labels, and those that learn with labels."""
    sides = zip(("Without labels", "with labels"), plan.unlabelled(dataset), strict=False)
    return "; ".join(
        f"{side}: {_ensembles(plan, {dataset: [Ensemble(FULL.name, recipe)]})}"
        for side, recipe in sides
    )


def rivals(plan: Plan, dataset: str) -> str:
    """Those by difficulty and those on class sizes by hardness; captions have their number."""
    return "; ".join(_alike(plan, [one.recipe for one in beyond.rivals(plan, dataset).values()]))


def with_flips(plan: Plan, dataset: str) -> str:
    """Those with flipped labels, and those with fewer."""
    of: dict[str, list[Ensemble]] = {}
    for one in beyond.with_flips(plan, dataset):
        of.setdefault(one.dataset, []).append(Ensemble(one.set, one.recipe))
    return _ensembles(plan, of)


def _ensembles(plan: Plan, of: Mapping[str, Iterable[Ensemble]]) -> str:
    """The number of seeds, and the recipes, of the ensembles of each data set."""
    every = [(dataset, one) for dataset, ensembles in of.items() for one in ensembles]
    counts = sorted({plan.members(dataset, *one) for dataset, one in every})
    seeds = " or ".join(f"{count}" for count in counts)
    return "; ".join([f"{seeds} seeds", *_alike(plan, [one.recipe for _, one in every])])


WORDS: Mapping[str, Callable[[Plan, str], str]] = {
    "training": methods,
    "on_full": on_full,
    "without_labels": without_labels,
    "rivals": rivals,
    "with_flips": with_flips,
}
