"""Find the errors of a config, put them into words, and fill in its defaults.

pydantic finds the errors; this file describes each with the key's path, what was found, and what
the schema expects there.
"""

import copy
from typing import Any

from pydantic import ValidationError

from hardness.core.names import nearest

from .schema import alternatives, any_tag, branch, place, resolved, schema
from .settings.study import Study
from .settings.values import REPEATED, repeated
from .strict import Problem, Where, found, number_hint

WORDS = {
    "object": "keys with values",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
}
BOUNDS = {
    "minimum": "of at least",
    "exclusiveMinimum": "above",
    "maximum": "of at most",
    "exclusiveMaximum": "below",
}
USABLE = ("missing", "union_tag_not_found", "string_pattern_mismatch", REPEATED)


def at(content: Any, where: Where) -> Any:
    """Return the value at a place of a config; None if there is none."""
    for part in where:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return None
    return content


def _expected(part: dict) -> str:
    """What a part of the schema asks for, in words."""
    if "title" in part:
        return part["title"]
    if "anyOf" in part:
        return " or ".join(_expected(one) for one in alternatives(part))
    if "enum" in part or "const" in part:
        return " or ".join(map(str, part.get("enum") or [part["const"]]))
    if part["type"] == "array":
        return f"a list{' of at least one' if part.get('minItems') else ''}"
    if "minimum" in part and "maximum" in part:
        return f"{WORDS[part['type']]} from {part['minimum']} to {part['maximum']}"
    bounds = " and ".join(
        f"{word} {part[bound]}" for bound, word in BOUNDS.items() if bound in part
    )
    return f"{WORDS[part['type']]} {bounds}".rstrip()


def _hint(value: Any, part: dict) -> str:
    """What to write instead, if that can be guessed."""
    kinds = {one.get("type") for one in alternatives(part)}
    hint = None
    if "enum" in part:
        near = nearest(value, part["enum"])
        hint = near if near.startswith("did you mean") else None
    elif kinds == {"array"} and not isinstance(value, dict | list | None):
        hint = f"write [{found(value)}]"
    elif kinds == {"string"} and isinstance(value, bool):
        hint = "YAML reads yes, no, on and off as true and false: put a name in quotes"
    elif kinds & {"integer", "number"} and isinstance(value, str):
        hint = number_hint(value)
    return f"; {hint}" if hint else ""


def _problem(kind: str, loc: Where, config: dict) -> Problem:
    """An error of pydantic in words: its own messages do not fit YAML."""
    if kind == "string_pattern_mismatch":  # of a name: its place ends in (name, "[key]")
        where, part = (*place(loc[:-2])[0], loc[-2]), place(loc[:-2])[1]["propertyNames"]
        return where, f"found {found(loc[-2])}, expected {_expected(part)}"
    where, part = place(loc)
    if kind == "missing" and isinstance(loc[-1], str):  # no item of a list of two
        return where, f"missing, expected {_expected(part)}"
    if kind == "extra_forbidden":
        known = place(loc[:-1])[1]["properties"]
        return where, f"unknown key {loc[-1]!r}: {nearest(str(loc[-1]), known)}"
    if kind == REPEATED:
        again = sorted({found(item) for item in repeated(at(config, where))})
        return where, f"found {' and '.join(again)} more than once, expected each once"
    if kind.startswith("union_tag"):
        where, part = (*where, part["discriminator"]["propertyName"]), any_tag(part)
        if kind == "union_tag_not_found":
            return where, f"missing, expected {_expected(part)}"
    value = at(config, where)
    return where, f"found {found(value)}, expected {_expected(part)}{_hint(value, part)}"


def problems_of(config: dict) -> tuple[list[Problem], dict]:
    """Return the errors of a config, key by key, and a copy of it with its defaults filled in,
    without unknown keys, and with None in place of unusable values.
    """
    try:
        return [], _completed(config, Study.model_validate(config).model_dump())
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
    problems, usable = [], copy.deepcopy(config)
    for kind, loc in ((one["type"], one["loc"]) for one in errors):
        if kind == "too_short" and at(config, place(loc)[0]):
            continue  # pydantic counts the right items of a list only
        where, text = _problem(kind, loc, config)
        problems.append((where, text))
        holder, last = at(usable, where[:-1]), where[-1]
        if kind == "extra_forbidden":
            del holder[last]
        elif kind not in USABLE and holder is not None:
            holder[last] = None
    _fill(usable, schema())
    return problems, usable


def _completed(given: Any, full: Any) -> Any:
    """What was given, in its order and with its lists and numbers, followed by what only `full`
    has: the defaults.
    """
    if isinstance(full, dict):
        given = given or {}
        keys = [*given, *(key for key in full if key not in given)]
        return {key: _completed(given.get(key), full[key]) for key in keys}
    if isinstance(full, list | tuple):
        return [_completed(*both) for both in zip(given or full, full, strict=True)]
    return full if given is None else given


def _fill(value: Any, part: dict) -> None:
    """Put the schema's defaults in place of missing keys of a wrong config, at all depths, so that
    names, and keys that must agree, can be checked as well.
    """
    part = resolved(part)
    if "oneOf" in part:
        name = part["discriminator"]["propertyName"]
        part = branch(value.get(name), part) if isinstance(value, dict) else {}
    if isinstance(value, dict):
        for key, of_key in part.get("properties", {}).items():
            if key not in value and "default" in of_key:
                value[key] = copy.deepcopy(of_key["default"])
            if key in value:
                _fill(value[key], of_key)
        if isinstance(part.get("additionalProperties"), dict):
            for item in value.values():
                _fill(item, part["additionalProperties"])
    elif isinstance(value, list):
        for item in value:
            _fill(item, part.get("items", {}))
