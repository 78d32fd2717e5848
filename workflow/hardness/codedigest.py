"""Digests of code that only change when it may compute something else: taken over syntax trees, not over text.

Comments, docstrings, blank lines and layout do not count; a name, a constant, a default do. Python 3.11 to 3.13 give
the same digest (`ast.dump` does not: what it leaves out, and where f-strings are cut, differ between versions).
"""

import ast
import functools
import hashlib
from pathlib import Path
from typing import NamedTuple

LENGTH = 16
UNSEEN = {"type_comment", "kind", "type_ignores"}


class Module(NamedTuple):
    """One file of code: digest (hex); its imports at any depth: (dots in front, module or "", names taken from it)."""

    digest: str
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in UNSEEN)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """An f-string's parts with neighboring texts as one and no empty ones: Python versions cut them differently."""
    joined: list[ast.expr] = []
    for part in parts:
        if _is_text(part) and joined and _is_text(joined[-1]):
            joined[-1] = ast.Constant(joined[-1].value + part.value)
        elif not _is_text(part) or part.value:
            joined.append(part)
    return joined


def _write(node: ast.AST, out: list[str]) -> None:
    """Append the tree's canonical text to `out`: Kind(field=value...) with no empty fields, positions or docstrings."""
    kind = type(node)
    if kind is ast.Constant:
        out.append(f"{type(node.value).__name__}:{ascii(node.value)};")
        return
    if kind is ast.Name:
        out.append(f"name:{node.id}.{type(node.ctx).__name__};")
        return
    out.append(f"{kind.__name__}(")
    for field in _fields(kind):
        value = getattr(node, field, None)
        if value is None or value == [] or (field == "format_spec" and not _joined(value.values)):
            continue
        out.append(f"{field}=")
        if isinstance(value, ast.AST):
            _write(value, out)
        elif isinstance(value, list):
            _write_list(_joined(value) if kind is ast.JoinedStr else value, out)
        else:
            out.append(f"{ascii(value)};")
    out.append(")")


def _write_list(items: list, out: list[str]) -> None:
    out.append("[")
    for item in items:
        if not isinstance(item, ast.AST):
            out.append(f"{ascii(item)};")
        elif not (type(item) is ast.Expr and _is_text(item.value)):  # a docstring, or a text that does nothing
            _write(item, out)
    out.append("]")


def digest_of_tree(tree: ast.AST) -> str:
    """Digest of a syntax tree: 16 hexadecimal digits."""
    out: list[str] = []
    _write(tree, out)
    return hashlib.sha256("".join(out).encode()).hexdigest()[:LENGTH]


def digest_of_source(source: str | bytes, name: str = "<source>") -> Module:
    """Digest and imports of a piece of Python. Raises SyntaxError, naming `name`, if it is none."""
    tree = ast.parse(source, filename=name)
    imports: list[tuple[int, str, tuple[str, ...]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
    return Module(digest_of_tree(tree), tuple(imports))


@functools.cache
def read(path: Path) -> Module:
    """Digest and imports of a file; it is read once per process. Raises OSError, SyntaxError naming the file."""
    return digest_of_source(path.read_bytes(), str(path))
