"""The published claims: what each needs, what the study found, and whether it was reproduced.

A claim is a dict, as workflow/claims.yaml explains it. Its measure (measures.py) says what was
found in the artifacts' columns, its rule where that must lie. Reproduced: the interval lies inside;
not reproduced: it lies outside; else undecided. A number without an interval decides by itself.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hardness.core.intervals import t_interval
from hardness.core.names import nearest
from hardness.evidence import measures
from hardness.evidence.measures import Bounds, NotComputed, TestedTable, Undecidable, Units

REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
UNDECIDED, NOT_COMPUTED = "undecided at this M", "not computed"

DATA = ("cifar10", "cifar100", "cifar100-clean")
RULES = ("equal_within", "sign", "at_most", "at_least", "monotone", "nothing")
KEYS = {"id", "claim", "where", "data", "published"}  # every claim has them
COMPUTED = {"needs", "measure", "rule"}  # and these, unless it says `later`
FURTHER = {"against", "any_of", "value", "unit", "note", "later"}

# What a need may say beyond its file: what it must say, and what it can.
NEEDS: dict[str, tuple[set[str], set[str]]] = {
    "groups": (set(), set()),
    "duplicates": (set(), set()),
    "samples": ({"estimators"}, {"hardness"}),
    "sets/sizes": ({"set"}, set()),
    "allocation": ({"estimator"}, set()),
    "evaluation": ({"set"}, {"of"}),
    "stability/pruning-change": ({"estimators", "members"}, {"rates"}),
    "stability/absolute-differences": ({"estimators", "members"}, set()),
    "stability/overlap": ({"estimators", "rates"}, set()),
    "stability/reliability": ({"estimators", "members"}, set()),
    "effects/cells": (set(), {"set", "alpha"}),
    "effects/families": ({"alpha"}, {"baseline"}),
}
COLUMNS = (
    "id",
    "claim",
    "where",
    "published",
    "unit",
    "found",
    "low",
    "high",
    "verdict",
    "note",
    "recipe",
)


class Claims(NamedTuple):
    """The checked content of claims.yaml. recipe: the paper's, by its name in the config; claims:
    in their order.
    """

    recipe: str
    claims: tuple[dict, ...]

    def about(self, data: str) -> tuple[dict, ...]:
        """The claims about one data set of the paper, such as "cifar10", also those that compare it
        with another.
        """
        return tuple(claim for claim in self.claims if claim["data"] == data)


# Reading


def checked(content: Mapping) -> Claims:
    """The content of claims.yaml, with its defaults filled in.

    Raises ValueError, naming the claim, for a key, rule, measure, argument, file or need that is
    unknown or missing, a rule that is not exactly one, and an id given twice.
    """
    if set(content) != {"recipe", "claims"}:
        raise ValueError(
            f"claims.yaml holds {', '.join(map(str, content))}; expected recipe and claims"
        )
    ids: set[str] = set()
    for claim in content["claims"]:
        problem = _problem(claim)
        if not problem and claim["id"] in ids:
            problem = "the id is given twice; expected one of its own"
        if problem:
            raise ValueError(f"claim {claim.get('id', claim)!r}: {problem}")
        ids.add(claim["id"])
    defaults = {"unit": "", "note": "", "needs": [], "any_of": []}
    return Claims(content["recipe"], tuple(defaults | claim for claim in content["claims"]))


def _problem(claim: Mapping) -> str | None:
    """The first thing that is wrong with a claim, or None."""
    required = KEYS | (set() if "later" in claim else COMPUTED)
    known = KEYS | FURTHER | (set() if "later" in claim else COMPUTED)
    for key in claim:
        if key not in known:
            return f"unknown key {key!r}: {nearest(key, sorted(known))}"
    for key in sorted(required):
        if key not in claim:
            return f"the key {key!r} is missing"
    for key in ("data", *(["against"] if "against" in claim else [])):
        if claim[key] not in DATA:
            return f"unknown {key} {claim[key]!r}: {nearest(claim[key], DATA)}"
    if not isinstance(claim["published"], str):
        return f"published is {claim['published']!r}; expected text, as printed: put it in quotes"
    if "later" in claim:
        return None
    groups = [claim["needs"], *claim.get("any_of", [])]
    problems = (_problem_of_need(need) for group in groups for need in group)
    return (
        next(filter(None, problems), None)
        or _problem_of_rule(claim)
        or _problem_of_measure(claim["measure"])
    )


def _problem_of_need(need: Mapping) -> str | None:
    file, said = need.get("file"), set(need) - {"file"}
    if file not in NEEDS:
        return f"unknown file {file!r}: {nearest(file, NEEDS)}"
    must, can = NEEDS[file]
    for key in sorted(must - said):
        return f"the need of {file} does not say {key!r}"
    for key in sorted(said - must - can):
        return f"unknown {key!r} in the need of {file}: {nearest(key, sorted(must | can))}"
    return None


def _problem_of_rule(claim: Mapping) -> str | None:
    rule = claim["rule"]
    if not isinstance(rule, Mapping) or len(rule) != 1:
        return f"the rule is {rule!r}; expected exactly one of {', '.join(RULES)}"
    ((name, value),) = rule.items()
    if name not in RULES:
        return f"unknown rule {name!r}: {nearest(name, RULES)}"
    expected = {"sign": ("+", "-"), "monotone": (False,), "nothing": (True,)}.get(name)
    if expected and value not in expected:
        return f"the rule {name} is {value!r}; expected {' or '.join(map(repr, expected))}"
    if not expected and not _is_number(value):
        return f"the rule {name} is {value!r}; expected a number"
    if (name == "equal_within") != _is_number(claim.get("value")):
        return f"the value is {claim.get('value')!r}; expected a number with the rule equal_within, and with no other"
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _problem_of_measure(measure: Mapping) -> str | None:
    if not isinstance(measure, Mapping) or len(measure) != 1:
        return f"the measure is {measure!r}; expected exactly one, with its arguments"
    ((name, given),) = measure.items()
    if name not in measures.MEASURES:
        return f"unknown measure {name!r}: {nearest(name, measures.MEASURES)}"
    _, _, *arguments = inspect.signature(measures.MEASURES[name]).parameters.values()
    known = [argument.name for argument in arguments]
    for key in given:
        if key not in known:
            return f"unknown argument {key!r} of the measure {name}: {nearest(key, known)}"
    for argument in arguments:
        if argument.default is argument.empty and argument.name not in given:
            return f"the measure {name} needs the argument {argument.name!r}"
    return None


# What a claim needs


def frame_name(need: Mapping) -> str:
    """Under which name a measure finds the columns of a need: its file, with the set or estimator
    where there is a file for each; "against/..." for the other data set of a claim that spans two.
    """
    part = {"evaluation": "set", "allocation": "estimator"}.get(need["file"])
    name = f"{need['file']}/{need[part]}" if part else need["file"]
    return f"against/{name}" if need.get("of") == "against" else name


def resolve(
    claim: Mapping, unplanned: Callable[[Mapping], str | None]
) -> tuple[list[dict], list[str]]:
    """The needs of a claim that the config plans, and the config keys that would plan what it
    lacks.

    unplanned: says of a need which key would plan it, or None if the config plans it. A claim is
    computed if there are no keys. Of `any_of`, one group must be planned as a whole; all that are,
    are read.
    """
    if "later" in claim:
        return [], [claim["later"]]
    keys = [key for need in claim["needs"] if (key := unplanned(need))]
    groups = [
        (group, [key for need in group if (key := unplanned(need))]) for group in claim["any_of"]
    ]
    planned = [need for group, lacking in groups if not lacking for need in group]
    if groups and not planned:
        keys += groups[0][1]
    return ([] if keys else [*claim["needs"], *planned]), list(dict.fromkeys(keys))


# Judging


def table(
    claims: Sequence[Mapping], frames: Mapping, study: Mapping, missing: Mapping[str, Sequence[str]]
) -> dict:
    """The columns of claims.csv, a row a claim, in their order.

    frames: frame_name -> columns; study: as in `check`; missing: id -> the keys that `resolve` says
    are lacking, of the claims that the config does not plan.
    """
    rows = [
        _row(claim, study, NOT_COMPUTED, f"not planned: {'; '.join(missing[claim['id']])}")
        if claim["id"] in missing and "later" not in claim
        else check(claim, frames, study)
        for claim in claims
    ]
    return {name: [row[name] for row in rows] for name in COLUMNS}


def check(claim: Mapping, frames: Mapping[str, Mapping[str, np.ndarray]], study: Mapping) -> dict:
    """A row of claims.csv: what was found, its interval, and the verdict.

    study: recipe (by which the sets are trained), paper_recipe (Claims.recipe), paper_estimator,
    members (the config's ensembles), and draws (set as the needs name it -> draws, of those that
    have more than one).
    """
    if "later" in claim:
        return _row(claim, study, NOT_COMPUTED, claim["later"])
    ((measure, arguments),) = claim["measure"].items()
    ((rule, value),) = claim["rule"].items()
    try:
        found = measures.MEASURES[measure](frames, study, **arguments)
    except NotComputed as reason:
        return _row(claim, study, NOT_COMPUTED, str(reason))
    except Undecidable as reason:
        return _row(claim, study, UNDECIDED, str(reason))
    if isinstance(found, TestedTable):
        verdict = NOT_REPRODUCED if found.changed else REPRODUCED if found.nothing else UNDECIDED
        return _row(claim, study, verdict, found.note, _text(found.largest))
    return _row(claim, study, *_judged(found, rule, _region(rule, value, claim.get("value"))))


def _judged(
    found: Units | Bounds, rule: str, region: tuple[float, float]
) -> tuple[str, str, str, str, str]:
    """Verdict, note, found, low, high."""
    inner, outer, columns = found, found, len(found.names)
    notes = [found.note]
    if isinstance(found, Units):
        level = 0.9 if rule == "equal_within" else 0.95
        inner, outer = _intervals(found, level), _intervals(found, 1 - (1 - level) / columns)
        notes.append("90% interval" if level == 0.9 else "")
    verdict, column = _decide(inner, outer, region)
    shown = outer if verdict == NOT_REPRODUCED else inner
    if verdict == UNDECIDED:
        notes.insert(0, _why(inner, column, region))
    if verdict == NOT_REPRODUCED and inner is not outer and columns > 1:
        notes.append(f"corrected for the {columns} compared")
    if rule == "monotone":
        verdict = {REPRODUCED: NOT_REPRODUCED, NOT_REPRODUCED: REPRODUCED}.get(verdict, verdict)
    note = "; ".join(filter(None, [found.names[column], *notes]))
    if isinstance(found, Bounds) and found.said:
        return verdict, note, found.said, "", ""
    low, high = (
        ("", "") if shown.low is None else (_text(shown.low[column]), _text(shown.high[column]))
    )
    return verdict, note, _text(shown.value[column]), low, high


def _intervals(units: Units, level: float) -> Bounds:
    """Student's t over the units, of each column."""
    return Bounds(*t_interval(units.values, level), names=units.names)


def _region(rule: str, bound: object, value: float | None) -> tuple[float, float]:
    """Where a claim says that the truth lies. Above zero, zero excluded, is from the smallest
    positive number on.
    """
    tiny, rounding = 1e-300, 1e-9
    if rule == "equal_within":
        return value - bound - rounding, value + bound + rounding
    if rule == "at_most":
        return -np.inf, bound + rounding
    if rule == "at_least":
        return bound - rounding, np.inf
    return (
        (-np.inf, -tiny) if bound == "-" else (tiny, np.inf)
    )  # sign; monotone: everything falls, by more than 0


def _decide(inner: Bounds, outer: Bounds, region: tuple[float, float]) -> tuple[str, int]:
    """The verdict, and the column that it hangs on.

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
    return (
        f"the interval holds {' and '.join(edges)}"
        if edges
        else f"outside, but not of {len(bounds.value)} at once"
    )


def _row(
    claim: Mapping, study: Mapping, verdict: str, note: str, found="", low="", high=""
) -> dict:
    notes = [note]
    if verdict != NOT_COMPUTED:
        notes.append(claim["note"])
        sized = [need for need in claim["needs"] if _follows_class_sizes(need)]
        if sized and study["paper_estimator"] != "aum":
            notes.append(f"class sizes and groups by {study['paper_estimator']}, not aum")
        if study["recipe"] != study["paper_recipe"] and {"duplicates"} != {
            need["file"] for need in claim["needs"]
        }:
            notes.append("not the paper's recipe")
    said = {key: claim[key] for key in ("id", "claim", "where", "published", "unit")}
    results = {
        "found": found,
        "low": low,
        "high": high,
        "verdict": verdict,
        "recipe": study["recipe"],
    }
    return said | results | {"note": "; ".join(filter(None, notes))}


def _follows_class_sizes(need: Mapping) -> bool:
    return need["file"] in (
        "groups",
        "effects/cells",
        "effects/families",
    ) or "resample" in need.get("set", "")


def _text(value: float) -> str:
    """A number in four digits or so; nothing for a missing one."""
    if np.isnan(value):
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 4
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
