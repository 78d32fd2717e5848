"""Table 1 of Yu et al. (2022): accuracy of long-tailed sets by every method of re-balancing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hardness.evidence.rows import named_rows
from hardness.evidence.tables import _methods
from hardness.evidence.tables._text import probability

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("methods-of-tails",)
COUNTERPART = "Table 1"
CAPTION = (
    "Accuracy on the test samples of {dataset}, in percent, by method of re-balancing. Mean over"
    " {seeds} seeds with a 95% interval (Student's t). Gain: over the base, paired by seed; p: of"
    " no gain by the same t test, not corrected for the number of rows. Logit adjustment and TDE"
    " (total direct effect) with some alpha are further readings of the same networks. {training}."
)
BESIDE = (
    " Counterpart of Table 1 of Yu et al. (2022), whose numbers, each from one training, are shown"
    " beside ours."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """Accuracy on all test samples, of methods.csv, beside the printed numbers."""
    ratios = study["rebalancing"]["ratios"]
    columns = {(name, "all"): f"{ratio:g}" for name, ratio in ratios.items()}
    return _methods.tidy(frames["methods-of-tails"], study, columns, 1)


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """What the paper's method gains."""
    gains = [
        _methods.gains_of_difficulty(table, column) for column in dict.fromkeys(table["column"])
    ]
    return f"What drawing by difficulty gains over the base, in points: {'; '.join(gains)}."


def caption(table: "pd.DataFrame", study: dict) -> str:
    beside = BESIDE if table["printed"].notna().any() else ""
    return _methods.caption(CAPTION, table, study) + beside


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One per training set and base: a row per method."""
    header = ["Method", "Recipe", "Accuracy", "Gain", "p"]
    header += ["Paper", "Paper's gain"] if table["printed"].notna().any() else []
    for title, part in _methods.by_base(table):
        rows = [
            [
                _methods.label(row.method, row.reading),
                row.recipe,
                _methods.accuracy_text(row),
                _methods.gain_text(row),
                probability(row.p),
                _methods.printed_text(row.printed),
                _methods.printed_text(row.printed_gain, sign=True),
            ][: len(header)]
            for row in named_rows(part)
        ]
        yield title, header, rows
