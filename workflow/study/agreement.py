"""Check names that must exist.

They are checked even if the config has other errors, so that all errors are reported at once: None
stands for an unusable value.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hardness.core.names import nearest

from .strict import Problem, Where, found


class Names(NamedTuple):
    """What the package offers, each by its name in the config."""

    estimators: tuple[str, ...]
    over: tuple[str, ...]
    under: tuple[str, ...]
    models: dict[str, tuple[str, ...]]  # model -> the options that it takes
    parts: dict[str, dict[str, tuple[str, ...]]]  # key of a recipe -> part -> its options
    observers: tuple[str, ...]
    replaces: frozenset[str]  # the samplers that draw with replacement
    takes: dict[str, tuple[str, ...]] = {}  # model -> images, rows or both; default: images
    sources: dict[str, str] = {}  # estimator -> what it reads; default: dynamics
    reads: Mapping[str, str | None] = {}  # sampler -> the observer that it reads
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
    """Return content[key][key]..., or None if it is missing."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content
