"""Check that recipes observe what estimators read, and learn with or without labels as needed."""

from collections.abc import Iterator
from typing import Any

from . import agreement
from .agreement import Names
from .strict import Problem, Where

# observers, and under the same names what estimators read of networks without labels
FEATURES = "features"
WITHOUT_LABELS = (FEATURES, "input-gradients")
WITH_LABELS = "labelled-features"  # what estimators read of their control's features
GRADIENTS = "label-gradients"  # an observer of their control, besides features
SECOND_SPLIT = (
    "second-split"  # a sampler, and under the same name what estimators read of its networks
)
HELD_OUT = "reducible"  # needs also networks that did not train on a sample
SOURCES = (*WITHOUT_LABELS, WITH_LABELS, GRADIENTS)
READING_LABELS = ("dynamics", "pass", "own-pass", "predictions", GRADIENTS)  # observers


def observers(recipe: Any) -> list:
    """Return the observers that a recipe asks for, as a list; None stands for an unusable one.

    recipe: of the config, which may be wrong.
    """
    asked = recipe.get("observe") if isinstance(recipe, dict) else None
    return list(asked) if isinstance(asked, list | tuple) else [asked]


def problems(where: Where, recipe: dict, there: Names) -> Iterator[Problem]:
    """Yield a problem for each unknown observer or view of a recipe, and for each observer that
    reads labels in a recipe without labels.
    """
    several = not isinstance(recipe.get("observe"), str)
    for index, name in enumerate(observers(recipe)):
        place = (*where, "observe", *([index] if several else []))
        what = "an observer (a file of hardness/training/observers)"
        yield from agreement.known(place, name, there.observers, what)
        if name in READING_LABELS and "observe" in recipe and not _reads_labels(recipe, there):
            yield (
                place,
                f"found {name}, which reads labels, expected {' or '.join(WITHOUT_LABELS)}: "
                f"{_objective(recipe)} reads none",
            )
    what = "a view (a file of hardness/training/views)"
    yield from agreement.known((*where, "views"), recipe.get("views"), there.views, what)


def dataset_problems(where: Where, dataset: dict, recipes: Any, there: Names) -> Iterator[Problem]:
    """Yield a problem for each recipe of a data set that should learn with labels and does not, or
    the reverse, or that does not observe what estimators read; and for estimators whose networks
    (without labels, or held out) the data set does not have.
    """
    recipes = recipes if isinstance(recipes, dict) else {}
    base, own = dataset.get("recipe"), dataset.get("unlabelled")
    if not _reads_labels(recipes.get(base), there):
        yield (
            (*where, "recipe"),
            f"found {base}, whose objective {_objective(recipes.get(base))} reads no labels, "
            "expected a recipe of networks that classify",
        )
    estimators = dataset.get("estimators") or []
    held_out = [one for one in estimators if there.sources.get(one) == HELD_OUT]
    if held_out and dataset.get("folds") == []:
        yield (
            (*where, "folds"),
            f"found [], expected a number of folds, such as [5]: {', '.join(held_out)} need "
            "networks that did not train on a sample",
        )
    yield from _second_split_problems(where, dataset, recipes, there)
    reading = [one for one in estimators if there.sources.get(one) in SOURCES]
    if reading and own is None and "unlabelled" in dataset:
        yield (
            (*where, "unlabelled"),
            "found null, expected keys recipe and control: "
            f"{', '.join(reading)} read networks that learn without labels",
        )
    of_gradients = any(there.sources.get(one) == GRADIENTS for one in estimators)
    for key, labelled, needed in (
        ("recipe", False, WITHOUT_LABELS),
        ("control", True, (FEATURES, GRADIENTS) if of_gradients else (FEATURES,)),
    ):
        name = own.get(key) if isinstance(own, dict) else None
        place = (*where, "unlabelled", key)
        yield from agreement.known(place, name, recipes, "a recipe of this config")
        if name not in recipes:
            continue
        lacking = set(needed) - set(observers(recipes[name]))
        if lacking or _reads_labels(recipes[name], there) != labelled:
            kind = "with" if labelled else "without"
            yield (
                place,
                f"found {name}, expected a recipe {kind} labels that observes "
                f"{' and '.join(needed)}",
            )


def _second_split_problems(
    where: Where, dataset: dict, recipes: dict, there: Names
) -> Iterator[Problem]:
    """The recipe for second-split forgetting: unsuitable, or missing though it is needed."""
    name, here = dataset.get("second_split"), (*where, "second_split")
    estimators = dataset.get("estimators") or []
    reading = [one for one in estimators if there.sources.get(one) == SECOND_SPLIT]
    if name is None:
        if reading and "second_split" in dataset:
            yield here, f"found null, expected a recipe's name: {', '.join(reading)} need it"
        return
    if name not in recipes:
        yield from agreement.known(here, name, recipes, "a recipe of this config")
        return
    splits = agreement.part(recipes[name], "sampler", "name") == SECOND_SPLIT
    if not splits or "pass" not in observers(recipes[name]):
        yield (
            here,
            f"found {name}, expected a recipe with the sampler {SECOND_SPLIT} and observe: pass",
        )


def _reads_labels(recipe: Any, there: Names) -> bool:
    return _objective(recipe) not in there.unlabelled


def _objective(recipe: Any) -> Any:
    return agreement.part(recipe, "objective", "name")
