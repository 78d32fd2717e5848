"""What code a rule's result depends on: its script and the project's modules that it imports, as one short digest.

Modules that are found by a name at run time (an estimator, a sampler, a model, a figure) cannot be seen in the syntax
tree; a rule that uses one passes its file as an extra.
"""

import functools
import hashlib
from pathlib import Path

from hardness import codedigest

WORKFLOW = Path(__file__).resolve().parents[1]


def _file(base: Path, parts: tuple[str, ...]) -> Path | None:
    """The file of module a.b.c below `base`: a/b/c.py or a/b/c/__init__.py, if there is one."""
    for file in (base.joinpath(*parts, "__init__.py"), base.joinpath(*parts[:-1], f"{parts[-1]}.py")):
        if file.is_file():
            return file
    return None


@functools.cache
def _chain(base: Path, parts: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that Python runs to import module a.b.c: those of a, a.b and a.b.c, as far as they are there."""
    files = (_file(base, parts[:length]) for length in range(1, len(parts) + 1))
    return tuple(file for file in files if file)


@functools.cache
def _imported(file: Path, root: Path) -> tuple[Path, ...]:
    """The files below `root` that one file imports itself, at its top or inside functions; its own packages' too."""
    inside = file.relative_to(root).with_suffix("").parts
    found: set[Path] = set(_chain(root, inside[:-1]) if len(inside) > 1 else ())
    for dots, module, names in codedigest.read(file).imports:
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


@functools.cache
def digest(script: Path | str, *extra: Path | str, root: Path = WORKFLOW) -> str:
    """Digest of a script, of extra module files, and of all that they import below `root`: 16 hexadecimal digits.

    extra: files of modules found by name at run time. Raises as `modules`. Files are read once per process.
    """
    root = Path(root).resolve()
    code = hashlib.sha256()
    for file in modules(script, *extra, root=root):
        code.update(f"{file.relative_to(root).as_posix()} {codedigest.read(file).digest}\n".encode())
    return code.hexdigest()[: codedigest.LENGTH]
