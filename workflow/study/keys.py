"""Write the pages about the config's keys from its schema: docs/config.md and config/README.md."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

ABOUT = """\
# The keys of the config

The study is described by `config.yaml` and by further files in `config.d/`, which are read as
if they were part of it.
Nothing in it is about machines: [profiles](../profiles) are.
A key that is not listed here is an error, and the message names the nearest one.
This page is made from the classes in `workflow/study/settings` (`make schema`).
`{recipe}` and `{dataset}` are names that you choose: lower-case letters, digits and single
hyphens.
"""
TEMPLATE = """\
# Configuration

`config.yaml` in this folder is the template of a new study: your own images, one recipe.
The study of this repository is described by the `config.yaml` at its top instead.

The workflow can be run in three ways.
In each of them it works in the current directory, creates `results/` there, and needs the
environment of `make setup`.

- **From the clone**: `make study` reads the `config.yaml` at the top of the clone, and
  `config.d/`.
- **From a folder of your own**: copy this `config/` into it and run there
  `CLONE/.venv/bin/snakemake --cores all --snakefile CLONE/workflow/Snakefile`.
  It reads `config/config.yaml`, or `config.yaml`, with `config.d/` beside it.
- **As a module of your workflow**, which passes it a part of its own config:

```python
module hardness:
    snakefile:
        "CLONE/workflow/Snakefile"
    config:
        config["hardness"]


use rule * from hardness as hardness_*
```

Your rules then ask for files below `results/`, such as `results/photos/samples.csv`
([results/README.md](../results/README.md) lists them).
Your own targets and files are left alone.
Three things differ in a module:

- `prefix` is not supported: results lie in `results/`.
- `snakefile` is a path in a clone, not `github(...)`: the rules use the package beside them.
  `snakedeploy deploy-workflow` writes `github(...)` into the `workflow/Snakefile` that it makes:
  put the path there. The rest of what it makes works as it is (tried with snakedeploy 0.17.1).
- The target `verify` and the checks before the first job are left out. Keep folders of images
  where they are: if a folder is gone, what was read from it is deleted and cannot be read again.

The first keys are below; [docs/config.md](../docs/config.md) has all of them.
Both pages are made from the classes in `workflow/study/settings` (`make schema`).
"""


class Row(NamedTuple):
    """A key: its path below its section, its meaning, its allowed values, and its default."""

    key: str
    what: str
    values: str
    default: str


def page(schema: dict) -> str:
    """Return docs/config.md, made from the config's JSON schema."""
    parts = [ABOUT.rstrip(), *_section("The whole file", _head(schema))]
    for name, definition in schema["$defs"].items():
        parts += _section(f"{name}s.{{{name}}}", definition)
    return "\n\n".join(parts) + "\n"


def template_page(schema: dict) -> str:
    """Return config/README.md: how to begin, and the first keys of each part."""
    parts = [TEMPLATE.rstrip()]
    for name, definition in {"file": _head(schema), **schema["$defs"]}.items():
        title = "The whole file" if name == "file" else f"{name}s.{{{name}}}"
        rows = [_row(key, part, definition) for key, part in definition["properties"].items()]
        parts += [f"## {title}", _table(rows)]
    return "\n\n".join(parts) + "\n"


def _head(schema: dict) -> dict:
    """The schema's first level, without the definitions of recipes and data sets."""
    return {**schema, "$defs": {}}


def _section(title: str, part: dict) -> Iterator[str]:
    """A title, a table of the keys below it, and a section for each alternative among them."""
    yield f"## {title}"
    rows, apart = _rows("", part)
    yield _table(rows)
    for key, alternatives in apart:
        tag = alternatives["discriminator"]["propertyName"]
        for branch in alternatives["oneOf"]:
            names = branch["properties"][tag]
            chosen = ", ".join(names.get("enum") or [names["const"]])
            yield f"### {key}, {tag}: {chosen}"
            yield f"{names['description']}".rstrip()
            inner = {name: one for name, one in branch["properties"].items() if name != tag}
            if inner:
                yield _table(_rows("", {**branch, "properties": inner})[0])


def _rows(before: str, part: dict) -> tuple[list[Row], list[tuple[str, dict]]]:
    """The keys of an object at any depth, and those whose keys depend on one of them."""
    rows, apart = [], []
    for name, one in part["properties"].items():
        key = f"{before}{name}"
        rows.append(_row(key, one, part))
        of_items = key
        inner = next((given for given in one.get("anyOf", [one]) if "type" in given), one)
        while inner.get("type") == "array":
            inner, of_items = inner["items"], f"{of_items}[]"
        if "oneOf" in inner:
            apart.append((of_items, inner))
        elif "properties" in inner:
            below, further = _rows(f"{of_items}.", inner)
            rows += below
            apart += further
    return rows, apart


def _row(key: str, part: dict, owner: dict) -> Row:
    name = key.rpartition(".")[2]
    needed = name in owner.get("required", ())
    default = "required" if needed else _plain(part["default"]) if "default" in part else ""
    return Row(key, part.get("description", ""), _values(part), default)


def _values(part: dict) -> str:
    """The allowed values of a part of the schema, in words."""
    if "anyOf" in part:
        return part.get("title") or " or ".join(map(_values, part["anyOf"]))
    if "enum" in part:
        return ", ".join(map(str, part["enum"]))
    if "const" in part:
        return str(part["const"])
    if part.get("type") == "array":
        return f"a list: {_values(part['items'])}"
    kinds = {
        "integer": "a whole number", "number": "a number", "string": "text", "null": "null",
        "boolean": "true or false", "object": "keys, below",
    }  # fmt: skip
    text = part.get("title") or kinds.get(part.get("type", ""), "keys, below")
    bounds = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to",
              "exclusiveMaximum": "below"}  # fmt: skip
    limits = [f"{word} {part[key]:g}" for key, word in bounds.items() if key in part]
    return " ".join([text, *limits]) if "title" not in part else text


def _plain(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    text = text.removesuffix("...\n").strip()
    return f"`{text}`"


def _table(rows: list[Row]) -> str:
    lines = [f"| `{key}` | {_cell(what)} | {_cell(values)} | {_cell(default)} |"
             for key, what, values, default in rows]  # fmt: skip
    return "\n".join(["| key | what | values | default |", "|---|---|---|---|", *lines])


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
