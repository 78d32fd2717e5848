"""Tables as columns, the form that artifacts.save_csv writes, from rows."""

from collections.abc import Iterable, Mapping, Sequence


def columns_of(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> dict[str, list]:
    """The columns of rows, in the order of `names`; also those of a table without rows.

    >>> columns_of(["class", "size"], [{"class": 0, "size": 7}, {"size": 9, "class": 1}])
    {'class': [0, 1], 'size': [7, 9]}

    Raises KeyError if a row lacks a name.
    """
    rows = list(rows)
    return {name: [row[name] for row in rows] for name in names}
