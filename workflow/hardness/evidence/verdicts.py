"""Whether a claim was reproduced: the rows of claims.csv.

A claim's measure says what was found in the artifacts' columns, its rule where that must lie.
Reproduced: the interval lies inside; not reproduced: it lies outside; else undecided. A number
without an interval is judged by its value alone.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hardness.core.intervals import t_interval
from hardness.core.tables import columns_of
from hardness.evidence.claims import Claim, Need
from hardness.evidence.measures import lookup
from hardness.evidence.measures._values import (
    Bounds,
    Frames,
    NotComputedError,
    Study,
    TestedTable,
    UndecidableError,
    Units,
)

REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
UNDECIDED, NOT_COMPUTED = "undecided at this M", "not computed"


class Verdict(NamedTuple):
    """What was found, its interval (text, may be empty), whether that reproduces the claim, what a
    reader must know beside it, and the recipe by which the sets are trained.
    """

    found: str
    low: str
    high: str
    verdict: str
    note: str
    recipe: str


OF_CLAIM = ("id", "claim", "where", "published", "unit")
COLUMNS = (*OF_CLAIM, *Verdict._fields)


def table(
    claims: Sequence[Claim], frames: Frames, study: Study, missing: Mapping[str, Sequence[str]]
) -> dict[str, list]:
    """The columns of claims.csv: one row per claim, in their order.

    frames: Need.frame -> columns; missing: id -> the keys that `claims.resolve` says are lacking,
    of the claims that the config does not plan.
    """
    rows = []
    for claim in claims:
        if claim.id in missing and claim.later is None:
            reason = f"not planned: {'; '.join(missing[claim.id])}"
            verdict = _not_computed(study, reason)
        else:
            verdict = check(claim, frames, study)
        rows.append({name: getattr(claim, name) for name in OF_CLAIM} | verdict._asdict())
    return columns_of(rows, COLUMNS)


def check(claim: Claim, frames: Frames, study: Study) -> Verdict:
    """Compare what the artifacts' columns show with a claim."""
    if claim.later is not None:
        return _not_computed(study, claim.later)
    try:
        measured = lookup.find(claim.measure)(frames, study, **claim.arguments)
    except NotComputedError as reason:
        return _not_computed(study, str(reason))
    except UndecidableError as reason:
        return Verdict("", "", "", UNDECIDED, _note(claim, study, str(reason)), study.recipe)
    if isinstance(measured, TestedTable):
        answer = UNDECIDED
        if measured.changed or measured.nothing:
            answer = NOT_REPRODUCED if measured.changed else REPRODUCED
        note = _note(claim, study, measured.note)
        return Verdict(_text(measured.largest), "", "", answer, note, study.recipe)
    judged = _judged(measured, claim.rule, _region(claim))
    return judged._replace(note=_note(claim, study, judged.note), recipe=study.recipe)


def _not_computed(study: Study, reason: str) -> Verdict:
    return Verdict("", "", "", NOT_COMPUTED, reason, study.recipe)


def _judged(measured: Units | Bounds, rule: str, region: tuple[float, float]) -> Verdict:
    """The verdict on quantities with intervals; its note is of them alone."""
    columns, notes = len(measured.names), [measured.note]
    if isinstance(measured, Units):
        level = 0.9 if rule == "equal_within" else 0.95
        inner, outer = _intervals(measured, level), _intervals(measured, 1 - (1 - level) / columns)
        notes.append("90% interval" if level == 0.9 else "")
    else:
        inner = outer = measured
    answer, column = _decide(inner, outer, region)
    shown = outer if answer == NOT_REPRODUCED else inner
    if answer == UNDECIDED:
        notes.insert(0, _why(inner, column, region))
    if answer == NOT_REPRODUCED and inner is not outer and columns > 1:
        notes.append(f"corrected for the {columns} compared")
    if rule == "monotone":
        answer = {REPRODUCED: NOT_REPRODUCED, NOT_REPRODUCED: REPRODUCED}.get(answer, answer)
    note = "; ".join(filter(None, [measured.names[column], *notes]))
    if shown.shown:
        return Verdict(shown.shown, "", "", answer, note, "")
    ends = [] if shown.low is None else [_text(end[column]) for end in shown.ends()]
    low, high = ends or ("", "")
    return Verdict(_text(shown.value[column]), low, high, answer, note, "")


def _intervals(units: Units, level: float) -> Bounds:
    """Student's t over the units, of each column."""
    return Bounds(*t_interval(units.values, level), names=units.names)


def _region(claim: Claim) -> tuple[float, float]:
    """Where a claim says that the truth lies. Above zero, zero excluded, is from the smallest
    positive number on.
    """
    tiny, rounding = 1e-300, 1e-9
    if claim.rule == "equal_within":
        assert claim.value is not None  # claims.checked has seen to it
        return claim.value - claim.bound - rounding, claim.value + claim.bound + rounding
    if claim.rule == "at_most":
        return -np.inf, claim.bound + rounding
    if claim.rule == "at_least":
        return claim.bound - rounding, np.inf
    # sign; monotone: everything falls, by more than 0
    return (-np.inf, -tiny) if claim.bound == "-" else (tiny, np.inf)


def _decide(inner: Bounds, outer: Bounds, region: tuple[float, float]) -> tuple[str, int]:
    """The verdict, and the column that it depends on.

    Reproduced: every column's interval inside the region (an intersection-union test, no
    correction). Not reproduced: some column's interval outside; `outer` holds the intervals
    corrected for the number of columns (Bonferroni).
    """
    (low, high), (outer_low, outer_high) = inner.ends(), outer.ends()
    unknown = -np.inf  # an interval that is not known lies neither inside nor outside
    outside = np.nan_to_num(np.maximum(region[0] - outer_high, outer_low - region[1]), nan=unknown)
    if (outside > 0).any():
        return NOT_REPRODUCED, int(outside.argmax())
    room_below = low - region[0] if np.isfinite(region[0]) else np.inf
    room_above = region[1] - high if np.isfinite(region[1]) else np.inf
    inside = np.nan_to_num(np.minimum(room_below, room_above), nan=unknown, posinf=np.inf)
    column = int(inside.argmin())
    return (REPRODUCED if inside[column] >= 0 else UNDECIDED), column


def _why(bounds: Bounds, column: int, region: tuple[float, float]) -> str:
    """Why a claim is undecided."""
    low, high = (ends[column] for ends in bounds.ends())
    if np.isnan(low) or np.isnan(high):
        return "too few members, or draws, for an interval"
    edges = [_text(edge) for edge in region if low <= edge <= high]
    if edges:
        return f"the interval holds {' and '.join(edges)}"
    return f"outside, but not of {len(bounds.value)} at once"


def _note(claim: Claim, study: Study, note: str) -> str:
    """What is to be said of the numbers, of the claim, and of how this study differs from the
    paper's.
    """
    notes = [note, claim.note]
    if study.paper_estimator != claim.estimator and any(map(_follows_class_sizes, claim.needs)):
        notes.append(f"class sizes and groups by {study.paper_estimator}, not {claim.estimator}")
    trained = {need.file for need in claim.needs} != {"duplicates"}
    if trained and study.recipe != claim.recipe:
        notes.append("not the paper's recipe")
    return "; ".join(filter(None, notes))


def _follows_class_sizes(need: Need) -> bool:
    by_file = need.file in ("groups", "effects/cells", "effects/families")
    return by_file or "resample" in (need.set or "")


def _text(value: float) -> str:
    """A number in four digits or so; nothing for a missing one."""
    if np.isnan(value):
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 4
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
