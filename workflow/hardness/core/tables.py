"""Small tables: a mapping of names to columns of equal length, and rows as dicts. numpy only.

artifacts.py reads a csv into columns, and writes columns to a csv. pandas is for figures and tables
only: importing it takes longer than a small job does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

Columns = Mapping[str, np.ndarray]
Key = TypeVar("Key", bound=tuple[str | int, ...])


def pick(table: Columns, **wanted: object) -> dict[str, np.ndarray]:
    """The rows that have these values: pick(sizes, set="full").

    A column of texts that are all empty was read as numbers (nan): it is compared as empty texts.
    """
    chosen = np.ones(len(next(iter(table.values()))), dtype=bool)
    for name, value in wanted.items():
        column = table[name]
        if isinstance(value, str) and column.dtype.kind != "U":
            column = np.full(len(column), "")
        chosen &= column == value
    return take(table, chosen)


def take(table: Columns, chosen: np.ndarray) -> dict[str, np.ndarray]:
    """The chosen rows: by their numbers, in any order, or by one bool per row."""
    return {name: column[chosen] for name, column in table.items()}


def rows_of(table: Mapping[str, Sequence | np.ndarray]) -> list[dict]:
    """One dict per row."""
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]


def columns_of(rows: Sequence[Mapping], names: Sequence[str]) -> dict[str, list]:
    """The named columns of rows, each of which has them all."""
    return {name: [row[name] for row in rows] for name in names}


def stacked(
    tables: Mapping[Key, Mapping[str, Any]],
    keys: Sequence[str],
    names: Sequence[str] | None = None,
) -> dict[str, list]:
    """Tables one below the other, with the parts of their keys in leading columns.

    tables: key -> table, the key with a value for each of `keys`; names: the columns to keep, None
    for all of the first table's.
    """
    names = list(next(iter(tables.values()))) if names is None else names
    sizes = {key: len(table[names[0]]) for key, table in tables.items()}
    leading = {
        name: [key[i] for key, size in sizes.items() for _ in range(size)]
        for i, name in enumerate(keys)
    }
    return leading | {
        name: [value for table in tables.values() for value in table[name]] for name in names
    }
