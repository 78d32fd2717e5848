"""Claims that are made from the cells of a published table: one per cell, or one per row.

workflow/claims-rebalancing.yaml states them once for a whole table, and explains their keys.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Cells = Mapping[tuple[str, str, str], float]  # (data, row, column) -> value


def expanded(
    entries: Sequence[Mapping[str, Any]], published: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    """The entries of a file of claims, with those for a table's cells and rows expanded.

    published: the rows of published/rebalancing.csv. Raises ValueError for a table, data set, row
    or column that it does not have.
    """
    made: list[dict[str, Any]] = []
    for entry in entries:
        kind = next((key for key in _KINDS if key in entry), None)
        made += _KINDS[kind](entry, _table(published, entry[kind])) if kind else [dict(entry)]
    return made


def _table(published: Sequence[Mapping[str, str]], number: int) -> Cells:
    found = {
        (one["data"], one["row"], one["column"]): float(one["value"])
        for one in published
        if one["table"] == str(number)
    }
    if not found:
        raise ValueError(f"published/rebalancing.csv has no Table {number}")
    return found


def _value(cells: Cells, place: tuple[str, str, str], table: int) -> float:
    if place not in cells:
        raise ValueError(f"published/rebalancing.csv, Table {table}: no cell {', '.join(place)}")
    return cells[place]


def _slug(*texts: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", " ".join(texts).lower()))


# One claim per cell


def _of_cells(entry: Mapping[str, Any], cells: Cells) -> Iterator[dict[str, Any]]:
    """For the base method its accuracy; for any other method its gain over the base method, because
    newly trained networks differ more in accuracy than in the gain.
    """
    for data, stands_for in entry["data"].items():
        for row, method in entry["rows"].items():
            for column, where in entry["columns"].items():
                value, less = (
                    _value(cells, (data, name, str(column)), entry["of_cells"])
                    for name in (row, entry["base"])
                )
                gain = None if row == entry["base"] else round(value - less, 2)
                of = method | where | {"data": stands_for}
                yield _cell(entry, (data, row, str(column)), of, value, gain)


def _cell(
    entry: Mapping[str, Any], place: tuple[str, str, str], of: Mapping[str, Any], value: float,
    gain: float | None,
) -> dict[str, Any]:  # fmt: skip
    """The claim of one cell. of: data; the end of the method's name and its reading; sets; group.
    gain: None for the base method.
    """
    sets, method = of.get("sets", []), of.get("method", "")
    methods = list(dict.fromkeys(["", method]))
    needs = [
        {"file": "rebalancing/members", "methods": methods} | ({"set": one} if one else {})
        for one in sets or [None]
    ]
    table, is_base = entry["of_cells"], gain is None
    printed, points = f"{value:g}", ""
    if gain is not None:
        printed, points = f"{value:g} ({gain:+g})", f", {gain:+g} points"
    return {
        "id": f"table-{table}-{_slug(*place)}",
        "claim": f"{', '.join(place)}: {value:g}%{points}",
        "where": f"Table {table}",
        "data": of["data"],
        "kind": "number",
        "recipe": entry["recipe"],
        "published": printed,
        "unit": "% accuracy" if is_base else "points of accuracy above the base model",
        "needs": needs,
        "measure": _measure(entry, of, is_base),
        "value": value if gain is None else gain,
        "rule": _rule(entry, is_base),
    }


def _measure(entry: Mapping[str, Any], of: Mapping[str, Any], is_base: bool) -> dict[str, Any]:
    """The measure that a cell is compared with: a mean over members, or a band of single splits."""
    sets, group, method = of.get("sets", []), of.get("group", "all"), of.get("method", "")
    if entry.get("realized"):
        gain = {"realized_gain": {"sets": sets, "method": method}}
        return {"realized_accuracy": {"sets": sets}} if is_base else gain
    arguments = {"sets": sets, "method": method, "reading": of.get("reading", "logits")}
    if is_base:
        return {"method_accuracy": arguments | {"group": group}}
    return {"method_gain": arguments | {"groups": [group]}}


def _rule(entry: Mapping[str, Any], is_base: bool) -> dict[str, Any]:
    if entry.get("realized"):
        return {"realized": "equal"}
    return {"equal_within": entry["tolerance" if is_base else "tolerance_of_gain"]}


# One claim per row


def _of_rows(entry: Mapping[str, Any], cells: Cells) -> Iterator[dict[str, Any]]:
    """The entry for each data set of the table that `each` names; in Tables 2 and 3 for each row.

    In its texts {row} and {cell} are replaced by the row's name and the values of its cells. If
    with_cells is true, the measure gets the cells; if its arguments have `near`, that cell's value.
    value_of: the cell that the rule compares with; less: another cell, which is subtracted.
    """
    kept = {key: value for key, value in entry.items() if key not in _OF_ROWS}
    ((measure, arguments),) = entry["measure"].items()
    for row, (data, own) in _rows(entry, cells).items():
        words = {"row": row} | {_slug(name): f"{value:g}" for name, value in own.items()}
        made = {
            key: value.format_map(words) if isinstance(value, str) else value
            for key, value in kept.items()
        }
        made |= {"id": f"{entry['id']}-{_slug(row)}", "data": data}
        given: dict[str, Any] = {"cells": own} if entry.get("with_cells") else {}
        given |= {"near": own[arguments["near"]]} if "near" in arguments else {}
        made["measure"] = {measure: arguments | given}
        if "value_of" in entry:
            less = own[entry["less"]] if "less" in entry else 0
            made["value"] = round(own[entry["value_of"]] - less, 2)
        yield made


def _rows(entry: Mapping[str, Any], cells: Cells) -> dict[str, tuple[str, dict[str, float]]]:
    """Name -> the data set that the claim is about, and cells by name. If a table has one column
    (Table 4), its data sets are the rows, and its methods the cells.
    """
    found: dict[str, tuple[str, dict[str, float]]] = {}
    columns = {column for _, _, column in cells}
    for (data, row, column), value in cells.items():
        if data in entry["each"]:
            name, cell = (data, row) if len(columns) == 1 else (row, column)
            found.setdefault(name, (entry["each"][data], {}))[1][cell] = value
    if lacking := {*entry["each"]} - {data for data, _, _ in cells}:
        raise ValueError(f"the claim {entry['id']!r}: unknown data {', '.join(sorted(lacking))}")
    return found


_OF_ROWS = {"of_rows", "each", "with_cells", "value_of", "less"}
_KINDS = {"of_cells": _of_cells, "of_rows": _of_rows}
