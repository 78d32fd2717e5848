"""Find the needs of claims in the plan: the file of a need, or the key of the config that would
plan it.
"""

import csv
import functools
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from hardness.data.spaces import PIXELS
from hardness.evidence import cells, claims
from hardness.evidence.claims import OWN, Claim, Need
from hardness.sets import spec
from hardness.sets.spec import LongTail, SetSpec, Splits

from . import beyond, layout
from .plan import Ensemble, Plan
from .published import rebalancing as printed_cells
from .strict import read_strictly
from .targets import PAPER

PUBLISHED = Path(__file__).resolve().parents[1] / "claims.yaml"
APPENDIX = PUBLISHED.with_name("claims-appendix.yaml")  # of the paper's Appendices B and C
REBALANCING = PUBLISHED.with_name("claims-rebalancing.yaml")  # of the paper on re-balancing
# of the paper on hardness without labels
UNLABELLED = PUBLISHED.with_name("claims-unlabelled.yaml")
REBALANCED = "rebalancing/"  # folder of the comparisons of methods of re-balancing
WITHOUT_LABELS = ("unlabelled/", "image-noise")  # how names of their artifacts begin
BY_CLASSES = ("class-accuracy/", "difficulty/")  # folders that need data-based estimators


def paper(plan: Plan) -> list[str]:
    """Return those of the paper's data sets that the config has."""
    return [name for name in PAPER if name in plan.study.datasets]


def counterpart(plan: Plan, dataset: str, stands_for: str) -> str | None:
    """Return the data set that answers the claims about `stands_for` with the same recipe and is
    computed together with this one: both are the paper's, or both in study.datasets. None if there
    is none, because a request for one data set must not start training on another.
    """
    recipe = plan.dataset(dataset).recipe
    for group in (paper(plan), plan.study.study.datasets):
        for name in group if dataset in group else ():
            settings = plan.dataset(name)
            if (settings.stands_for, settings.recipe) == (stands_for, recipe):
                return name
    return None


def others(plan: Plan, dataset: str, claim: Claim) -> dict[str, str]:
    """Return the other data sets that a claim compares with: name in its needs -> data set of the
    config, if that is computed together with this one.
    """
    found = {of: counterpart(plan, dataset, name) for of, name in claim.others.items()}
    return {of: other for of, other in found.items() if other}


def ensembles_of(plan: Plan, dataset: str, need: Need) -> list[Ensemble]:
    """Return the ensembles of `dataset` that must be trained for a need of another data set."""
    if need.file.startswith(REBALANCED):
        by_set = trained_methods(plan, dataset)
        return [Ensemble(name, recipe) for name, recipes in by_set.items() for recipe in recipes]
    one = set_of(plan, dataset, need.set).name if need.set else None
    return [Ensemble(one, plan.dataset(dataset).recipe)] if one else []


# What one claim needs


def set_of(plan: Plan, dataset: str, stem: str) -> SetSpec:
    """Return the training set of this stem, made by the data set's usual hardness for its mode.

    Raises ValueError if no set has such a stem.
    """
    settings, columns = plan.dataset(dataset), spec.read_stem(stem)
    usual = settings.ensembles.hardness
    by_paper = columns.get("mode") == spec.PAPER
    estimator = settings.paper_estimator if by_paper else spec.UNNAMED_ESTIMATOR
    hardness = {"estimator": estimator, "members": usual, "usual_members": usual, "draws": 1}
    return spec.from_columns(columns | (hardness if columns["kind"] != spec.FULL.KIND else {}))


def file_of(plan: Plan, dataset: str, need: Need) -> str:
    """Return the file of a need that is planned."""
    if need.file == "evaluation":
        name = set_of(plan, dataset, need.set or "").name
        recipe = plan.dataset(dataset).recipe
        return layout.EVALUATION.path(dataset=dataset, set=name, recipe=recipe)
    if need.file == "allocation":
        return layout.ALLOCATION.path(dataset=dataset, estimator=need.estimator)
    return layout.Place(f"{{dataset}}/{need.file}.csv").path(dataset=dataset)


def unplanned(plan: Plan, dataset: str, need: Need) -> str | None:
    """Return the key of the config, with its value, that would plan a need; None if the need is
    planned.
    """
    if need.file.startswith(REBALANCED):
        return _unplanned_methods(plan, dataset, need)
    settings, here = plan.dataset(dataset), f"datasets.{dataset}"
    if need.file.startswith(WITHOUT_LABELS) and not plan.learns_unlabelled(dataset):
        return f"{here}.unlabelled: recipe and control"
    if need.file == "image-noise" and not plan.has_noisy_images(dataset):
        return f"{here}.source: kind noisy-images"
    sizes = settings.ensembles
    wanted = [*need.estimators, *([need.estimator] if need.estimator else ())]
    if lacking := [name for name in wanted if name not in settings.estimators]:
        return f"{here}.estimators: {', '.join(lacking)}"
    if need.hardness not in (None, sizes.hardness):
        return f"{here}.ensembles.hardness: {need.hardness}"
    if sizes.stability < need.members:
        return f"{here}.ensembles.stability: {need.members}"
    if lacking := [name for name in need.sets if name not in plan.names(dataset)]:
        grid = "resampling" if need.file == "unlabelled/resampled" else "pruning"
        return f"{here}.{grid}: {', '.join(lacking)}"
    if need.set:
        one = set_of(plan, dataset, need.set)
        if one.name not in plan.names(dataset):
            grid = "resampling" if isinstance(one, spec.Resampled) else "pruning"
            return f"{here}.{grid}: {one.name}"
    if rates := [rate for rate in need.rates if rate not in settings.stability.rates]:
        return f"{here}.stability.rates: {', '.join(map(str, rates))}"
    if need.alpha is not None and not plan.names(
        dataset,
        mode=spec.PAPER,
        alpha=need.alpha,
        estimator=settings.paper_estimator,
        members=sizes.hardness,
    ):
        return f"{here}.resampling: alphas {spec.number(need.alpha)}"
    if _by_classes(need) and PIXELS not in plan.spaces(dataset):
        return f"{here}.neighbours: spaces {PIXELS}"
    if need.whole and not settings.whole:
        return f"{here}.whole: a data set of kind whole, of {dataset}"
    if need.baseline == "origin" and not plan.blocks_of_origin(dataset):
        return (
            f"{here}.source: kind denoised, of a data set with the same recipe and as many members"
        )
    return None


def _unplanned_methods(plan: Plan, dataset: str, need: Need) -> str | None:
    """The same for a need that is about methods of re-balancing, or about difficulty."""
    here = f"datasets.{dataset}"
    if need.file in _BEYOND:
        is_planned, key = _BEYOND[need.file]
        return None if is_planned(plan, dataset) else f"{here}.{key}"
    by_set = trained_methods(plan, dataset, need.set)
    recipes = {recipe for own in by_set.values() for recipe in own}
    family = need.family or plan.dataset(dataset).recipe
    wanted = ["-".join(filter(None, (family, method))) for method in need.methods]
    if not by_set or (lacking := [name for name in wanted if name not in recipes]):
        grid = "splits" if (need.set or "").startswith(Splits.KIND) else "long_tailed"
        of_set = need.set or "a ratio"
        return f"{here}.{grid}: {of_set}{' by ' + ', '.join(lacking) if by_set else ''}"
    return None


def trained_methods(plan: Plan, dataset: str, only: str | None = None) -> dict[str, list[str]]:
    """Return long-tailed set or random split -> its recipes; of all, or of the set `only`."""
    found: dict[str, list[str]] = {}
    for name, recipe in plan.ensembles(dataset):
        is_one = isinstance(plan.set(dataset, name), LongTail | Splits)
        if is_one and only in (None, name):
            found.setdefault(name, []).append(recipe)
    return found


_BEYOND = {  # file -> whether it is planned, and the key that would plan it
    "rebalancing/against-hardness": (
        beyond.rivals,
        "resampling: random with easy, alphas, and full by a recipe with the sampler difficulty",
    ),
    "rebalancing/flipped": (
        beyond.with_flips,
        "long_tailed: a recipe with the sampler difficulty, of a source of kind noisy",
    ),
    "rebalancing/agreement": (
        beyond.scores_difficulty,
        f"estimators: {beyond.SCORE}, and ensembles.stability: {beyond.FEWEST}",
    ),
}


# What all claims about a data set need


@functools.cache
def published() -> claims.Claims:
    """Return the claims of claims.yaml, followed by those of claims-appendix.yaml,
    claims-rebalancing.yaml and claims-unlabelled.yaml. Raises ConfigError for a file that is not
    strict YAML, ValueError as claims.checked.
    """
    main, *others = (
        claims.checked(entries(path), _power(path.with_name(f"{path.stem}-power.csv")))
        for path in (PUBLISHED, APPENDIX, REBALANCING, UNLABELLED)
    )
    return replace(main, claims=(*main.claims, *(one for file in others for one in file.claims)))


def entries(path: Path) -> dict[str, Any]:
    """Return the content of a file of claims, with a claim for each cell of a printed table.
    Raises ConfigError as `published`, ValueError as cells.expanded.
    """
    content = read_strictly(path)
    return content | {"claims": cells.expanded(content["claims"], printed_cells())}


def judged_recipe(plan: Plan, dataset: str) -> str:
    """Return the recipe that decides whether claims are judged as by the paper's recipe: the base
    recipe or, for claims about hardness without labels, the recipe without labels.
    """
    settings = plan.dataset(dataset)
    without_labels = settings.stands_for in claims.DATA_UNLABELLED and settings.unlabelled
    return without_labels.recipe if without_labels else settings.recipe


def _power(path: Path) -> dict[str, tuple[float, float]]:
    """Claim -> how often its rule passes if it is true, and if it is not. Claims that are judged
    by the value of one number have neither.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {
            row["id"]: (float(row["if_true"]), float(row["if_null"]))
            for row in rows
            if row["if_true"]
        }


def about(plan: Plan, dataset: str) -> tuple[Claim, ...]:
    """Return the claims that a data set answers: those about the paper's data set that it stands
    for; those of the appendix only if it has data-based estimators.
    """
    if not (stands_for := plan.dataset(dataset).stands_for):
        return ()
    answered = published().about(stands_for)
    if plan.spaces(dataset):
        return answered
    return tuple(claim for claim in answered if not any(map(_by_classes, claim.needs)))


def _by_classes(need: Need) -> bool:
    return need.file.startswith(BY_CLASSES)


class Claimed(NamedTuple):
    """The claims that a data set answers.

    files: frame -> its file; missing: id -> the keys that would plan what a claim lacks; draws:
    set, as the needs name it -> its draws, if there are several.
    """

    claims: tuple[Claim, ...]
    files: dict[str, str]
    missing: dict[str, list[str]]
    draws: dict[str, int]


def claimed(plan: Plan, dataset: str) -> Claimed:
    """Return the claims that a data set answers, with what they are checked with."""
    recipe, answered = plan.dataset(dataset).recipe, about(plan, dataset)
    files: dict[str, str] = {}
    missing: dict[str, list[str]] = {}
    draws: dict[str, int] = {}
    for claim in answered:
        homes = {OWN: dataset} | others(plan, dataset, claim)

        def lacking(need: Need, claim: Claim = claim, homes: dict = homes) -> str | None:
            if need.of in homes:
                return unplanned(plan, homes[need.of], need)
            return (
                f"study.datasets: {dataset} with one of recipe {recipe} "
                f"that stands_for {' and of '.join(claim.others.values())}"
            )

        planned, keys = claims.resolve(claim, lacking)
        if keys:
            missing[claim.id] = keys
        for need in planned:
            home = homes[need.of]
            files[need.frame] = file_of(plan, home, need)
            if need.set and not need.file.startswith(REBALANCED):
                draws[need.set] = plan.set(home, set_of(plan, home, need.set).name).draws
    return Claimed(answered, files, missing, {name: n for name, n in draws.items() if n > 1})
