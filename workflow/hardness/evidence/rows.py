"""A DataFrame row by row and group by group, for tables and figures.

A column's type comes from its csv, which no type checker knows, so rows and keys are Any.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def named_rows(frame: "pd.DataFrame") -> Iterator[Any]:
    """Each row as a named tuple: its columns are attributes."""
    yield from frame.itertuples()


def grouped(
    frame: "pd.DataFrame", by: str | list[str], sort: bool = True
) -> Iterator[tuple[Any, "pd.DataFrame"]]:
    """Each group's key (a tuple if `by` lists columns) and its rows. sort: by key; else in the
    order in which the keys first appear.
    """
    yield from frame.groupby(by, sort=sort)
