"""The verdicts on claims: the rows of claims.csv.

A claim's measure computes what was found from the artifacts' columns; its rule says where that must
lie. On sets that are trained by the paper's recipe, and for what the data alone decide, a claim is
reproduced if the interval lies inside, not reproduced if it lies outside, else undecided. With
another recipe a finding holds here or does not hold here, and a number is shown but not judged. A
number without an interval is judged by its value alone.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from hardness.core.intervals import t_interval
from hardness.core.tables import columns_of
from hardness.evidence.claims import NUMBER, OF_DATA, QUESTION, Claim, Need
from hardness.evidence.measures import lookup
from hardness.evidence.measures._values import (
    CLASSES,
    CONSTANT,
    MEMBERS,
    Bounds,
    Frames,
    Measured,
    NotComputedError,
    Study,
    TestedTable,
    UndecidableError,
    Units,
)

REPRODUCED, NOT_REPRODUCED, UNDECIDED = "reproduced", "not reproduced", "undecided"
HERE = {REPRODUCED: "holds here", NOT_REPRODUCED: "does not hold here", UNDECIDED: UNDECIDED}
NOT_JUDGED, NOT_COMPUTED = "not judged", "not computed"
# Why there is no verdict, besides what the measure's result lacks: a rule that seldom passes even
# if the claim is true (with the paper's number of members; with ours, for a table that is tested as
# a whole); another recipe; a part that the config does not plan of what the claim speaks of;
# something that the config does not plan at all, that is undefined here, or that the study does not
# compute yet.
POWER, RECIPE = "power", "recipe"
PART, CONFIG, UNDEFINED, LATER = "part", "config", "undefined", "later"
NO_INTERVAL = {  # what the measure's result lacks -> why there is no interval
    MEMBERS: "too few members, or draws, for an interval",
    CLASSES: "too few classes for an interval",
    CONSTANT: "the same for all classes: no correlation",
}
ENOUGH_POWER, FALSE_ALARMS = 0.5, 0.2  # with less, or more, a rule's note says how weak it is


class Verdict(NamedTuple):
    """The verdict on a claim. found, low, high: what was found and its interval, as text that may
    be empty; because: why there is no verdict, or empty; note: what a reader must also know;
    recipe: by which the sets are trained.
    """

    found: str
    low: str
    high: str
    verdict: str
    because: str
    note: str
    recipe: str


OF_CLAIM = ("id", "kind", "headline", "claim", "where", "published", "unit", "if_true", "if_null")
COLUMNS = (*OF_CLAIM, *Verdict._fields)


def table(
    claims: Sequence[Claim], frames: Frames, study: Study, missing: Mapping[str, Sequence[str]]
) -> dict[str, list]:
    """The columns of claims.csv: one row per claim, in their order.

    frames: Need.frame -> columns; missing: for the claims that the config does not plan, id -> the
    keys that `claims.resolve` returns.
    """
    rows = []
    for claim in claims:
        if claim.id in missing and claim.later is None:
            reason = f"not planned: {'; '.join(missing[claim.id])}"
            verdict = _not_computed(study, CONFIG, reason)
        else:
            verdict = check(claim, frames, study)
        rows.append({name: getattr(claim, name) for name in OF_CLAIM} | verdict._asdict())
    return columns_of(rows, COLUMNS)


def check(claim: Claim, frames: Frames, study: Study) -> Verdict:
    """Compare what the artifacts' columns show with a claim."""
    if claim.later is not None:
        return _not_computed(study, LATER, claim.later)
    try:
        measured = lookup.find(claim.measure)(frames, study, **claim.arguments)
    except NotComputedError as reason:
        return _not_computed(study, UNDEFINED, str(reason))
    except UndecidableError as reason:
        judged = Judged(UNDECIDED, note=str(reason))
    else:
        judged = judge(claim, measured)
    verdict, because = _worded(claim, study, judged)
    note = _note(claim, study, judged.note)
    return Verdict(judged.found, judged.low, judged.high, verdict, because, note, study.recipe)


def _not_computed(study: Study, because: str, reason: str) -> Verdict:
    return Verdict("", "", "", NOT_COMPUTED, because, reason, study.recipe)


def _worded(claim: Claim, study: Study, judged: "Judged") -> tuple[str, str]:
    """The verdict in the words that the claim's kind and the recipe allow; and why there is none,
    or an empty text.
    """
    by_paper = claim.kind == OF_DATA or (claim.kind != QUESTION and study.recipe == claim.recipe)
    if claim.kind == NUMBER and not by_paper:
        return NOT_JUDGED, RECIPE
    because = ""
    if judged.answer == UNDECIDED:
        chances = (judged.power, 1 if claim.if_true is None else claim.if_true)
        certain = judged.lacks in (CONSTANT, PART)
        weak = not certain and any(chance < ENOUGH_POWER for chance in chances)
        because = POWER if weak else judged.lacks
    return (judged.answer if by_paper else HERE[judged.answer]), because


# The answer of a rule


class Judged(NamedTuple):
    """answer: REPRODUCED, NOT_REPRODUCED or UNDECIDED; found, low, high: the numbers that it is
    based on, as text; power: of a table's test (nan: unknown); lacks: why it is undecided, if it
    is.
    """

    answer: str
    found: str = ""
    low: str = ""
    high: str = ""
    note: str = ""
    power: float = 1
    lacks: str = MEMBERS


def judge(claim: Claim, measured: Measured) -> Judged:
    """Apply the claim's rule to what was measured, whatever the recipe."""
    if isinstance(measured, TestedTable):
        answer = UNDECIDED
        if measured.changed or measured.nothing:
            answer = NOT_REPRODUCED if measured.changed else REPRODUCED
        found, low, high = map(_text, (measured.largest, measured.low, measured.high))
        judged = Judged(answer, found, low, high, measured.note, measured.power)
        return judged if measured.whole else _of_part(judged)
    if claim.rule == "realized":
        return _realized(claim, measured)
    judged = _by_intervals(claim, measured)
    whole = measured.whole if isinstance(measured, Units) else True
    return judged if whole else _of_part(judged)


def _of_part(judged: Judged) -> Judged:
    """A part of what a claim speaks of cannot confirm it: the config lacks the rest."""
    if judged.answer != REPRODUCED:
        return judged
    return judged._replace(answer=UNDECIDED, lacks=PART)


def _realized(claim: Claim, measured: Measured) -> Judged:
    """Whether the published number, a single realization, lies in the band of our realizations, or
    (at_most) not below it. It is only known to half its last digit.
    """
    assert isinstance(measured, Bounds) and claim.value is not None
    (low,), (high,) = measured.ends()
    slack = _half_digit(claim.value)
    inside = low <= claim.value + slack and (
        claim.bound == "at_most" or claim.value - slack <= high
    )
    answer = REPRODUCED if inside else NOT_REPRODUCED
    if np.isnan(low) or np.isnan(high):
        answer = UNDECIDED
    note = "; ".join(filter(None, [measured.names[0], measured.note]))
    return Judged(
        answer, _text(measured.value[0]), _text(low), _text(high), note, lacks=measured.lacks
    )


def _half_digit(value: float) -> float:
    """Half of the last digit that a number is printed with: .05 of 8.9, .5 of 100."""
    _, _, decimals = f"{value:g}".partition(".")
    return 0.5 * 10.0 ** -len(decimals)


def _by_intervals(claim: Claim, measured: Units | Bounds) -> Judged:
    """The answer for quantities with intervals; its note is about these only."""
    columns, notes = len(measured.names), [measured.note]
    if isinstance(measured, Units):
        level = 0.9 if claim.rule == "equal_within" else 0.95
        inner, outer = _intervals(measured, level), _intervals(measured, 1 - (1 - level) / columns)
        notes.append("90% interval" if level == 0.9 else "")
    else:
        inner = outer = measured
    region = _region(claim)
    answer, column = _decide(inner, outer, region)
    shown = outer if answer == NOT_REPRODUCED else inner
    if answer == UNDECIDED:
        notes.insert(0, _why(inner, column, region, measured.lacks))
    if answer == NOT_REPRODUCED and inner is not outer and columns > 1:
        notes.append(f"corrected for the {columns} compared")
    note = "; ".join(filter(None, [measured.names[column], *notes]))
    ends = [] if shown.low is None else [_text(end[column]) for end in shown.ends()]
    low, high = ends or ("", "")
    return Judged(answer, _text(shown.value[column]), low, high, note, lacks=measured.lacks)


def _intervals(units: Units, level: float) -> Bounds:
    """Student's t interval over the units, for each column."""
    return Bounds(*t_interval(units.values, level), names=units.names)


def _region(claim: Claim) -> tuple[float, float]:
    """The region in which the truth lies according to the claim. "Above zero" begins at the
    smallest positive number.
    """
    tiny, rounding = 1e-300, 1e-9
    if claim.rule == "equal_within":
        assert claim.value is not None  # claims.checked has seen to it
        return claim.value - claim.bound - rounding, claim.value + claim.bound + rounding
    if claim.rule == "at_most":
        return -np.inf, claim.bound + rounding
    if claim.rule == "at_least":
        return claim.bound - rounding, np.inf
    # sign
    return (-np.inf, -tiny) if claim.bound == "-" else (tiny, np.inf)


def _decide(inner: Bounds, outer: Bounds, region: tuple[float, float]) -> tuple[str, int]:
    """The verdict, and the column that it depends on.

    Reproduced: every column's interval is inside the region (an intersection-union test, which
    needs no correction). Not reproduced: some column's interval is outside; for this, `outer` holds
    the intervals corrected for the number of columns (Bonferroni).
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


def _why(bounds: Bounds, column: int, region: tuple[float, float], lacks: str) -> str:
    """Say why a claim is undecided. lacks: of what was measured."""
    low, high = (ends[column] for ends in bounds.ends())
    if np.isnan(low) or np.isnan(high):
        return NO_INTERVAL[lacks]
    edges = [_text(edge) for edge in region if low <= edge <= high]
    if edges:
        return f"the interval holds {' and '.join(edges)}"
    return f"outside, but not of {len(bounds.value)} at once"


def _note(claim: Claim, study: Study, note: str) -> str:
    """The notes on the numbers, on the claim, on an estimator that replaces the paper's, and on a
    rule that is too weak.
    """
    notes, needs = [note, claim.note], [*claim.needs, *chain.from_iterable(claim.any_of)]
    if study.paper_estimator != claim.estimator and any(map(_follows_class_sizes, needs)):
        notes.append(f"class sizes and groups by {study.paper_estimator}, not {claim.estimator}")
    if claim.if_true is not None and claim.if_true < ENOUGH_POWER:
        notes.append(f"of exact replications this rule finds {claim.if_true:.0%} reproduced")
    if claim.if_null is not None and claim.if_null > FALSE_ALARMS:
        notes.append(f"where the claim is not true it finds {claim.if_null:.0%} reproduced")
    return "; ".join(filter(None, notes))


def _follows_class_sizes(need: Need) -> bool:
    by_file = need.file == "groups" or need.file.startswith("effects/")
    return by_file or "resample" in (need.set or "")


def _text(value: float) -> str:
    """A number with four or five digits; empty for a missing one."""
    if np.isnan(value):
        return ""
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
