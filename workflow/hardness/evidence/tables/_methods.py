"""Shared by the tables of re-balancing: methods by name, with the values that Yu et al. (2022)
print.

All these tables are made from rebalancing/methods.csv, in one tidy form: one row per data set,
training set, recipe, reading and column of the printed table.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import interval, points, unsigned

if TYPE_CHECKING:
    import pandas as pd

LOGITS = "logits"
BASE, DIFFICULTY = "Base", "Difficulty"
# The paper's names of methods -> ours, and whether the reading is TDE
PRINTED = {
    "Base Model": (BASE, False),
    "Base": (BASE, False),
    "Focal Loss": ("Focal loss", False),
    "Class-Balance Loss": ("Class-balanced loss, beta 0.9999", False),
    "CB": ("Class-balanced loss, beta 0.9999", False),
    "Class-Balance(More Minority)": ("Class-balanced loss, beta 0.99999", False),
    "Our Method": (DIFFICULTY, False),
    "Our Approach": (DIFFICULTY, False),
    "Ours": (DIFFICULTY, False),
    "TDE": (BASE, True),
    "TDE + Our Method": (DIFFICULTY, True),
}
ALPHAS = {
    "cifar10": "tde-1",
    "cifar100": "tde-1.5",
}  # TDE's alpha by Tang et al. on these data sets
READINGS = {"logit-adjusted": "logit adjustment"}
COST = (
    " Difficulty costs a pass over the training rows after each epoch: 30 to 47% of the time of an"
    " epoch, as measured (benchmarks/passes.json)."
)


def label(method: str, reading: str) -> str:
    """Such as "Difficulty, TDE at 1.5"."""
    if reading == LOGITS:
        return method
    return f"{method}, {READINGS.get(reading, reading.replace('tde-', 'TDE at '))}"


def tidy(
    methods: "pd.DataFrame", study: Mapping, columns: Mapping[tuple[str, str], str], number: int
) -> "pd.DataFrame":
    """The rows of methods.csv that a table shows: those whose set and group are in `columns`, with
    column, method, base (recipe), epochs, and the paper's values in percent: printed, and
    printed_gain over its base.

    columns: (set, group) -> column of the paper's table; number: of that table.
    """
    import pandas as pd

    told = study["rebalancing"]
    if "dataset" not in methods:
        methods = methods.assign(dataset=study["dataset"])
    places = list(zip(methods["set"], methods["group"], strict=True))
    methods = methods.assign(column=[columns.get(place) for place in places])
    methods = methods[methods["column"].notna()].reset_index(drop=True)
    for name, key in (("method", "methods"), ("base", "bases"), ("epochs", "epochs")):
        methods[name] = methods["recipe"].map(told[key])
    cells = printed_cells(study, number)
    found = [_printed(cells, row) for row in named_rows(methods)]
    for place, name in enumerate(("printed", "printed_gain")):
        methods[name] = pd.Series([values[place] for values in found], dtype=float)
    return methods


def printed_cells(study: Mapping, number: int) -> dict[tuple[str, str, str, str], float]:
    """(data set, column, method, reading) -> the value that a table of the paper prints."""
    tde = ALPHAS.get(study["rebalancing"]["beside"], "")
    found = {}
    for cell in study["rebalancing"]["printed"]:
        if cell["table"] == str(number):
            method, by_tde = PRINTED[cell["row"]]
            reading = tde if by_tde else LOGITS
            found[cell["dataset"], cell["column"], method, reading] = cell["value"]
    return found


def _printed(cells: Mapping, row: Any) -> tuple[float | None, float | None]:
    value = cells.get((row.dataset, row.column, row.method, row.reading))
    base = cells.get((row.dataset, row.column, BASE, LOGITS))
    is_base = (row.method, row.reading) == (BASE, LOGITS)
    return value, None if value is None or base is None or is_base else round(value - base, 10)


def accuracy_text(row: Any) -> str:
    """Such as "92.88 [91.71, 94.05]", in percent; the interval is cut to 0..100."""
    low, high = (min(max(end, 0.0), 1.0) for end in (row.low, row.high))  # nan stays nan
    return unsigned(points(row.accuracy), interval(low, high)).strip()


def gain_text(row: Any) -> str:
    """Such as "+0.31 [−0.11, +0.73]", in points; nothing for the base."""
    return f"{points(row.gain)} {interval(row.gain_low, row.gain_high)}".strip()


def printed_text(value: float, sign: bool = False) -> str:
    """A printed percentage, or with its sign a difference of two; nothing for a missing one."""
    if isnan(value):
        return ""
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}") if sign else f"{value:g}"


def caption(text: str, table: "pd.DataFrame", study: Mapping) -> str:
    """A caption with its data set, the number of seeds, how they were trained, and what difficulty
    costs.
    """
    told = {"dataset": study["dataset"], **study["trained"]}
    return text.format(seeds=seeds(table), **told) + cost(table)


def cost(table: "pd.DataFrame") -> str:
    """What the paper's method costs, if it is there."""
    return COST if DIFFICULTY in set(table["method"]) else ""


def by_base(table: "pd.DataFrame") -> Iterator[tuple[str, "pd.DataFrame"]]:
    """The rows of each training set and base, with a title."""
    for (name, base), part in grouped(table, ["set", "base"], sort=False):
        yield f"{name}, base {base}, {part['epochs'].iloc[0]} epochs", part


def seeds(rows: "pd.DataFrame") -> str:
    """How many members there are, such as "8", or "8 to 16"."""
    lowest, highest = rows["members"].min(), rows["members"].max()
    return str(lowest) if lowest == highest else f"{lowest} to {highest}"


def gains_of_difficulty(table: "pd.DataFrame", column: str) -> str:
    """What the paper's method gains in a column, for each set and base."""
    rows = table[(table["method"] == DIFFICULTY) & (table["reading"] == LOGITS)]
    rows = rows[rows["column"] == column]
    texts = [f"{gain_text(row)} ({row.set}, {row.recipe})" for row in named_rows(rows)]
    return "; ".join(texts) or "not trained"


def in_columns(
    title: str, header: list[str], part: "pd.DataFrame", ratios: Sequence[str] = ()
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Sections of one training set and base, one row per method: accuracies, gains, and the paper's
    cells, if there are any.

    header: the methods' title, then the columns; ratios: the columns that are not percentages.
    """

    def value(row: Any) -> str:
        return _ratio_text(row) if row.column in ratios else accuracy_text(row)

    def as_printed(row: Any) -> str:
        if row.column in ratios:
            return "" if isnan(row.printed) else f"{row.printed:g}"
        return printed_text(row.printed)

    yield f"{title}: accuracy", header, list(_wide(part, header[1:], value))
    gained = [name for name in header if name not in ratios]
    yield f"{title}: gain over the base", gained, list(_wide(part, gained[1:], gain_text))
    if part["printed"].notna().any():
        yield f"{title}: as the paper prints", header, list(_wide(part, header[1:], as_printed))


def _ratio_text(row: Any) -> str:
    mean, low, high = (f"{value:.2f}" for value in (row.accuracy, row.low, row.high))
    return mean if isnan(row.low) or low == high else f"{mean} [{low}, {high}]"


def _wide(part: "pd.DataFrame", columns: list[str], text: Callable[[Any], str]) -> Iterator:
    """One row of texts per method that has any."""
    for (method, reading), rows in grouped(part, ["method", "reading"], sort=False):
        texts = {row.column: text(row) for row in named_rows(rows)}
        if any(texts.values()):
            yield [label(method, reading), *(texts.get(column, "") for column in columns)]
