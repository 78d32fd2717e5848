"""Read the cells of the papers' printed tables: workflow/published, whose README describes the
columns.
"""

import csv
import functools
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "published"
NUMBERS = ("change", "sd_over_classes")


@functools.cache
def _all() -> tuple[dict[str, Any], ...]:
    rows: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("table-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return tuple(row | {name: float(row[name]) for name in NUMBERS} for row in rows)


def cells(stands_for: str | None) -> list[dict[str, Any]]:
    """Return the cells about one of the paper's data sets: over, under, metric, group, change,
    sd_over_classes (fractions), bold (yes or no). Empty for any other data set.
    """
    return [
        {name: value for name, value in row.items() if name != "data"}
        for row in _all()
        if row["data"] == stands_for
    ]


@functools.cache
def rebalancing() -> tuple[dict[str, str], ...]:
    """Return the cells of the paper on re-balancing: data, table, row, column, value, as text."""
    with (FOLDER / "rebalancing.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
