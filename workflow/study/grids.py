"""The training sets that a data set's grids ask for, with every default filled in."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from hardness.sets.spec import (
    FULL,
    NONE,
    PAPER,
    STUDY,
    UNNAMED_ESTIMATOR,
    Folds,
    LongTail,
    Pruned,
    Resampled,
    SetSpec,
    Splits,
)

from .settings.dataset import Dataset, PruningGrid, ResamplingGrid

PER_MEMBER = "per-member"  # as many draws of a set as networks are trained on it


class Asked(NamedTuple):
    """A training set, and how the config asks for it.

    recipes: those of the networks trained on it; draws: as in the config; grid: (kind of grid, its
    place in the config's list), empty for full.
    """

    spec: SetSpec
    recipes: tuple[str, ...]
    draws: int | str = 1
    grid: tuple[str, int] | tuple[()] = ()


def asked(settings: Dataset) -> Iterator[Asked]:
    """Yield all sets of a data set's settings, `full` first; one that two grids ask for twice."""
    base = (settings.recipe,)
    yield Asked(FULL, base)
    for place, grid in enumerate(settings.resampling):
        for spec, draws in _resampled(grid, settings):
            yield Asked(spec, grid.recipes or base, draws, ("resampling", place))
    for place, pruning in enumerate(settings.pruning):
        for pruned, draws in _pruned(pruning, settings):
            yield Asked(pruned, base, draws, ("pruning", place))
    for place, k in enumerate(settings.folds):
        yield Asked(Folds(k), base, k, ("folds", place))
    for place, tail in enumerate(settings.long_tailed):
        draws = tail.draws or PER_MEMBER
        for ratio in tail.ratios:
            tailed = LongTail(ratio, _number_of(draws, settings))
            yield Asked(tailed, tail.recipes or base, draws, ("long_tailed", place))
    for place, parts in enumerate(settings.splits):
        for standardize in parts.standardize:
            split = Splits(parts.draws, standardize)
            yield Asked(split, parts.recipes or base, parts.draws, ("splits", place))


def _resampled(grid: ResamplingGrid, settings: Dataset) -> Iterator[tuple[Resampled, int | str]]:
    strategies = [one for one in itertools.product(grid.over, grid.under) if one != (NONE, NONE)]
    for mode, values, estimator, usual_draws in (
        (PAPER, grid.alphas, settings.paper_estimator, 1),
        (STUDY, grid.rhos, UNNAMED_ESTIMATOR, PER_MEMBER),
    ):
        draws = grid.draws or usual_draws
        hardness, number = _hardness(grid, settings, estimator), _number_of(draws, settings)
        for value, (over, under) in itertools.product(values, strategies):
            yield Resampled(over, under, mode, value, *hardness, number), draws


def _pruned(grid: PruningGrid, settings: Dataset) -> Iterator[tuple[Pruned, int | str]]:
    draws = grid.draws or PER_MEMBER
    hardness, number = _hardness(grid, settings, UNNAMED_ESTIMATOR), _number_of(draws, settings)
    for level, rate in itertools.product(grid.levels, grid.rates):
        yield Pruned(level, rate, *hardness, number), draws


def _hardness(
    grid: ResamplingGrid | PruningGrid, settings: Dataset, estimator: str
) -> tuple[str, int, int]:
    """The estimator, the number of members that it averages, and the usual number."""
    usual = settings.ensembles.hardness
    return grid.estimator or estimator, grid.members or usual, usual


def _number_of(draws: int | str, settings: Dataset) -> int:
    return settings.ensembles.retraining if draws == PER_MEMBER else int(draws)
