"""Table 4 of Yu et al. (2022): accuracy on tables of the UCI repository, over random splits.

For one data set its own rows; for several (results/tables/) also their average.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables import _methods

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("methods-of-splits",)
COUNTERPART = "Table 4"
AVERAGE = "average"
HEADS = {"Base": "Base", "Class-balanced loss, beta 0.9999": "CB", "Difficulty": "Ours"}
CAPTION = (
    "Accuracy in percent on the rows of {dataset} that random splits leave out, a fifth each."
    " Counterpart of Table 4 of Yu et al. (2022), whose numbers are each from one split. Sets whose"
    " name ends in raw have raw columns; in the others, columns are standardized by each split's"
    " training rows. Mean over {seeds} splits, one seed each, with a 95% interval by Nadeau and"
    " Bengio, which allows for the rows that splits share; gains over the base, paired by split."
    "{average} Intervals are for single cells. {training}."
)
OF_AVERAGE = (
    " The average's interval takes the data sets as given, and adds up the variances of their"
    " means."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """Accuracy on all rows left out, from methods.csv, with the printed numbers. A column dataset
    of the frame tells data sets apart; for more than one, rows of their average are added.
    """
    methods = frames["methods-of-splits"]
    methods = methods[methods["group"] == "all"]
    if "dataset" in methods and methods["dataset"].nunique() > 1:
        methods = _with_average(methods)
    columns = {(name, "all"): "Accuracy" for name in dict.fromkeys(methods["set"])}
    return _methods.tidy(methods, study, columns, 4)


def _with_average(methods: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    keys = ["set", "recipe", "reading", "group"]
    rows = [
        dict(zip(keys, key, strict=True)) | _average(part)
        for key, part in grouped(methods, keys, sort=False)
    ]
    return pd.concat([methods, pd.DataFrame(rows)], ignore_index=True)


def _average(part: "pd.DataFrame") -> dict[str, Any]:
    """The mean over data sets. All have the same number of splits, so half widths combine as
    standard errors do.
    """
    found = {"dataset": AVERAGE, "members": part["members"].min()}
    for name, ends in (("accuracy", ("low", "high")), ("gain", ("gain_low", "gain_high"))):
        mean, half = part[name].mean(), (part[ends[1]] - part[ends[0]]) / 2
        width = np.sqrt((half**2).sum(skipna=False)) / len(part)
        found |= {name: mean, ends[0]: mean - width, ends[1]: mean + width}
    return found


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """What the paper's method gains, on average where there are several data sets."""
    several = AVERAGE in set(table["dataset"])
    rows = table[table["dataset"] == AVERAGE] if several else table
    gains = _methods.gains_of_difficulty(rows, "Accuracy")
    where = "on average over the data sets" if several else "on small tables"
    return f"What drawing by difficulty gains {where}, in points: {gains}."


def caption(table: "pd.DataFrame", study: dict) -> str:
    average = OF_AVERAGE if AVERAGE in set(table["dataset"]) else ""
    told = {"dataset": study["dataset"], **study["trained"]}
    text = CAPTION.format(seeds=_methods.seeds(table), average=average, **told)
    return text + _methods.cost(table)


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each training set and base accuracies, gains, and the paper's cells: a row per data
    set.
    """
    table = table[table["reading"] == _methods.LOGITS]
    for title, part in _methods.by_base(table):
        methods = list(dict.fromkeys(part["method"]))
        header = ["Data set", *methods]
        yield f"{title}: accuracy", header, _by_data_set(part, methods, _methods.accuracy_text)
        gains = _by_data_set(part, methods[1:], _methods.gain_text)
        yield f"{title}: gain over the base", ["Data set", *methods[1:]], gains
    first = table[(table["set"] == table["set"].iloc[0]) & (table["base"] == table["base"].iloc[0])]
    if first["printed"].notna().any():
        cells = _by_data_set(first, list(HEADS), lambda row: _methods.printed_text(row.printed))
        yield "As the paper prints", ["Data set", *HEADS.values()], cells


def _by_data_set(part: "pd.DataFrame", methods: Sequence[str], text: Any) -> list[list[str]]:
    rows = []
    several = part.loc[part["dataset"] != AVERAGE, "dataset"].nunique()
    for dataset, own in grouped(part, "dataset", sort=False):
        texts = {row.method: text(row) for row in named_rows(own)}
        name = f"{AVERAGE} of {several}" if dataset == AVERAGE else dataset
        rows.append([name, *(texts.get(method, "") for method in methods)])
    return rows
