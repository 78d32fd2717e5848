"""Table 2 of Yu et al. (2022): accuracy on the classes with many and with few training samples."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hardness.evidence.tables import _methods

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("methods-of-classes",)
COUNTERPART = "Table 2"
COLUMNS = {"majority": "Majority", "minority": "Minority", "all": "Overall"}
RATIO = 100  # of the paper's table
CAPTION = (
    "Accuracy on the majority and the minority classes of {dataset}, in percent. The minority are"
    " the classes with the fewest training samples: 30 of 100, otherwise a third. Counterpart of"
    " Table 2 of Yu et al. (2022; CIFAR-100 at ratio 100), whose numbers are each from one"
    " training. Mean over {seeds} seeds with a 95% interval (Student's t); gains over the base,"
    " paired by seed. Intervals are for single cells. {training}."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """Accuracy on these groups, of methods.csv, beside the printed numbers; of sets with classes of
    different sizes.
    """
    methods, ratios = frames["methods-of-classes"], study["rebalancing"]["ratios"]
    methods = methods[~methods["reading"].str.startswith("tde")]  # Table 1 has these
    tailed = dict.fromkeys(methods[methods["group"] == "minority"]["set"])
    columns = {(name, group): text for name in tailed for group, text in COLUMNS.items()}
    made = _methods.tidy(methods, study, columns, 2)
    elsewhere = made["set"].map(ratios) != RATIO
    made.loc[elsewhere, ["printed", "printed_gain"]] = None
    return made


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """What the paper's method gains on the minority."""
    gains = _methods.gains_of_difficulty(table, "Minority")
    return f"What drawing by difficulty gains on the rarest classes, in points: {gains}."


def caption(table: "pd.DataFrame", study: dict) -> str:
    return _methods.caption(CAPTION, table, study)


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each training set and base accuracies, gains, and the paper's cells."""
    header = ["Method", *COLUMNS.values()]
    for title, part in _methods.by_base(table):
        yield from _methods.in_columns(title, header, part)
