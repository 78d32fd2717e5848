"""The config's JSON schema, made from its classes (study.settings), and looking up in it.

`python -m study.schema` writes the schema's file, which editors and readers use, and the pages that
are made from code as well, on estimators, samplers and the config's keys: `make schema`.
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
# What config.yaml may hold: every key, its type, range and default. No other key is allowed.
# Made from the classes in workflow/study/settings by `make schema`: change those.
# Names of recipes, data sets, models, estimators and samplers are looked up in study/config.py.
# `title` completes "expected ..." in messages; a key's description says what null means.
$schema: https://json-schema.org/draft/2020-12/schema
"""
APART = {"Recipe": "recipe", "Dataset": "dataset"}  # the classes that the schema refers to


# The schema


class _Schema(GenerateJsonSchema):
    """pydantic's JSON schema, in words that a message can use."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No titles but our own: they complete messages."""
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
    """A part of pydantic's schema, with classes put in where they are used, and what a key means
    before all else; only a recipe and a data set, which are long, stay apart.
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
    """The JSON schema of a config."""
    made = Study.model_json_schema(schema_generator=_Schema)
    classes = made.pop("$defs")
    apart = {short: _tidy(classes[name], classes) for name, short in APART.items()}
    return {**_tidy(made, classes), "$defs": apart}


def text() -> str:
    """What the schema's file holds."""
    return HEADER + yaml.dump(schema(), sort_keys=False, width=80, default_flow_style=None)


# Looking up in it


def resolved(part: dict) -> dict:
    """A part of the schema with what it refers to (`$ref: "#/$defs/..."`) put in."""
    if "$ref" not in part:
        return part
    return {**schema()["$defs"][part["$ref"].rpartition("/")[2]], **part}


def _tags(branch: dict, tag: str) -> list[str]:
    key = branch["properties"][tag]
    return key.get("enum") or [key["const"]]


def any_tag(part: dict) -> dict:
    """The schema of the key by which the alternatives (`oneOf`) of a part are told apart."""
    tag = part["discriminator"]["propertyName"]
    return {"enum": [name for branch in part["oneOf"] for name in _tags(branch, tag)]}


def branch(name: Any, part: dict) -> dict:
    """Of a part's alternatives the one of that name; nothing where there is none."""
    tag = part["discriminator"]["propertyName"]
    return next((branch for branch in part["oneOf"] if name in _tags(branch, tag)), {})


def alternatives(part: dict) -> list[dict]:
    """What a value may be other than null."""
    return [one for one in part.get("anyOf", [part]) if one.get("type") != "null"]


def place(loc: Where) -> tuple[Where, dict]:
    """A place as pydantic gives it, with the alternatives that it tried, as a place in the config,
    and the part of the schema there.
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
    """What each file that is made from code holds."""
    from hardness.sets import guide as samplers  # with numpy, which reading a config does not need

    return {
        FILE: text(),
        ROOT / "docs" / "estimators.md": guide.markdown(),
        ROOT / "docs" / "samplers.md": samplers.markdown(),
        ROOT / "docs" / "config.md": keys.page(schema()),
        ROOT / "config" / "README.md": keys.template_page(schema()),
    }


def main(arguments: list[str]) -> int:
    """Write what is made from code: the schema's file and the pages; with --check say whether they
    are in step.
    """
    if arguments not in ([], ["--check"]):
        print("usage: python -m study.schema [--check]", file=sys.stderr)
        return 2
    stale = False
    for file, written in made().items():
        if not arguments:
            file.write_text(written, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != written:
            print(f"{file}: not what the code says: make schema", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
