"""Make the config's JSON schema from its classes (study.settings), and look up parts of it.

`python -m study.schema` (`make schema`) writes the schema's file, which editors and readers use,
and the other pages that are made from code: on estimators, samplers and the config's keys.
"""

import functools
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic.json_schema import GenerateJsonSchema

from hardness.scoring import guide

from . import keys
from .settings.study import Study
from .strict import Where

WORKFLOW = Path(__file__).resolve().parents[1]
FILE = WORKFLOW / "schemas" / "config.schema.yaml"
ROOT = WORKFLOW.parent
HEADER = """\
# The keys of config.yaml, each with its type, range and default. No other key is allowed.
# Made from the classes in workflow/study/settings by `make schema`: change those.
# Names of recipes, data sets, models, estimators and samplers are looked up in study/config.py.
# `title` completes "expected ..." in messages; a key's description says what null means.
$schema: https://json-schema.org/draft/2020-12/schema
"""
APART = {"Recipe": "recipe", "Dataset": "dataset"}  # classes that get a definition of their own


# The schema


class _Schema(GenerateJsonSchema):
    """pydantic's JSON schema, in words that a message can use."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Keep only our own titles: they complete messages."""
        return False

    def dict_schema(self, schema: Any) -> dict:
        """Names that the user chooses, each with the same keys; a wrong name is an error."""
        names = self.generate_inner(schema["keys_schema"])
        values = self.generate_inner(schema["values_schema"])
        return {"type": "object", "propertyNames": names, "additionalProperties": values}

    def tagged_union_schema(self, schema: Any) -> dict:
        """Alternatives, told apart by one key that must be given."""
        tag = schema["discriminator"]
        branches = super().tagged_union_schema(schema)["oneOf"]
        return {
            "type": "object",
            "required": [tag],
            "discriminator": {"propertyName": tag},
            "oneOf": branches,
        }


def _tidy(node: Any, classes: dict) -> Any:
    """A part of pydantic's schema, with classes inlined where they are used, and a key's
    description first; only recipe and data set, which are long, remain definitions.
    """
    if isinstance(node, list):
        return [_tidy(item, classes) for item in node]
    if not isinstance(node, dict):
        return node
    name = node.get("$ref", "").rpartition("/")[2]
    if name in APART:
        return {**node, "$ref": f"#/$defs/{APART[name]}"}
    if name:
        node = {**classes[name], **{key: node[key] for key in node if key != "$ref"}}
    if "properties" in node:
        node.pop("title", None)  # the class's name
    if isinstance(text := node.get("description"), str):
        node = {"description": "", **node} | {"description": " ".join(text.split())}
    return {key: _tidy(item, classes) for key, item in node.items()}


@functools.cache
def schema() -> dict:
    """Return the JSON schema of a config."""
    made = Study.model_json_schema(schema_generator=_Schema)
    classes = made.pop("$defs")
    apart = {short: _tidy(classes[name], classes) for name, short in APART.items()}
    return {**_tidy(made, classes), "$defs": apart}


def text() -> str:
    """Return the content of the schema's file."""
    return HEADER + yaml.dump(schema(), sort_keys=False, width=80, default_flow_style=None)


# Look up parts of it


def resolved(part: dict) -> dict:
    """Return a part of the schema with its reference (`$ref: "#/$defs/..."`) inlined."""
    if "$ref" not in part:
        return part
    return {**schema()["$defs"][part["$ref"].rpartition("/")[2]], **part}


def _tags(branch: dict, tag: str) -> list[str]:
    key = branch["properties"][tag]
    return key.get("enum") or [key["const"]]


def any_tag(part: dict) -> dict:
    """Return the schema of the key that tells the alternatives (`oneOf`) of a part apart."""
    tag = part["discriminator"]["propertyName"]
    return {"enum": [name for branch in part["oneOf"] for name in _tags(branch, tag)]}


def branch(name: Any, part: dict) -> dict:
    """Return the alternative of that name of a part; an empty dict if there is none."""
    tag = part["discriminator"]["propertyName"]
    return next((branch for branch in part["oneOf"] if name in _tags(branch, tag)), {})


def alternatives(part: dict) -> list[dict]:
    """Return the alternatives of a value other than null."""
    return [one for one in part.get("anyOf", [part]) if one.get("type") != "null"]


def place(loc: Where) -> tuple[Where, dict]:
    """Convert a place of pydantic, which includes the alternatives that it tried, into a place in
    the config. Returns it with the part of the schema there.
    """
    where: Where = ()
    part = schema()
    for step in loc:
        if "oneOf" in part:
            part = branch(step, part)
            continue
        if len(alternatives(part)) > 1:
            break
        (part,) = alternatives(part)
        if isinstance(step, int):
            part = part["items"]
        else:
            part = part.get("properties", {}).get(step) or part.get("additionalProperties") or {}
        where, part = (*where, step), resolved(part)
    return where, part


# The files


def made() -> dict[Path, str]:
    """Return the content of each file that is made from code."""
    from hardness.sets import guide as samplers  # with numpy, which reading a config does not need

    return {
        FILE: text(),
        ROOT / "docs" / "estimators.md": guide.markdown(),
        ROOT / "docs" / "samplers.md": samplers.markdown(),
        ROOT / "docs" / "config.md": keys.page(schema()),
        ROOT / "config" / "README.md": keys.template_page(schema()),
    }


def main(arguments: list[str]) -> int:
    """Write the files that are made from code: the schema and the pages. With --check, only report
    those that are out of date. Returns the exit status.
    """
    if arguments not in ([], ["--check"]):
        print("usage: python -m study.schema [--check]", file=sys.stderr)
        return 2
    stale = False
    for file, written in made().items():
        if not arguments:
            file.write_text(written, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != written:
            print(f"{file}: out of date: run make schema", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
