"""What a data set holds, images or rows of a table, as far as the config says so, and which recipes
fit it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .strict import Problem

IMAGES, ROWS, NOTHING = "images", "rows", "nothing"  # nothing: recordings without pictures


def held(kind: str | None, inputs: str | None) -> str:
    """Return what a data set of this kind of source holds, images or rows. inputs: the key of that
    name of a source of arrays.
    """
    if kind == "arrays":
        return inputs or IMAGES
    return ROWS if kind == "table" else IMAGES


def sources_of(datasets: Mapping[str, Any], name: Any) -> list[dict[str, Any]]:
    """Return the source of a data set, of the one that it is made from, and so on. datasets: those
    of the config, which may be wrong; then as far as the chain goes.
    """
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    while isinstance(name, str) and name in datasets and name not in seen:
        seen.add(name)
        dataset = datasets[name]
        source = dataset.get("source") if isinstance(dataset, dict) else None
        found.append(source if isinstance(source, dict) else {})
        name = found[-1].get("of")
    return found


def problems(
    name: str,
    datasets: Mapping[str, Any],
    recipes: Mapping[str, Any],
    takes: Mapping[str, tuple[str, ...]],
) -> Iterator[Problem]:
    """Yield a problem for each recipe of a data set that does not fit its inputs. takes: model ->
    what its networks take, by default images.
    """
    source = sources_of(datasets, name)[-1]
    holds = held(source.get("kind"), source.get("inputs"))
    what = "rows of a table" if holds == ROWS else "images"
    fitting = [model for model, inputs in takes.items() if holds in inputs]
    for where, used in _recipes_of(datasets[name]):
        recipe = recipes.get(used) or {}
        model = (recipe.get("model") or {}).get("name")
        if model is not None and holds not in takes.get(model, (IMAGES,)):
            yield (
                ("datasets", name, *where),
                f"found {used}, whose model {model} does not take {what}, which {name} holds; "
                f"expected a recipe with a model that does: {', '.join(fitting) or 'none'}",
            )
        augment = recipe.get("augment") or {}
        changed = [
            f"augment.{key}: {augment[key]}" for key in ("shift", "flip") if augment.get(key)
        ]
        if holds == ROWS and changed:
            yield (
                ("datasets", name, *where),
                f"found {used}, which crops or mirrors images ({', '.join(changed).lower()}), but "
                f"{name} holds {what}; expected a recipe with augment: {{shift: 0, flip: false}}",
            )


def _recipes_of(dataset: Mapping[str, Any]) -> Iterator[tuple[tuple, str]]:
    """The recipes of a data set, each with its key."""
    if isinstance(dataset.get("recipe"), str):
        yield ("recipe",), dataset["recipe"]
    for kind in ("resampling", "long_tailed", "splits"):
        for index, grid in enumerate(dataset.get(kind) or []):
            for place, recipe in enumerate((grid or {}).get("recipes") or []):
                if isinstance(recipe, str):
                    yield (kind, index, "recipes", place), recipe
