"""What a recipe's networks see of each sample, and what is observed of them."""

from collections.abc import Container, Iterable, Iterator
from typing import Any

from hardness.core.names import nearest

from .strict import Problem, Where, found


def observers(recipe: Any) -> list:
    """The observers that a recipe of the config asks for: one, or a list; None is an unusable one.

    recipe: of the config, which may be wrong.
    """
    asked = recipe.get("observe") if isinstance(recipe, dict) else None
    return list(asked) if isinstance(asked, list | tuple) else [asked]


def problems(
    where: Where, recipe: dict, known: Iterable[str], views: Iterable[str]
) -> Iterator[Problem]:
    """Observers and views that there are not.

    known: the observers that there are; views: the views.
    """
    observer = "an observer (a file of hardness/training/observers)"
    several = not isinstance(recipe.get("observe"), str)
    for index, name in enumerate(observers(recipe)):
        if name is not None and name not in known:
            place = (*where, "observe", *([index] if several else []))
            yield place, f"found {found(name)}, expected {observer}: {nearest(name, known)}"
    view = recipe.get("views")
    if view is not None and view not in views:
        expected = f"a view (a file of hardness/training/views): {nearest(view, views)}"
        yield (*where, "views"), f"found {found(view)}, expected {expected}"


def labels_problem(
    where: Where, name: Any, recipe: Any, unlabelled: Container[Any]
) -> Iterator[Problem]:
    """A data set's recipe whose objective reads no labels.

    unlabelled: the objectives that read none.
    """
    objective = recipe.get("objective") if isinstance(recipe, dict) else None
    asked = objective.get("name") if isinstance(objective, dict) else None
    if asked in unlabelled:
        yield (
            (*where, "recipe"),
            f"found {name}, whose objective {asked} reads no labels, expected a recipe of networks "
            "that classify",
        )
