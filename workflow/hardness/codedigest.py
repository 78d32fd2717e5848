"""Digests of code that only change when it may compute something else: taken over syntax trees, not
over text.

Comments, docstrings, blank lines and layout do not count; a name, a constant, a default do. Python
3.11 to 3.13 give the same digest (`ast.dump` does not: what it leaves out, and where f-strings are
cut, differ between versions).
"""

import ast
import functools
import hashlib
from pathlib import Path
from typing import NamedTuple

LENGTH = 16
WORKFLOW = Path(__file__).resolve().parents[1]  # below which the project's own modules are
UNSEEN = {"type_comment", "kind", "type_ignores"}


class Module(NamedTuple):
    """One file of code: digest (hex); its imports at any depth: (dots in front, module or "", names
    taken from it).
    """

    digest: str
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in UNSEEN)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """An f-string's parts with neighboring texts as one and no empty ones: Python versions cut them
    differently.
    """
    joined: list[ast.expr] = []
    for part in parts:
        if _is_text(part) and joined and _is_text(joined[-1]):
            joined[-1] = ast.Constant(joined[-1].value + part.value)
        elif not _is_text(part) or part.value:
            joined.append(part)
    return joined


def _write(node: ast.AST, out: list[str]) -> None:
    """Append the tree's canonical text to `out`: Kind(field=value...) with no empty fields,
    positions or docstrings.
    """
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
        elif not (
            type(item) is ast.Expr and _is_text(item.value)
        ):  # a docstring, or a text that does nothing
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
            imports.append(
                (node.level, node.module or "", tuple(alias.name for alias in node.names))
            )
    return Module(digest_of_tree(tree), tuple(imports))


@functools.cache
def read(path: Path) -> Module:
    """Digest and imports of a file; it is read once per process. Raises OSError, SyntaxError naming
    the file.
    """
    return digest_of_source(path.read_bytes(), str(path))


def _file(base: Path, parts: tuple[str, ...]) -> Path | None:
    """The file of module a.b.c below `base`: a/b/c.py or a/b/c/__init__.py, if there is one."""
    for file in (
        base.joinpath(*parts, "__init__.py"),
        base.joinpath(*parts[:-1], f"{parts[-1]}.py"),
    ):
        if file.is_file():
            return file
    return None


@functools.cache
def _chain(base: Path, parts: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that Python runs to import module a.b.c: those of a, a.b and a.b.c, as far as they
    are there.
    """
    files = (_file(base, parts[:length]) for length in range(1, len(parts) + 1))
    return tuple(file for file in files if file)


@functools.cache
def _imported(file: Path, root: Path) -> tuple[Path, ...]:
    """The files below `root` that one file imports itself, at its top or inside functions; its own
    packages' too.
    """
    inside = file.relative_to(root).with_suffix("").parts
    found: set[Path] = set(_chain(root, inside[:-1]) if len(inside) > 1 else ())
    for dots, module, names in read(file).imports:
        parts = tuple(module.split(".")) if module else ()
        if dots:
            bases, parts = [root], inside[: len(inside) - dots] + parts
        else:
            bases = [root, file.parent] if file.parent == root / "scripts" else [root]
        for base in bases:
            found.update(_chain(base, parts))
            for name in names:
                found.update(_chain(base, (*parts, name)))
    return tuple(sorted(found - {file}))


def modules(*files: Path | str, root: Path = WORKFLOW) -> list[Path]:
    """The files and all that they import below `root` (the folder workflow/), transitively, sorted.

    A script finds modules beside itself (scripts/common.py) as well as packages of `root`.
    Raises ValueError for a file outside `root`, OSError for one that is not there, SyntaxError.
    """
    root = Path(root).resolve()
    waiting = [Path(file).resolve() for file in files]
    found: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting.extend(_imported(file, root))
    return sorted(found)
