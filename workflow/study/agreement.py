"""Names that must exist. They are looked at in a wrong config too, so that all is said at once:
None stands for an unusable value.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hardness.core.names import nearest

from .strict import Problem, Where, found


class Names(NamedTuple):
    """What there is as files of the package, by the names of the config."""

    estimators: tuple[str, ...]
    over: tuple[str, ...]
    under: tuple[str, ...]
    models: dict[str, tuple[str, ...]]  # with the options that each takes
    parts: dict[str, dict[str, tuple[str, ...]]]  # of a recipe, by its key: the same of each
    observers: tuple[str, ...]
    replaces: frozenset[str]  # the samplers with which a row may come twice, or not at all
    takes: dict[str, tuple[str, ...]] = {}  # images, rows or both, by model; left out: images
    sources: dict[str, str] = {}  # what an estimator reads, by its name; left out: dynamics
    reads: Mapping[str, str | None] = {}  # the observer that a sampler reads, by its name
    views: tuple[str, ...] = ()
    unlabelled: frozenset[str] = frozenset()  # the objectives that read no labels


def known(where: Where, name: Any, names: Iterable[str], what: str) -> Iterator[Problem]:
    names = [one for one in names if one is not None]
    if name is not None and name not in names:
        yield where, f"found {found(name)}, expected {what}: {nearest(name, names)}"


def all_known(
    where: Where, given: list | None, names: Iterable[str], what: str
) -> Iterator[Problem]:
    for index, name in enumerate(given or []):
        yield from known((*where, index), name, names, what)


def part(content: Any, *keys: str | None) -> Any:
    """content[key][key]..., None where that is not there."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content
