"""Check a recipe: the parts and options that it names exist, and its keys agree."""

from collections.abc import Iterator

from hardness.core.names import nearest

from . import agreement, observed
from .agreement import Names
from .strict import Problem, Where, found


def problems(where: Where, recipe: dict, there: Names) -> Iterator[Problem]:
    for key, known in ({"model": there.models} | there.parts).items():
        name = agreement.part(recipe, key, "name")
        article = "an" if key[0] in "aeiou" else "a"
        folder = f"{article} {key} (a file of hardness/training/{key}s)"
        yield from agreement.known((*where, key, "name"), name, known, folder)
        for option in (each for each in recipe.get(key) or () if each != "name"):
            if name in known and option not in known[name]:
                text = f"unknown option {option!r} of {name}: {nearest(option, known[name])}"
                yield (*where, key, option), text
    yield from observed.problems(where, recipe, there)
    sampler, observe = agreement.part(recipe, "sampler", "name"), observed.observers(recipe)
    if (read := there.reads.get(sampler)) and not {None, read} & {*observe}:
        text = f"expected {read}, which the sampler {sampler} reads"
        yield (*where, "observe"), f"found {found(recipe['observe'])}, {text}"
    if (
        agreement.part(recipe, "optimizer", "nesterov")
        and agreement.part(recipe, "optimizer", "momentum") == 0
    ):
        yield (
            (*where, "optimizer", "momentum"),
            "found 0, expected a number above 0, because nesterov is true",
        )
    at = agreement.part(recipe, "schedule", "at")
    if at and None not in at and at != sorted(at):
        yield (
            (*where, "schedule", "at"),
            f"found {found(at)}, expected rising shares; write {sorted(at)}",
        )
    epochs, probe = recipe.get("epochs"), recipe.get("probe_epoch")
    if epochs and probe and probe > epochs:
        yield (
            (*where, "probe_epoch"),
            f"found {probe}, expected a whole number from 1 to {epochs}, the recipe's epochs",
        )
