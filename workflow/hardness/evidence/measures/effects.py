"""Tables I and II, and the gaps: what resampling changes.

All strategies of a table share one baseline, whose seed noise is in all of its cells. So equal
signs of the cells are no evidence.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from hardness.analysis import inference
from hardness.core.intervals import RANGE
from hardness.core.tables import Columns, pick, rows_of, take
from hardness.evidence.measures._values import (
    Bounds,
    Frames,
    NotComputedError,
    Study,
    TestedTable,
    interval,
    number,
)

OVER, UNDER = ("none", "random", "smote", "easy", "hard"), ("none", "easy")
# of the paper's tables
STRATEGIES = [
    (over, under) for over in OVER for under in UNDER if (over, under) != ("none", "none")
]
TABLE, GROUPS = ("precision", "recall"), ("easy", "hard")
BELOW = (inference.NONE, inference.CHANGED_BELOW)  # shown to lie below the margin


def _family(study: Study, baseline: str, alpha: float) -> dict[str, object]:
    return {
        "recipe": study.recipe,
        "baseline": baseline,
        "mode": "paper",
        "setting": alpha,
        "suffix": study.paper_suffix,
    }


def _cells(frames: Frames, study: Study, alpha: float, **wanted: object) -> Columns:
    cells = pick(frames["effects/cells"], **_family(study, "own", alpha), **wanted)
    cells = take(cells, np.isin(cells["metric"], TABLE))
    if not len(cells["metric"]):
        raise NotComputedError(f"the table at alpha {alpha} has no such cell")
    return cells


def _tested(rows: Columns, expected: int, what: str, note: str) -> TestedTable:
    """The rows as a TestedTable, by their verdicts. nothing: all rows are shown to be below the
    margin, with or without a change. changed: one row has a change that is not shown to be below
    the margin. It is whole if none of `expected` rows is missing.
    """
    verdicts, found = rows["verdict"], len(rows["verdict"])
    part = f"{found} of {expected} {what}" if found < expected else ""
    largest, low, high = _largest(rows)
    return TestedTable(
        largest,
        bool((verdicts == inference.CHANGED).any()),
        bool(np.isin(verdicts, BELOW).all()),
        np.nan,
        "; ".join(filter(None, [part, note])),
        low,
        high,
        found == expected,
    )


def _largest(rows: Columns) -> tuple[float, float, float]:
    """The largest change, and its interval over members; a range over draws does not count as an
    interval.
    """
    place = np.abs(rows["change"]).argmax()
    value, low, high = (float(rows[name][place]) for name in ("change", "low", "high"))
    known = rows["interval"][place] != RANGE
    return (value, low, high) if known else (value, np.nan, np.nan)


def _smallest(p: np.ndarray) -> str:
    """A note on the smallest of p-values that are corrected for their whole family."""
    known = np.asarray(p, dtype=float)
    if np.isnan(known).all():
        return "not tested"
    return f"smallest corrected p {np.nanmin(known):.3f}"


def table_of_changes(
    frames: Frames, study: Study, alpha: float, baseline: str = "own", what: str = "table"
) -> TestedTable:
    """Easy and hard classes, by all strategies: is there a change, or is there none?

    what: table (precision and recall) or further (the other metrics). There is a change if the
    smallest p, corrected for all cells, is at most .05; there is none if each cell is shown to lie
    within the margin.
    """
    wanted = _family(study, baseline, alpha)
    (row,) = rows_of(pick(frames["effects/families"], **wanted, what=what))
    cells = pick(frames["effects/cells"], **wanted)
    of_table = np.isin(cells["metric"], TABLE)
    largest, low, high = _largest(take(cells, of_table if what == "table" else ~of_table))
    changed = bool(row["smallest_p"] <= inference.ALPHA)
    expected = len(STRATEGIES) * row["cells"] // row["strategies"]
    power = row["nothing_power"]
    notes = [
        f"{row['cells']} of {expected} cells",
        _smallest(row["smallest_p"]),
        f"{row['nothing_verdict']}, power {power:.2f}" if not changed and power >= 0 else "",
    ]
    return TestedTable(
        largest,
        changed,
        bool(row["nothing"]),
        power,
        "; ".join(filter(None, notes)),
        low,
        high,
        row["cells"] == expected,
    )


def cells_unchanged(
    frames: Frames,
    study: Study,
    alpha: float,
    over: Sequence[str] = OVER,
    under: Sequence[str] = UNDER,
    metric: Sequence[str] = TABLE,
    group: Sequence[str] = GROUPS,
) -> TestedTable:
    """Some cells of the table: is one's change not below the margin, or are all below it?"""
    strategies = [(o, u) for o, u in STRATEGIES if o in over and u in under]
    wanted = {"over": over, "under": under, "metric": metric, "group": group}
    cells = _cells(frames, study, alpha)
    chosen = np.all([np.isin(cells[name], values) for name, values in wanted.items()], axis=0)
    cells, expected = take(cells, chosen), len(strategies) * len(metric) * len(group)
    if not chosen.any():
        raise NotComputedError(f"the table at alpha {alpha} has no such cell")
    verdicts = Counter(cells["verdict"].tolist())
    note = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    return _tested(cells, expected, "cells", f"{note}; {_smallest(cells['p'])}")


def gap_unchanged(frames: Frames, study: Study, alpha: float) -> TestedTable:
    """The standard deviation of recall over classes, by all strategies: has one a change that is
    not below the margin, or are all below it? The note adds the gap between the best and the worst
    classes, chosen by other members of full.
    """
    gaps = pick(frames["effects/gaps"], **_family(study, "own", alpha))
    spread, fixed = pick(gaps, measure="sd"), pick(gaps, measure="fixed_gap")
    note, change = _smallest(spread["p"]), fixed["change"]
    if len(change):
        note += f"; fixed best less fixed worst classes {change.min():+.3f} to {change.max():+.3f}"
        note += f", {_smallest(fixed['p'])}"
    return _tested(spread, len(STRATEGIES), "strategies", note)


def cell_changes(
    frames: Frames, study: Study, alpha: float, cells: Sequence[Sequence[str]]
) -> Bounds:
    """The mean changes of single cells, each named by over, under, metric and group.

    Their intervals are over members; a range over draws does not count as an interval.
    """
    found = _single_cells(frames, study, alpha, cells)
    known = [row["interval"] != RANGE for row in found]
    return Bounds(
        np.array([row["change"] for row in found]),
        np.where(known, [row["low"] for row in found], np.nan),
        np.where(known, [row["high"] for row in found], np.nan),
        [" ".join(cell) for cell in cells] if len(cells) > 1 else [""],
    )


def cells_of_sign(
    frames: Frames, study: Study, alpha: float, cells: Sequence[Sequence[str]], sign: str
) -> Bounds:
    """How many of these cells have a mean change of this sign, "+" or "-"."""
    found = _single_cells(frames, study, alpha, cells)
    direction = 1 if sign == "+" else -1
    of_sign = sum(direction * row["change"] > 0 for row in found)
    certain = sum(min(direction * row["low"], direction * row["high"]) > 0 for row in found)
    return number(of_sign, f"of {len(cells)}, {certain} of them for sure")


def _single_cells(
    frames: Frames, study: Study, alpha: float, cells: Sequence[Sequence[str]]
) -> list[dict]:
    names = ("over", "under", "metric", "group")
    return [
        row
        for cell in cells
        for row in rows_of(_cells(frames, study, alpha, **dict(zip(names, cell, strict=True))))
    ]


def spread_of_classes(
    frames: Frames, study: Study, alpha: float, over: str, under: str, metric: str
) -> Bounds:
    """Standard deviation of classes' changes about their group's mean, without noise."""
    wanted = _family(study, "own", alpha) | {"over": over, "under": under, "metric": metric}
    rows = pick(frames["effects/classes"], **wanted)
    if not len(rows["tau"]):
        raise NotComputedError(f"the table at alpha {alpha} has no such strategy")
    tau, low, high = (float(rows[name][0]) for name in ("tau", "tau_low", "tau_high"))
    rise, fall = (rows["low"] > 0).sum(), (rows["high"] < 0).sum()
    note = f"{rise} classes rise and {fall} fall for sure, each by itself"
    return interval(tau, low, high, note=note)
