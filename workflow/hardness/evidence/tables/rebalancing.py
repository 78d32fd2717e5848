"""Table 1 of Yu et al. (2022): accuracy on long-tailed sets, or on random splits, by every method
of re-balancing.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables import _methods
from hardness.evidence.tables._text import probability

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("rebalancing-methods",)
COUNTERPART = "Table 1"
CAPTION = (
    "Accuracy on the test samples of {dataset}, in percent, by method of re-balancing; counterpart"
    " of Table 1 of Yu et al. (2022), whose numbers, from one training each, stand beside ours."
    " Mean over {seeds} seeds with a 95% interval (Student's t; of random splits Nadeau and"
    " Bengio's, for splits share rows). Gain: over the base, paired by seed; p of no gain by the"
    " same t, not corrected for the number of rows. TDE at 1.5: total direct effect with alpha 1.5,"
    " a second reading of the same networks, as logit adjustment is. {training}."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """Accuracy on all test samples, of methods.csv, beside the printed numbers."""
    methods = frames["rebalancing-methods"]
    ratios = study["rebalancing"]["ratios"]
    columns = {
        (name, "all"): f"{ratios[name]:g}" if name in ratios else name
        for name in dict.fromkeys(methods["set"])
    }
    return _methods.tidy(methods, study, columns, 1)


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """What the paper's method gains."""
    gains = [
        _methods.gains_of_difficulty(table, column) for column in dict.fromkeys(table["column"])
    ]
    return f"What drawing by difficulty gains over the base, in points: {'; '.join(gains)}."


def caption(table: "pd.DataFrame", study: dict) -> str:
    training = study["rebalancing"]["training"]
    return CAPTION.format(dataset=study["dataset"], seeds=_methods.seeds(table), training=training)


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One per training set and base: a row per method."""
    header = ["Method", "Recipe", "Accuracy", "Gain", "p", "Paper", "Paper's gain"]
    for (name, base), part in grouped(table, ["set", "base"], sort=False):
        rows = [
            [
                _methods.label(row.method, row.reading),
                row.recipe,
                _methods.accuracy_text(row),
                _methods.gain_text(row),
                probability(row.p),
                _methods.printed_text(row.printed),
                _methods.printed_text(row.printed_gain, sign=True),
            ]
            for row in named_rows(part)
        ]
        yield f"{name}, base {base}, {part['epochs'].iloc[0]} epochs", header, rows
