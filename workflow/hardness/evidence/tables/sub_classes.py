"""Table 3 of Yu et al. (2022): ratios after re-balancing, and accuracy by class and sub-class."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.core.intervals import t_interval
from hardness.evidence.rows import grouped
from hardness.evidence.tables import _methods
from hardness.evidence.tables._text import in_order

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("methods-of-sub-classes", "rebalancing-ratios")
COUNTERPART = "Table 3"
LEVELS = {"class": "Class Ratio", "sub-class": "Sub-Class Ratio"}
PARTS = {"": "Overall", "-major": "Major", "-minor": "Minor"}
CAPTION = (
    "{dataset}: ratio of the largest to the smallest total weight of a class, and of a sub-class,"
    " after re-balancing; and accuracy in percent on all test samples, on each class, and on its"
    " major and minor sub-classes (the two of five digits with the most training samples, and the"
    " rest). Counterpart of Table 3 of Yu et al. (2022), whose numbers are each from one training."
    " Mean over {seeds} seeds with a 95% interval (Student's t); gains over the base, paired by"
    " seed. Intervals are for single cells. A weight is how often a sample is drawn, times how much"
    " its loss counts, at the end of training; it is undefined for focal loss, and logit adjustment"
    " and balanced softmax do not change it. {training}."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """Accuracy on these groups from methods.csv, and the means over members from ratios.csv (in the
    column accuracy), with the printed numbers.
    """
    import pandas as pd

    methods = frames["methods-of-sub-classes"]
    ratios = pd.DataFrame(_ratios(frames["rebalancing-ratios"]))
    every = pd.concat([ratios, methods], ignore_index=True)
    columns = {
        (name, group): text
        for name in dict.fromkeys(methods["set"])
        for group, text in _columns(dict.fromkeys(methods["group"])).items()
    }
    made = _methods.tidy(every, study, columns, 3)
    made.loc[made["group"].isin(LEVELS), "printed_gain"] = None
    order = list(_columns(dict.fromkeys(methods["group"])).values())
    recipes = list(study["rebalancing"]["methods"])

    def place(row: Any) -> tuple:
        read = row.reading != _methods.LOGITS, row.reading
        return row.set, recipes.index(row.recipe), *read, order.index(row.column)

    return in_order(made, place)


def _columns(groups: dict[str, None]) -> dict[str, str]:
    """Group -> the paper's column."""
    classes = [name.removesuffix("-major") for name in groups if name.endswith("-major")]
    return (
        LEVELS
        | {"all": "Overall"}
        | {
            f"{name}{end}": f"{name.capitalize()}, {text}"
            for name in classes
            for end, text in PARTS.items()
        }
    )


def _ratios(ratios: "pd.DataFrame") -> Iterator[dict]:
    for (name, recipe, level), rows in grouped(ratios, ["set", "recipe", "level"], sort=False):
        mean, low, high = map(float, t_interval(rows["ratio"].to_numpy()))
        found = {"set": name, "recipe": recipe, "reading": _methods.LOGITS, "group": level}
        yield found | {"members": len(rows), "accuracy": mean, "low": low, "high": high}


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """What the paper's method gains."""
    gains = _methods.gains_of_difficulty(table, "Overall")
    return f"What drawing by difficulty gains with unlabelled sub-classes, in points: {gains}."


def caption(table: "pd.DataFrame", study: dict) -> str:
    return _methods.caption(CAPTION, table, study)


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each training set and base ratios and accuracies, gains, and the paper's cells."""
    header = ["Method", *dict.fromkeys(table["column"])]
    for title, part in _methods.by_base(table):
        yield from _methods.in_columns(title, header, part, tuple(LEVELS.values()))
