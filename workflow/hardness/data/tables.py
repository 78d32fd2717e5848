"""Tables: a csv file with a column of labels, or a folder with train.csv and test.csv."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hardness.core.names import nearest
from hardness.data import csvfiles, splitting
from hardness.data.csvfiles import NAMED, Table, more
from hardness.data.datasets import Data, checked
from hardness.data.provenance import Provenance

MISSING = ("", "?")  # a missing value in any column; in a column of numbers also these and nan:
MISSING_NUMBERS = ("na", "n/a", "null", "none")
EXACT = 2**53  # float64 holds every whole number up to this one


class Column(NamedTuple):
    """A column's values (n,), nan where one is missing; None if it holds text. gaps: (n,) bool."""

    name: str
    numbers: np.ndarray | None
    gaps: np.ndarray


def read(
    path: str,
    label: str,
    exclude: Sequence[str] = (),
    standardize: bool = True,
    missing: str = "refuse",
    text: str = "refuse",
    test_share: float = 0.2,
    split_seed: int = 0,
) -> tuple[Data, Provenance]:
    """Read a table as float32 rows, one per line of its file, in their order.

    path: a csv file (UTF-8, commas, a line of column names) of which a seeded, stratified share
    becomes the test part, or a folder with train.csv and test.csv. label: the column of the class
    names, which are kept as text and sorted, as numbers where all are numbers. exclude: columns
    that are not read. All others are inputs.
    standardize: subtract a column's mean and divide by its standard deviation (of the population),
    both of the training part; a column with one value there becomes 0. Otherwise numbers stay.
    missing: what to do about an empty field and "?", in a column of numbers also NA, N/A, null,
    None, NaN: refuse, or drop the row. text: about a column of text: refuse, or one-hot: one input,
    0 or 1, for each of its values in the file or files, sorted; these are not standardized.

    Returns Data and its provenance: the file and line of each training and each test row.
    Raises OSError where a file is not there; ValueError, naming file, column and line, for anything
    else that is no such table.
    """
    table = csvfiles.read(path)
    used = _inputs_of(table, label, exclude)
    columns = [_column(table, name) for name in used]
    _check_text(table, columns, text)
    classes = table.fields(label)
    gaps = np.array([[field in MISSING for field in classes], *(column.gaps for column in columns)])
    if gaps.any():
        kept = _without_gaps(table, [label, *used], gaps, missing)
        table, columns = table.only(kept), [_some(column, kept) for column in columns]
        classes = table.fields(label)
    class_names, labels = _classes(table, classes)
    train, test = _parts(table, labels, class_names, test_share, split_seed)
    inputs = _encoded(table, columns, train, standardize)
    parts = inputs[train], labels[train], inputs[test], labels[test]
    data = checked(*parts, class_names, name=str(table.path))
    places = np.array(table.places, dtype=np.str_)
    return data._replace(files=places[train]), Provenance(test_files=places[test])


def _inputs_of(table: Table, label: str, exclude: Sequence[str]) -> list[str]:
    """The columns that are inputs."""
    for key, name in (("label", label), *(("exclude", name) for name in exclude)):
        if name not in table.columns:
            separated = "; columns must be separated by commas" if len(table.columns) == 1 else ""
            raise ValueError(
                f"{table.path} has no column {name!r} (the source's {key}): "
                f"{nearest(name, table.columns)}{separated}"
            )
    used = [name for name in table.columns if name != label and name not in exclude]
    if label in exclude or not used:
        raise ValueError(
            f"{table.path}: the source's exclude leaves no label or no input; the columns are "
            f"{', '.join(table.columns)}"
        )
    return used


# Columns


def _column(table: Table, name: str) -> Column:
    """A column as numbers where it holds numbers. Raises ValueError if it holds numbers and text,
    infinite numbers, nothing, or whole numbers that float64 would round.
    """
    fields = table.fields(name)
    values = [_number(field) for field in fields]
    gaps = np.array([field in MISSING for field in fields])
    texts = [row for row, value in enumerate(values) if value is None]
    if all(value is None or math.isnan(value) for value in values):
        if not texts:
            raise ValueError(f"{table.path}: column {name!r} has no value; exclude: [{name}]")
        return Column(name, None, gaps)
    texts = [row for row in texts if fields[row].lower() not in MISSING_NUMBERS]
    if texts:
        raise ValueError(
            f"{table.path}: column {name!r} holds numbers and text ({table.listed(name, texts)}); "
            f"expected one of the two: repair the file, or exclude: [{name}]"
        )
    numbers = np.array([math.nan if value is None else value for value in values])
    wrong = np.flatnonzero(np.isinf(numbers))
    if len(wrong):
        raise ValueError(
            f"{table.path}: column {name!r} has infinite values ({table.listed(name, wrong)}); "
            "expected finite numbers: repair them, or remove their rows"
        )
    large = np.flatnonzero(np.abs(numbers) >= EXACT)
    whole = (row for row in large.tolist() if fields[row].lstrip("+-").isdigit())
    rounded = [row for row in whole if _rounded(fields[row])]
    if rounded:
        raise ValueError(
            f"{table.path}: column {name!r} has whole numbers that no float holds "
            f"({table.listed(name, rounded)}); exclude: [{name}], if it is an identifier"
        )
    return Column(name, numbers, np.isnan(numbers))


def _number(field: str) -> float | None:
    """The number that a field holds, nan for a missing one; None for text."""
    if field in MISSING:
        return math.nan
    if "_" in field:  # float would ignore it: 1_0 is 10 to it
        return None
    try:
        return float(field)
    except ValueError:
        return None


def _rounded(field: str) -> bool:
    return int(float(field)) != int(field)


def _check_text(table: Table, columns: Sequence[Column], text: str) -> None:
    """Raise ValueError for columns of text that are refused, or in which most values are unique."""
    found = []
    for column in (column for column in columns if column.numbers is None):
        rows = np.flatnonzero(~column.gaps)
        values = len({table.fields(column.name)[row] for row in rows})
        if text == "refuse" or values > len(rows) / 2:
            first = table.listed(column.name, rows[:1])
            found.append(f"{column.name!r} ({first}; {values} values in {len(rows)} rows)")
    if found:
        raise ValueError(
            f"{table.path}: text in the columns {', '.join(found)}; expected numbers. Say in the "
            "data set's source text: one-hot, for columns of a few values, or name columns to "
            "leave out in exclude"
        )


def _without_gaps(table: Table, names: Sequence[str], gaps: np.ndarray, missing: str) -> np.ndarray:
    """The rows that stay (n,) bool: those without a missing value. gaps: (columns, n) bool."""
    incomplete = np.asarray(gaps.any(axis=0))
    rows = np.flatnonzero(incomplete)
    first = [
        f"{names[int(gaps[:, row].argmax())]!r} in {table.places[row]}" for row in rows[:NAMED]
    ]
    where = f"{', '.join(first)}{more(rows)}"
    if missing == "refuse" or len(rows) == len(table.rows):
        raise ValueError(
            f"{table.path}: {len(rows)} of {len(table.rows)} rows lack a value: {where}. Repair "
            "them, say missing: drop in the data set's source, or name columns to leave out in "
            "exclude"
        )
    print(f"dropped: {len(rows)} rows that lack a value: {where}", flush=True)
    return ~incomplete


def _some(column: Column, kept: np.ndarray) -> Column:
    numbers = None if column.numbers is None else column.numbers[kept]
    return column._replace(numbers=numbers, gaps=column.gaps[kept])


def _classes(table: Table, fields: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The classes' names, sorted, as numbers where all are numbers; and each row's label."""
    numbers = {name: _number(name) for name in set(fields)}
    if any(value is None or math.isnan(value) for value in numbers.values()):
        names = sorted(numbers)
    else:
        names = sorted(numbers, key=lambda name: (numbers[name], name))
    if len(names) == 1:
        raise ValueError(
            f"{table.path}: all rows are of one class, {names[0]!r}; expected two or more"
        )
    place = {name: label for label, name in enumerate(names)}
    return names, np.array([place[field] for field in fields], dtype=np.int64)


def _parts(
    table: Table, labels: np.ndarray, class_names: Sequence[str], test_share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Training and test rows."""
    if table.training is not None:
        return np.arange(table.training), np.arange(table.training, len(labels))
    return splitting.stratified(labels, test_share, seed, class_names, str(table.path))


def _encoded(
    table: Table, columns: Sequence[Column], train: np.ndarray, standardize: bool
) -> np.ndarray:
    """The inputs (n, d) float32."""
    parts = []
    for column in columns:
        if column.numbers is None:
            fields = np.array(table.fields(column.name))
            parts.append((fields[:, None] == np.unique(fields)).astype(np.float32))
        else:
            values = column.numbers[:, None]
            inputs = standardized(values, values[train]) if standardize else as_float32(values)
            _check_held(table, column.name, values, inputs, standardize)
            parts.append(inputs)
    return np.concatenate(parts, axis=1)


def standardized(values: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Columns (n, d) as float32, less the training rows' mean and divided by their standard
    deviation. train: (m, d), the training rows. A column with a single value there is divided by 1;
    nan where the deviation overflows float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = statistics(train)
        return as_float32((values - mean) / np.where(np.isfinite(std), std, np.nan))


def statistics(train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each column's mean and standard deviation (of the population) in rows (n, d), in float64; of
    a column with a single value this value and 1.
    """
    train = train.astype(np.float64)
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0))
    return mean, np.where(constant, 1.0, train.std(axis=0))


def as_float32(values: np.ndarray) -> np.ndarray:
    """The values as float32, inf where they are too large; -0 becomes 0: equal rows have equal
    bytes.
    """
    with np.errstate(over="ignore"):
        return values.astype(np.float32) + np.float32(0)


def _check_held(
    table: Table, name: str, values: np.ndarray, inputs: np.ndarray, standardized: bool
) -> None:
    """Raise ValueError if float32 does not hold a value: it is too large, or, in a column that is
    not standardized, a whole number that would be rounded.
    """
    wrong = ~np.isfinite(inputs)
    if not standardized:
        wrong |= (values == np.rint(values)) & (inputs != values)
    if wrong.any():
        row = int(np.flatnonzero(wrong.any(axis=1))[0])
        expected = "" if standardized else "standardize: true, "
        raise ValueError(
            f'{table.path}: column {name!r} has "{table.fields(name)[row]}" in '
            f"{table.places[row]}, which float32 does not hold; expected {expected}another unit, "
            f"or exclude: [{name}]"
        )
