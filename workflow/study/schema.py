"""The config against its JSON schema: each error in words, and the defaults.

jsonschema finds the errors; here they are said with the key's path, what was found, what was
expected. Of alternatives (`oneOf`, always with a `discriminator`) only the one that the value's own
kind or name asks for is looked at.
"""

import copy
import functools
import math
from collections.abc import Iterator
from typing import Any

import jsonschema

from hardness.core.names import nearest

from .strict import Problem, found, number_hint

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
UNUSABLE = ("type", "enum", "anyOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _is_number(_: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _tags(branch: dict, tag: str) -> list[str]:
    key = branch["properties"][tag]
    return key.get("enum") or [key["const"]]


def _tags_of_all(schema: dict) -> list[str]:
    tag = schema["discriminator"]["propertyName"]
    return [name for branch in schema["oneOf"] for name in _tags(branch, tag)]


def _branch(value: Any, schema: dict) -> dict | None:
    """Of a schema's alternatives (`oneOf`) the one that the value's own kind or name asks for."""
    tag = schema["discriminator"]["propertyName"]
    given = value.get(tag) if isinstance(value, dict) else None
    return next((branch for branch in schema["oneOf"] if given in _tags(branch, tag)), None)


def _one_of(
    validator: Any, branches: list[dict], value: Any, schema: dict
) -> Iterator[jsonschema.ValidationError]:
    """`oneOf`, judged by that alternative only, so that an error is about what was meant."""
    branch, tag = _branch(value, schema), schema["discriminator"]["propertyName"]
    if branch:
        yield from validator.descend(value, branch)
    elif isinstance(value, dict) and tag in value:
        known = {"enum": _tags_of_all(schema)}
        yield jsonschema.ValidationError(
            "", path=(tag,), validator="enum", instance=value[tag], schema=known
        )


Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"oneOf": _one_of},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "number": _is_number,
            "integer": _is_integer,
        }  # .nan is no learning rate, 30.0 no number of epochs
    ),
)


def _resolved(schema: dict, root: dict) -> dict:
    """A schema with what it refers to (`$ref: "#/$defs/..."`) put in."""
    if "$ref" not in schema:
        return schema
    return {**root["$defs"][schema["$ref"].rpartition("/")[2]], **schema}


def _expected(schema: dict, root: dict) -> str:
    """What a schema asks for, in words."""
    schema = _resolved(schema, root)
    if "title" in schema:
        return schema["title"]
    if "anyOf" in schema:
        return " or ".join(
            _expected(one, root) for one in schema["anyOf"] if one.get("type") != "null"
        )
    if "enum" in schema or "const" in schema:
        return " or ".join(map(str, schema.get("enum") or [schema["const"]]))
    if schema["type"] == "array":
        return f"a list{' of at least one' if schema.get('minItems') else ''}"
    if "minimum" in schema and "maximum" in schema:
        return f"{WORDS[schema['type']]} from {schema['minimum']} to {schema['maximum']}"
    bounds = " and ".join(
        f"{word} {schema[bound]}" for bound, word in BOUNDS.items() if bound in schema
    )
    return f"{WORDS[schema['type']]} {bounds}".rstrip()


def _hint(error: jsonschema.ValidationError) -> str:
    """What to write instead, where that can be guessed."""
    value = error.instance
    if error.validator == "enum":
        near = nearest(value, error.schema["enum"])
        return f"; {near}" if near.startswith("did you mean") else ""
    if (
        error.validator == "type"
        and error.validator_value == "array"
        and not isinstance(value, dict | None)
    ):
        return f"; write [{found(value)}]"
    if isinstance(value, bool) and error.validator == "type" and error.validator_value == "string":
        return "; YAML reads yes, no, on and off as true and false: put a name in quotes"
    hint = (
        number_hint(value)
        if isinstance(value, str) and error.validator in ("type", "anyOf")
        else None
    )
    return f"; {hint}" if hint else ""


def _explain(error: jsonschema.ValidationError, root: dict) -> Iterator[Problem]:
    """An error of the schema as problems, one for each key that is wrong."""
    where, value, schema = tuple(error.absolute_path), error.instance, error.schema
    if error.validator == "additionalProperties":
        for key in (key for key in value if key not in schema["properties"]):
            yield (*where, key), f"unknown key {key!r}: {nearest(key, schema['properties'])}"
    elif error.validator == "required":
        for key in (key for key in schema["required"] if key not in value):
            wanted = (
                {"enum": _tags_of_all(schema)} if "oneOf" in schema else schema["properties"][key]
            )
            yield (*where, key), f"missing, expected {_expected(wanted, root)}"
    elif error.validator == "uniqueItems":
        again = {found(item) for index, item in enumerate(value) if item in value[:index]}
        yield where, f"found {' and '.join(sorted(again))} more than once, expected each once"
    else:
        if "propertyNames" in error.absolute_schema_path:
            where = (*where, value)
        yield where, f"found {found(value)}, expected {_expected(schema, root)}{_hint(error)}"


def _inside(content: Any, part: str | int) -> Any:
    return None if content is None else content[part]


def problems_of(config: dict, root: dict) -> tuple[list[Problem], dict]:
    """What the schema `root` finds wrong, and a copy of the config with nothing (None) in place of
    unusable values.
    """
    problems, usable = [], copy.deepcopy(config)
    for error in sorted(
        Validator(root).iter_errors(config), key=lambda error: list(map(str, error.absolute_path))
    ):
        problems += _explain(error, root)
        if error.validator in UNUSABLE:
            *holder, last = error.absolute_path
            inside = functools.reduce(_inside, holder, usable)
            if inside is not None:
                inside[last] = None
    return problems, usable


def fill(value: Any, schema: dict, root: dict) -> None:
    """Put the schema's defaults where keys are left out, at all depths; what is there stays."""
    schema = _resolved(schema, root)
    if "oneOf" in schema:
        schema = _branch(value, schema) or {}
    if isinstance(value, dict):
        for key, of_key in schema.get("properties", {}).items():
            if key not in value and "default" in of_key:
                value[key] = copy.deepcopy(of_key["default"])
            if key in value:
                fill(value[key], of_key, root)
        if isinstance(schema.get("additionalProperties"), dict):
            for item in value.values():
                fill(item, schema["additionalProperties"], root)
    elif isinstance(value, list):
        for item in value:
            fill(item, schema.get("items", {}), root)
