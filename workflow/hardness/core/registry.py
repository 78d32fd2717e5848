"""One folder of parts, one file each, found by its name: estimators, models, figures, ...

What a part of each kind must hold is defined where that kind is used. How parts are found, listed
and checked is defined here, once.
"""

import ast
import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from hardness.core.names import nearest


class Part(NamedTuple):
    """Something that a file must hold: how a message describes it, and whether a value is right.

    optional: a file may do without it.
    """

    described: str
    is_right: Callable[[object], bool]
    optional: bool = False


def function(described: str, optional: bool = False) -> Part:
    """A part that is a function. described: its call, such as "score(dynamics)"."""
    return Part(described, callable, optional)


class Registry:
    """The parts of one kind, in one folder; a part's name is its file's, with - for _.

    kind: what messages call a part, such as "estimator". package: the folder as a package, such as
    "hardness.scoring.estimators"; a file with a leading underscore is not a part.
    contract: what each file must hold, by name. disagreeing: returns the names of values in a file
    that are right by themselves, but do not fit the others.
    """

    def __init__(
        self,
        kind: str,
        package: str,
        contract: Mapping[str, Part],
        disagreeing: Callable[[ModuleType], Iterable[str]] = lambda module: (),
    ) -> None:
        self.kind, self.package, self.contract = kind, package, contract
        self.disagreeing = disagreeing

    def _files(self) -> dict[str, Path]:
        return _listed(tuple(importlib.import_module(self.package).__path__))

    def names(self) -> tuple[str, ...]:
        """The names of all parts, in alphabetical order; nothing of them is imported."""
        return tuple(sorted(self._files()))

    def file(self, name: str) -> Path:
        """The part's file. Raises ValueError with the nearest name if there is none."""
        files = self._files()
        if name not in files:
            raise ValueError(f"unknown {self.kind} {name!r}: {nearest(name, files)}")
        return files[name]

    def literal(self, name: str, key: str, default: object = None) -> Any:
        """The value that a part's file gives to `key`, read without importing the file: planning
        must not wait for slow imports. `default` if the file does not set it.

        Raises ValueError as `file`, and for a value that is not a literal.
        """
        file = self.file(name)
        if (value := _given(file).get(key)) is None:
            return default
        try:
            return ast.literal_eval(value)
        except ValueError:
            raise ValueError(
                f"{file}: {key} is {ast.unparse(value)}; expected literals (texts, "
                "numbers, tuples, dicts), for it is read without running the file"
            ) from None

    def find(self, name: str) -> ModuleType:
        """The part's module.

        Raises ValueError with the nearest name if there is none, and, naming the file and what is
        wrong or missing in it, if it does not hold what its kind must.
        """
        module = importlib.import_module(f"{self.package}.{self.file(name).stem}")
        missing = object()
        values = {key: getattr(module, key, missing) for key in self.contract}
        wrong = [
            key
            for key, value in values.items()
            if not (
                self.contract[key].optional
                if value is missing
                else self.contract[key].is_right(value)
            )
        ]
        if wrong := wrong or list(self.disagreeing(module)):
            found = [
                f"{key} is {'missing' if values[key] is missing else repr(values[key])}"
                for key in wrong
            ]
            *first, last = [part.described for part in self.contract.values() if not part.optional]
            article = "an" if self.kind[0] in "aeiou" else "a"
            raise ValueError(
                f"{module.__file__}: {', '.join(found)}; {article} {self.kind}'s file must hold "
                f"{', '.join(first) + (', and ' if first else '')}{last}"
            )
        return module


# Planning asks for literals thousands of times, so a process lists each folder and reads each file
# only once.


@functools.cache
def _listed(folders: tuple[str, ...]) -> dict[str, Path]:
    """Part -> its file, for the parts in these folders."""
    files = sorted(file for folder in folders for file in Path(folder).glob("[!_]*.py"))
    return {file.stem.replace("_", "-"): file for file in files}


@functools.cache
def _given(file: Path) -> dict[str, ast.expr]:
    """Name -> the expression that a file assigns to it at its top level."""
    return {
        ast.unparse(target): node.value
        for node in ast.parse(file.read_bytes(), filename=str(file)).body
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
