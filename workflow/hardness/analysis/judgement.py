"""What the tests say about comparisons: is there a change, is there none, and how certain is it?

The comparisons of a family are tested together. The units of the tests, which are independent of
each other, are the members, or the draws that members share. All are paired by seed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hardness.analysis import inference, variance
from hardness.analysis.comparisons import Comparison
from hardness.analysis.units import is_shared, units_of
from hardness.core.draws import draw_of
from hardness.core.intervals import spread

SEED = 0  # of the sign flips


class Judgement(NamedTuple):
    """The results of one comparison; results/README.md describes each field (effects/cells.csv)."""

    members: int
    draws: int
    change: float
    low: float
    high: float
    interval: str
    welch_low: float
    welch_high: float
    p: float
    margin: float | None
    detectable: float
    verdict: str
    smallest_margin: float
    noise_sd: float
    noise_low: float
    noise_high: float
    detectable_alone: float
    provable: float
    members_needed: float


class FamilyJudgement(NamedTuple):
    """The results of a family as a whole; results/README.md describes each field
    (effects/families.csv). cells: the number of comparisons.
    """

    cells: int
    largest: float
    point95: float | None
    smallest_p: float
    nothing: bool
    nothing_power: float
    nothing_verdict: str
    units: int
    margin: float | None
    scale_members: int


class _Tests(NamedTuple):
    """The tests of a family. units: (U, c), the changes of independent units; tested: False if
    nothing can be tested (see units.py); p, detectable: (c,); scale_members: the number of members
    of the ensemble that scales max-T.
    """

    units: np.ndarray
    tested: bool
    p: np.ndarray
    detectable: np.ndarray
    scale_members: int


def judge(
    comparisons: Sequence[Comparison], margin: float | None
) -> tuple[list[Judgement], FamilyJudgement]:
    """Each comparison's judgement, and that of the whole family.

    margin: whether all changes of the family lie within it is tested; None: that is not tested.
    """
    tests = _tested(comparisons)
    return _of_each(comparisons, tests), _of_family(tests, margin)


def _tested(comparisons: Sequence[Comparison]) -> _Tests:
    changes = np.stack([comparison.changes for comparison in comparisons], axis=1)
    units = units_of(changes, [comparison.draws for comparison in comparisons])
    if units is None:
        unknown = np.full(len(comparisons), np.nan)
        return _Tests(changes, False, unknown, unknown, 0)
    scale_of: dict[tuple[str, ...], np.ndarray] = {}  # by quantity, in the order of the comparisons
    for comparison in comparisons:
        scale_of.setdefault(comparison.quantity, comparison.scale)
    quantities, full = list(scale_of), np.stack(list(scale_of.values()), axis=1)
    column = np.array([quantities.index(comparison.quantity) for comparison in comparisons])
    scale = inference.scales(full, units, column)
    p, detectable = inference.max_t(units, scale, SEED), inference.detectable(units, scale, SEED)
    return _Tests(units, True, p, detectable, len(full))


def _of_each(comparisons: Sequence[Comparison], tests: _Tests) -> list[Judgement]:
    units = tests.units
    members_sd = smallest = np.full(units.shape[1], np.nan)
    if len(units) > 1 and tests.tested:
        members_sd, smallest = units.std(axis=0, ddof=1), inference.smallest_margin(units)
    noise_low, noise_high = inference.sd_interval(members_sd, len(units))
    alone = inference.detectable_by_t(members_sd, len(units))
    provable = inference.detectable_margin(members_sd, len(units))
    judgements = []
    for i, comparison in enumerate(comparisons):
        members, margin = len(comparison.values), comparison.margin
        low, high, kind = spread(comparison.changes, draw_of(np.arange(members), comparison.draws))
        welch_low, welch_high = _welch(comparison)
        below, _ = inference.tost(units[:, i], margin if tests.tested else None)
        judgements.append(
            Judgement(
                members=members,
                draws=min(comparison.draws, members),
                change=comparison.changes.mean(),
                low=low,
                high=high,
                interval=kind,
                welch_low=welch_low,
                welch_high=welch_high,
                p=tests.p[i],
                margin=margin,
                detectable=tests.detectable[i],
                verdict=inference.verdict(tests.p[i], bool(below), len(units)),
                smallest_margin=smallest[i],
                noise_sd=members_sd[i],
                noise_low=noise_low[i],
                noise_high=noise_high[i],
                detectable_alone=alone[i],
                provable=provable[i],
                members_needed=inference.members_needed(members_sd[i], margin),
            )
        )
    return judgements


def _welch(comparison: Comparison) -> tuple[float, float]:
    """The unpaired interval's bounds; nan if members share draws, because then they are not
    independent.
    """
    if is_shared(comparison.draws, len(comparison.values)):
        return np.nan, np.nan
    _, low, high = variance.welch(comparison.values, comparison.all_baseline)
    return float(low), float(high)


def _of_family(tests: _Tests, margin: float | None) -> FamilyJudgement:
    verdict, power = inference.nothing_in_table(tests.units, margin if tests.tested else None)
    largest, point = inference.largest_point(tests.units)
    return FamilyJudgement(
        cells=tests.units.shape[1],
        largest=largest,
        point95=point if tests.tested else None,
        smallest_p=tests.p.min(),
        nothing=verdict == inference.NOTHING,
        nothing_power=power,
        nothing_verdict=verdict,
        units=len(tests.units),
        margin=margin,
        scale_members=tests.scale_members,
    )
