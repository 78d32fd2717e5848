"""Digests of code that change only if the code may compute something else: they are taken over
syntax trees, not over text.

Comments, docstrings, blank lines and layout do not count; a name, a constant, a default do. Python
3.11 to 3.13 give the same digest (`ast.dump` does not: what it leaves out, and where f-strings are
cut, differ between versions).
"""

import ast
import functools
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

LENGTH = 16
WORKFLOW = Path(__file__).resolve().parents[2]  # below which the project's own modules are
UNSEEN = {"type_comment", "kind", "type_ignores"}
BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # fields that hold statements


class Import(NamedTuple):
    """One imported name. dots: how many a relative import begins with; module: the module, or "";
    name: what is taken from it, "" for `import module`; bound: the name that it gets here.
    """

    dots: int
    module: str
    name: str
    bound: str


class Module(NamedTuple):
    """One file of code. own: the digest (hex) of the file by itself; imports: at any depth of its
    tree; empty: whether the file does nothing, such as one that holds a docstring only.

    `own` leaves out the statements that import the project's own modules, because they say where
    these lie. The modules' contents count in `digest`.
    """

    own: str
    imports: tuple[Import, ...]
    empty: bool


def _fields(node: ast.AST) -> Iterator[str]:
    return (name for name in node._fields if name not in UNSEEN)


def _is_text(node: ast.AST) -> bool:
    return _text(node) is not None


def _text(node: ast.AST) -> str | None:
    """The text that a node is, if it is one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """Join adjacent texts of an f-string, and drop empty ones: Python versions cut them
    differently.
    """
    joined: list[ast.expr] = []
    for part in parts:
        text, before = _text(part), _text(joined[-1]) if joined else None
        if text is not None and before is not None:
            joined[-1] = ast.Constant(before + text)
        elif text != "":
            joined.append(part)
    return joined


def _write(node: ast.AST, out: list[str]) -> None:
    """Append the tree's canonical text to `out`: Kind(field=value...) with no empty fields,
    positions or docstrings.
    """
    kind = type(node)
    if isinstance(node, ast.Constant):
        out.append(f"{type(node.value).__name__}:{ascii(node.value)};")
        return
    if isinstance(node, ast.Name):
        out.append(f"name:{node.id}.{type(node.ctx).__name__};")
        return
    out.append(f"{kind.__name__}(")
    for field in _fields(node):
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
        elif _does_something(item):
            _write(item, out)
    out.append("]")


def digest_of_tree(tree: ast.AST) -> str:
    """Digest of a syntax tree: 16 hexadecimal digits."""
    out: list[str] = []
    _write(tree, out)
    return _short("".join(out))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def digest_of_source(
    source: str | bytes, name: str = "<source>", own: Collection[str] = ()
) -> Module:
    """Digest and imports of Python source. Raises SyntaxError, naming `name`, if it does not parse.

    own: the top-level names of the project's own modules. Relative imports always count as these.
    """
    tree = ast.parse(source, filename=name)
    imports = tuple(_take_imports(tree, own))
    return Module(digest_of_tree(tree), imports, not any(map(_does_something, tree.body)))


def _take_imports(node: ast.AST, own: Collection[str]) -> Iterator[Import]:
    """Yield all imports below a node, and remove the statements that import the project's own
    modules. Imports are statements, so expressions are skipped.
    """
    for field in BLOCKS:
        block = getattr(node, field, None)
        if isinstance(block, list):
            for statement in block:
                yield from _imports_of(statement)
                yield from _take_imports(statement, own)
            block[:] = [statement for statement in block if _stays(statement, own)]


def _imports_of(node: ast.AST) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(0, alias.name, "", alias.asname or alias.name)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            bound = alias.asname or alias.name
            yield Import(node.level, node.module or "", alias.name, bound)


def _stays(statement: ast.AST, own: Collection[str]) -> bool:
    """Whether a statement is more than an import of the project's own modules. These are removed,
    in place, from an import that has others too.
    """
    if isinstance(statement, ast.Import):
        statement.names = [alias for alias in statement.names if not _is_own(alias.name, own)]
        return bool(statement.names)
    if isinstance(statement, ast.ImportFrom):
        return not (statement.level or _is_own(statement.module or "", own))
    return True


def _is_own(module: str, own: Collection[str]) -> bool:
    return module.partition(".")[0] in own


def _does_something(node: ast.AST) -> bool:
    """Whether a node is more than a bare string, such as a docstring."""
    return not (isinstance(node, ast.Expr) and _is_text(node.value))


@functools.cache
def _own_names(folder: Path) -> frozenset[str]:
    """The top-level names of the modules in a folder."""
    return frozenset(path.stem for path in folder.iterdir() if path.suffix in ("", ".py"))


@functools.cache
def read(path: Path, root: Path = WORKFLOW) -> Module:
    """Digest and imports of a file below `root`; it is read once per process.

    Raises OSError, SyntaxError naming the file.
    """
    own = _own_names(root) | (_own_names(path.parent) if _is_script(path, root) else frozenset())
    return digest_of_source(path.read_bytes(), str(path), own)


def _is_script(path: Path, root: Path) -> bool:
    """A script finds modules beside itself (scripts/common.py) as well as packages of `root`."""
    return path.parent == root / "scripts"


def _file(base: Path, parts: tuple[str, ...]) -> Path | None:
    """The file of module a.b.c below `base`: a/b/c.py or a/b/c/__init__.py, if there is one."""
    if parts:
        package, module = base.joinpath(*parts, "__init__.py"), base.joinpath(*parts[:-1])
        for file in (package, module / f"{parts[-1]}.py"):
            if file.is_file():
                return file
    return None


@functools.cache
def _chain(base: Path, parts: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that Python runs to import module a.b.c: those of a, a.b and a.b.c that exist."""
    files = (_file(base, parts[:length]) for length in range(1, len(parts) + 1))
    return tuple(file for file in files if file)


@functools.cache
def _imported(file: Path, root: Path) -> tuple[tuple[str, tuple[Path, ...]], ...]:
    """What one file imports of the project, at its top or inside functions: pairs of the name that
    it gets, and the files that Python runs for it; the last of these holds the name.
    """
    inside = file.relative_to(root).with_suffix("").parts
    found = []
    for dots, module, name, bound in read(file, root).imports:
        parts = tuple(module.split(".")) if module else ()
        if dots:
            bases, parts = [root], inside[: len(inside) - dots] + parts
        else:
            bases = [root, file.parent] if _is_script(file, root) else [root]
        for base in bases:
            chain = _chain(base, (*parts, name) if name else parts)
            found += [(bound, chain)] if chain else []
    return tuple(found)


def modules(*files: Path | str, root: Path = WORKFLOW) -> list[Path]:
    """The files and all that they import below `root` (the folder workflow/), transitively, sorted.

    The packages that a module lies in count as well. Raises ValueError for a file outside `root`,
    OSError for one that does not exist, SyntaxError for one that does not parse.
    """
    root = Path(root).resolve()
    waiting = [Path(file).resolve() for file in files]
    found: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            packages = file.relative_to(root).parts[:-1]
            waiting.extend(_chain(root, packages))
            waiting.extend(other for _, chain in _imported(file, root) for other in chain)
    return sorted(found)


@functools.cache
def digest(*files: Path | str, root: Path = WORKFLOW) -> str:
    """Digest of the code that files of `root` run: their own, and that of all that they import.

    It depends on contents, not on paths: each file counts by its own digest, and by the names that
    it takes from files of given digests. So a file may move and the digest stays. Raises as
    `modules`.
    """
    root = Path(root).resolve()
    lines = set()
    for file in modules(*files, root=root):
        code = read(file, root)
        if code.empty and not code.imports:
            continue
        taken = {f"{name} {read(chain[-1], root).own}" for name, chain in _imported(file, root)}
        lines.add("\n".join([code.own, *sorted(taken)]))
    return _short("\n\n".join(sorted(lines)))
