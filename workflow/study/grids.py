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
    Folds,
    Pruned,
    Resampled,
    SetSpec,
)

PER_MEMBER = "per-member"  # as many draws of a set as members are trained on it


class Asked(NamedTuple):
    """A training set, and how it is asked for.

    recipes: those that it is trained by; draws: in the config's words; grid: where it is asked for,
    (kind of grid, its place in the config's list), nothing for full.
    """

    spec: SetSpec
    recipes: list[str]
    draws: int | str = 1
    grid: tuple[str, int] | tuple[()] = ()


def asked(settings: dict) -> Iterator[Asked]:
    """All sets of a data set's settings, `full` first; one that two grids ask for comes twice."""
    yield Asked(FULL, [settings["recipe"]])
    for place, grid in enumerate(settings["resampling"]):
        recipes = grid.get("recipes") or [settings["recipe"]]
        for spec, draws in _resampled(grid, settings):
            yield Asked(spec, recipes, draws, ("resampling", place))
    for place, grid in enumerate(settings["pruning"]):
        for pruned, draws in _pruned(grid, settings):
            yield Asked(pruned, [settings["recipe"]], draws, ("pruning", place))
    for place, k in enumerate(settings["folds"]):
        yield Asked(Folds(k), [settings["recipe"]], k, ("folds", place))


def _resampled(grid: dict, settings: dict) -> Iterator[tuple[Resampled, int | str]]:
    strategies = [
        one for one in itertools.product(grid["over"], grid["under"]) if one != (NONE, NONE)
    ]
    for mode, estimator, usual_draws in (
        (PAPER, settings["paper_estimator"], 1),
        (STUDY, UNNAMED_ESTIMATOR, PER_MEMBER),
    ):
        draws = grid.get("draws") or usual_draws
        hardness, number = _hardness(grid, settings, estimator), _number_of(draws, settings)
        for value, (over, under) in itertools.product(grid[f"{SETTINGS[mode]}s"], strategies):
            yield Resampled(over, under, mode, value, *hardness, number), draws


def _pruned(grid: dict, settings: dict) -> Iterator[tuple[Pruned, int | str]]:
    draws = grid.get("draws") or PER_MEMBER
    hardness, number = _hardness(grid, settings, UNNAMED_ESTIMATOR), _number_of(draws, settings)
    for level, rate in itertools.product(grid["levels"], grid["rates"]):
        yield Pruned(level, rate, *hardness, number), draws


def _hardness(grid: dict, settings: dict, estimator: str) -> tuple[str, int, int]:
    """The estimator, the members that it averages, and how many it usually averages."""
    usual = settings["ensembles"]["hardness"]
    return grid.get("estimator") or estimator, grid.get("members") or usual, usual


def _number_of(draws: int | str, settings: dict) -> int:
    return settings["ensembles"]["retraining"] if draws == PER_MEMBER else int(draws)
