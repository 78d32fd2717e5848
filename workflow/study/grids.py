"""The training sets that a data set's grids ask for, with every default filled in."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from hardness.sets.spec import (
    FULL,
    NONE,
    PAPER,
    SETTINGS,
    STUDY,
    UNNAMED_ESTIMATOR,
    Pruned,
    Resampled,
    SetSpec,
)

PER_MEMBER = "per-member"  # as many draws of a set as members are trained on it


class Asked(NamedTuple):
    """A training set, and where it is asked for. recipes: those it is trained by; grid: (kind of
    grid, its place in the config's list), None for full.
    """

    spec: SetSpec
    recipes: list[str]
    grid: tuple[str, int] | None


def asked(settings: dict) -> Iterator[Asked]:
    """All sets of a data set's settings, `full` first; one that two grids ask for comes twice."""
    yield Asked(FULL, [settings["recipe"]], None)
    for place, grid in enumerate(settings["resampling"]):
        recipes = grid.get("recipes") or [settings["recipe"]]
        for spec in _resampled(grid, settings):
            yield Asked(spec, recipes, ("resampling", place))
    for place, grid in enumerate(settings["pruning"]):
        for spec in _pruned(grid, settings):
            yield Asked(spec, [settings["recipe"]], ("pruning", place))


def _resampled(grid: dict, settings: dict) -> Iterator[Resampled]:
    strategies = [
        one for one in itertools.product(grid["over"], grid["under"]) if one != (NONE, NONE)
    ]
    for mode, estimator, draws in (
        (PAPER, settings["paper_estimator"], 1),
        (STUDY, UNNAMED_ESTIMATOR, PER_MEMBER),
    ):
        for value, (over, under) in itertools.product(grid[f"{SETTINGS[mode]}s"], strategies):
            hardness = _hardness(grid, settings, estimator)
            yield Resampled(over, under, mode, value, *hardness, _draws(grid, settings, draws))


def _pruned(grid: dict, settings: dict) -> Iterator[Pruned]:
    for level, rate in itertools.product(grid["levels"], grid["rates"]):
        hardness = _hardness(grid, settings, UNNAMED_ESTIMATOR)
        yield Pruned(level, rate, *hardness, _draws(grid, settings, PER_MEMBER))


def _hardness(grid: dict, settings: dict, estimator: str) -> tuple[str, int, int]:
    """The estimator, the members that it averages, and how many it usually averages."""
    usual = settings["ensembles"]["hardness"]
    return grid.get("estimator") or estimator, grid.get("members") or usual, usual


def _draws(grid: dict, settings: dict, default: int | str) -> int:
    draws = grid.get("draws") or default
    return settings["ensembles"]["retraining"] if draws == PER_MEMBER else int(draws)
