"""Tables I and II: what resampling changes."""

import numpy as np

from hardness.analysis import inference
from hardness.core.tables import Columns, pick, rows_of, take
from hardness.evidence.measures._values import (
    Bounds,
    Frames,
    NotComputedError,
    Study,
    TestedTable,
    number,
)

CIFAR_STRATEGIES = 9  # of the paper's tables
CELLS = 4 * CIFAR_STRATEGIES


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
    chosen = np.isin(cells["metric"], ("precision", "recall"))
    if not chosen.any():
        raise NotComputedError(f"the table at alpha {alpha} has no such cell")
    return take(cells, chosen)


def _intervals(cells: Columns) -> tuple[np.ndarray, np.ndarray]:
    """The cells' intervals over members; a range over draws is none."""
    untested = cells["interval"] == "range over draws"
    return np.where(untested, np.nan, cells["low"]), np.where(untested, np.nan, cells["high"])


def table_of_changes(
    frames: Frames, study: Study, alpha: float, baseline: str = "own"
) -> TestedTable:
    """Precision and recall, easy and hard, of all strategies: is there a change, is there none.

    A part of the paper's table can contradict that there is none, not confirm it.
    """
    wanted = _family(study, baseline, alpha)
    (row,) = rows_of(pick(frames["effects/families"], **wanted, what="table"))
    changed = bool(row["largest"] > row["point95"])
    notes = [
        f"{row['cells']} of {CELLS} cells",
        f"95% point of the largest by chance {row['point95']:.4f}"
        if row["point95"] >= 0
        else "not tested",
        "" if changed else str(row["nothing_verdict"]),
    ]
    nothing = bool(row["nothing"]) and row["cells"] == CELLS
    return TestedTable(row["largest"], changed, nothing, "; ".join(filter(None, notes)))


def strategy_changes(
    frames: Frames, study: Study, alpha: float, over: str, under: str
) -> TestedTable:
    """The four cells of one strategy by their verdicts. Negligible: all below the margin, with or
    without a change. Changed: one has a change that is not shown to be below it.
    """
    cells = _cells(frames, study, alpha, over=over, under=under)
    verdicts = cells["verdict"]
    below = np.isin(verdicts, (inference.NONE, inference.CHANGED_BELOW)).all()
    note = ", ".join(f"{row['metric']} {row['group']}: {row['verdict']}" for row in rows_of(cells))
    return TestedTable(
        np.abs(cells["change"]).max(),
        bool((verdicts == inference.CHANGED).any()),
        bool(below),
        note,
    )


def cell_change(
    frames: Frames, study: Study, alpha: float, over: str, under: str, metric: str, group: str
) -> Bounds:
    """The mean change of one cell."""
    cells = _cells(frames, study, alpha, over=over, under=under, metric=metric, group=group)
    return Bounds(cells["change"], *_intervals(cells))


def cells_beyond_spread(frames: Frames, study: Study, alpha: float) -> Bounds:
    """How many cells exceed their +-, the standard deviation over classes."""
    cells = _cells(frames, study, alpha)
    return number(
        (np.abs(cells["change"]) > cells["sd_over_classes"]).sum(),
        f"of {len(cells['change'])} cells",
    )


def falls_everywhere(frames: Frames, study: Study, alpha: float, metric: str, group: str) -> Bounds:
    """The change of one metric and group by every strategy. All share the baseline's seed noise:
    that signs agree is no evidence, so each must fall for sure; one contradicts if it rises by the
    table's test, at .05 over all cells. A part of the strategies can contradict, not confirm.
    """
    cells = _cells(frames, study, alpha, metric=metric, group=group)
    low, high = _intervals(cells)
    shown = f"{(cells['change'] < 0).sum()} of {len(low)} fall, {(high < 0).sum()} for sure"
    low = np.where(cells["p"] <= inference.ALPHA, low, -np.inf)
    high = high if len(high) == CIFAR_STRATEGIES else np.full(len(high), np.inf)
    return Bounds(cells["change"], low, high, [str(name) for name in cells["set"]], shown=shown)
