"""Read YAML strictly: refuse, naming the line, what YAML 1.1 silently reads differently from how
it looks.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from hardness.core.errors import HardnessError

NUMBER = re.compile(r"([-+]?)(\d[\d_]*\.?\d*|\.\d+)(?:[eE]([-+]?\d+))?")

JOINED = ("recipes", "datasets")  # keys whose contents may be spread over several files
MERGE = (
    ": move the contents of the last to the first. Or put what you added into a file of "
    "its own, such as config.d/photos.yaml"
)

Where = tuple[
    str | int, ...
]  # a place in the config: ("datasets", "digits", "resampling", 0, "alphas")
Problem = tuple[Where, str]


class ConfigError(HardnessError):
    """One message that lists all errors of a config."""


def dotted(where: Where) -> str:
    """Return ("datasets", "digits", "resampling", 0) as datasets.digits.resampling[0]."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(
        "."
    )


def error_of(problems: list[Problem], files: str) -> ConfigError:
    """Return all problems, each once, as one error; `files` names what was read."""
    lines = list(dict.fromkeys(f"{dotted(where)}: {text}" for where, text in problems))
    if len(lines) == 1:
        return ConfigError(f"{files}: {lines[0]}")
    return ConfigError("\n  ".join([f"{files}: {len(lines)} problems", *lines]))


def found(value: Any) -> str:
    """Return a value as messages show it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"keys with values ({', '.join(map(str, value)) or 'none'})"
    if isinstance(value, list):
        return f"the list {value}"
    return repr(value)


def number_hint(text: str) -> str | None:
    """Return what to write for a number that YAML 1.1 reads as text, such as 1e-1; None if the
    text is not a number.
    """
    match = NUMBER.fullmatch(text)
    if not match:
        return None
    sign, digits, power = match.groups()
    digits = digits.replace("_", "")
    forms = []
    if power:
        whole, _, rest = digits.partition(".")
        forms.append(f"{sign}{whole or 0}.{rest or 0}e{int(power):+d}")
    if not power or abs(int(power)) <= 9:
        forms.append(format(Decimal(f"{sign}{digits}e{power or 0}"), "f"))
    return f"YAML reads {text} as text: write {' or '.join(forms)}"


def _oddities(node: yaml.Node | None, where: Where = ()) -> Iterator[Problem]:
    """Keys given twice, and numbers that YAML reads as text."""
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, list[str]] = {}
        for key, value in node.value:
            name = str(key.value)
            lines.setdefault(name, []).append(str(key.start_mark.line + 1))
            yield from _oddities(value, (*where, name))
        for name, given in lines.items():
            if len(given) > 1:
                times = "twice" if len(given) == 2 else f"{len(given)} times"
                pasted = not where and name in JOINED  # such as a second `datasets:` at the end
                yield (
                    (*where, name),
                    f"key {name!r} is given {times}, on lines {' and '.join(given)}; keep one"
                    + (MERGE if pasted else ""),
                )
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _oddities(value, (*where, index))
    elif (
        isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str" and not node.style
    ):  # not in quotes
        hint = number_hint(node.value)
        if hint:
            yield (
                where,
                f"found {node.value} on line {node.start_mark.line + 1}, expected a number; {hint}",
            )


def _text(path: Path | str) -> str:
    """A file's text. Raises ConfigError that names the line if it is not UTF-8, and OSError."""
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig")
        at = content.find(b"\0")  # UTF-16 without a mark
    except UnicodeDecodeError as error:
        at = error.start
    if at >= 0:
        raise ConfigError(
            f"{path}: not UTF-8: line {content[:at].count(10) + 1} has the byte 0x{content[at]:02x}"
            "; save the file as UTF-8 (in an editor: Save as, encoding)"
        )
    return text


def read(path: Path | str) -> tuple[dict, list[Problem]]:
    """Return a YAML file's content, and a problem for each key given twice and each number read as
    text. Raises ConfigError if the file cannot be read.
    """
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(_text(path))
        node = loader.get_single_node()
        problems = list(
            _oddities(node)
        )  # before the content is made, which expands merge keys in the nodes
        content = loader.construct_document(node) if node else {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigError(
            f"{path}: not valid YAML: {line}{error.problem or error.context}"
        ) from error
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ) as error:  # no text; 2024-13-45; an endless alias
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: found {found(content)}, expected keys with values")
    return content, problems


def read_strictly(path: Path | str) -> dict:
    """Read a YAML file into plain dicts and lists; an empty one is an empty dict.

    Raises ConfigError, naming the file, for keys given twice (naming the lines), numbers that YAML
    1.1 reads as text (1e-1), invalid YAML, and a file that cannot be read.
    """
    content, problems = read(path)
    if problems:
        raise error_of(problems, str(path))
    return content
