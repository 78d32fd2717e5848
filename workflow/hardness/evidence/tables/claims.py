"""What the paper claims, what was found, and whether it was reproduced."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence.rows import named_rows

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
LEADS = True
INPUTS = ("claims",)
CAPTION = (
    "The paper's claims about {paper}, checked on {dataset} with the recipe {recipe}. Found: with"
    " its interval over members where it is a mean over members, 95%, or 90% where two numbers are"
    " said to be equal (an equivalence test). Undecided: the interval allows both answers, with so"
    " many members. Not computed: the config does not plan what the claim needs; the note says"
    " which key would."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """claims.csv as it is."""
    return frames["claims"]


def caption(table: "pd.DataFrame", study: dict) -> str:
    return CAPTION.format(
        paper=study["stands_for"], dataset=study["dataset"], recipe=study["base_recipe"]
    )


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    header = ["Claim", "Verdict", "Published", "Found", "Note", "Where"]
    rows = [
        [
            row.claim,
            f"**{row.verdict}**",
            _text(row.published),
            _found(row),
            _text(row.note),
            row.where,
        ]
        for row in named_rows(table)
    ]
    counts = table["verdict"].value_counts()
    yield ", ".join(f"{number} {verdict}" for verdict, number in counts.items()), header, rows


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    # a column of whole numbers with gaps reads as floats
    return f"{value:g}" if isinstance(value, float) else str(value)


def _found(row: Any) -> str:
    """What was found, with its interval and unit. row: of named_rows."""
    low, high = _text(row.low), _text(row.high)
    number = f"{_text(row.found)}{f' [{low}, {high}]' if low and high else ''}"
    return f"{number} {_text(row.unit)}".strip() if number else ""
