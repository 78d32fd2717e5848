"""The text of a table's csv files: a file with a line of column names, or train.csv and test.csv.

What the fields mean is decided in tables.py.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

NAMED = 5  # places in a message


class Table(NamedTuple):
    """The text of one or two files. rows: their fields, (n, columns); places: (n,), such as
    train.csv:12; training: the number of training rows, which come first, None where the rows are
    to be split.
    """

    path: Path
    columns: list[str]
    rows: list[list[str]]
    places: list[str]
    training: int | None

    def fields(self, column: str) -> list[str]:
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def listed(self, column: str, rows: Sequence[int] | np.ndarray) -> str:
        """The first of these rows' fields and where they are: "?" in heart.csv:88."""
        fields = self.fields(column)
        first = ", ".join(f'"{fields[row]}" in {self.places[row]}' for row in rows[:NAMED])
        return first + more(rows)

    def only(self, kept: np.ndarray) -> "Table":
        """The table with some of its rows: kept (n,) bool."""
        rows = [row for row, stays in zip(self.rows, kept, strict=True) if stays]
        places = [place for place, stays in zip(self.places, kept, strict=True) if stays]
        training = self.training and int(kept[: self.training].sum())
        return self._replace(rows=rows, places=places, training=training)


def more(items: Sequence | np.ndarray) -> str:
    """The end of a message that lists the first NAMED items: " and 3 more", or nothing."""
    return f" and {len(items) - NAMED} more" if len(items) > NAMED else ""


def read(path: str) -> Table:
    """Read a table's file or files.

    Raises FileNotFoundError if one is not there; ValueError, with file and line, if one is no csv
    file in UTF-8 with commas and names of columns, or the files' columns differ.
    """
    return _joined(Path(path).expanduser(), [_parsed(file) for file in files(path)])


def files(path: str) -> list[Path]:
    """The files that a table is read from: the one, or train.csv and test.csv in the folder.

    Raises FileNotFoundError if one is not there.
    """
    root = Path(path).expanduser()
    found = [root / "train.csv", root / "test.csv"] if root.is_dir() else [root]
    for file in found:
        if not file.is_file():
            raise FileNotFoundError(
                f"{file} is not there; expected a csv file, or a folder with train.csv and test.csv"
            )
    return found


def state(paths: Sequence[Path]) -> str:
    """A digest of the files' names, sizes and times, which changes when a file does. No file is
    read, so it is cheap enough for every start.
    """
    digest = hashlib.sha256()
    for path in paths:
        about = path.stat()
        digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _parsed(file: Path) -> Table:
    """A file's columns and rows. Raises ValueError, with the line, if it is no table."""
    try:
        content = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file} is not UTF-8 (byte {error.start} is 0x{error.object[error.start]:02x}): save "
            "it as UTF-8"
        ) from error
    reader = csv.reader(io.StringIO(content, newline=""), strict=True, skipinitialspace=True)
    lines = []
    try:
        for row in reader:
            if row and row != [""]:
                lines.append((reader.line_num, [field.strip() for field in row]))
    except csv.Error as error:
        raise ValueError(f"{file}, line {reader.line_num}: {error}; expected a csv file") from error
    if not lines:
        raise ValueError(f"{file} is empty; expected a line of column names, then rows")
    (_, columns), *rows = lines
    _check_names(file, columns)
    for line, row in rows:
        if len(row) != len(columns):
            raise ValueError(
                f"{file}, line {line}: {len(row)} values, expected {len(columns)}, one per column"
            )
    if not rows:
        raise ValueError(f"{file} has a line of column names and no rows")
    places = [f"{file.name}:{line}" for line, _ in rows]
    return Table(file, columns, [row for _, row in rows], places, None)


def _check_names(file: Path, columns: Sequence[str]) -> None:
    for name, count in Counter(columns).items():
        if not name:
            raise ValueError(
                f"{file}: column {columns.index(name) + 1} has no name; name it, or, if it is a "
                "data frame's index, write the file without it"
            )
        if count > 1:
            raise ValueError(
                f"{file}: {count} columns are named {name!r}; rename them, each name once"
            )


def _joined(path: Path, tables: Sequence[Table]) -> Table:
    """The rows of one file, or of a training and a test file."""
    if len(tables) == 1:
        return tables[0]
    train, test = tables
    if train.columns != test.columns:
        raise ValueError(
            f"{test.path} has the columns {', '.join(test.columns)}; expected those of "
            f"{train.path.name}, in their order: {', '.join(train.columns)}"
        )
    rows, places = train.rows + test.rows, train.places + test.places
    return Table(path, train.columns, rows, places, len(train.rows))
