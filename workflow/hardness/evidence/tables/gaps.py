"""What resampling does to the gaps between classes: as measured on each member, and without the
bias of noise.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import (
    KEYS,
    decided,
    family_place,
    family_title,
    in_order,
    interval,
    of_families,
    points,
    probability,
    strategy,
)

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("gaps",)
MEASURES = {
    "sd_without_noise": "Standard deviation, without noise",
    "fixed_gap": "Fixed best − fixed worst",
    "fixed_best": "Fixed best classes",
    "fixed_worst": "Fixed worst classes",
    "easy_minus_hard": "Easy − hard",
    "sd": "Standard deviation",
    "quantile_gap": "Best − worst quantile (biased)",
    "mad": "Median absolute deviation (biased)",
    "range": "Best − worst (biased)",
}
CAPTION = (
    "Gaps of recall between the classes of {dataset}, on full and on resampled sets, in percentage"
    " points, and their change, paired by seed, with 95% intervals: over members (a jackknife for"
    " the standard deviation without noise) and Welch's, unpaired, against all members of full. A"
    " gap between extremes of noisy values is biased upwards, which cancels in a change only if"
    " both sets are equally noisy. Therefore the standard deviation without noise comes from"
    " covariances between different members, and the fixed best and worst classes are chosen by"
    " other members of full. Fixed classes cannot reveal new worst classes, and are never decisive"
    " alone. p: step-down max-T over all gaps of the family. Margin: the smallest margin within"
    " which the change is shown to lie. Detectable: the change found with 80% power by this test;"
    " in parentheses, by a single paired t test. The verdict none is only possible for the standard"
    " deviation."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """The rows of effects/gaps.csv, strategies in the paper's order."""
    measures = list(MEASURES)

    def order(row: Any) -> tuple:
        return *family_place(row, study["base_recipe"]), measures.index(row.measure)

    return in_order(of_families(frames["gaps"]), order)


def meaning(table: "pd.DataFrame", study: dict) -> str:
    tested = table[table["verdict"].notna() & (table["baseline"] == "own")]
    text = "Whether resampling narrows the gaps of recall between classes:"
    return f"{text} {decided(tested['verdict'], 'changes of gaps')}"


def caption(table: "pd.DataFrame", study: dict) -> str:
    return CAPTION.format(dataset=study["dataset"])


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One section per family, with one row per strategy and measure."""
    header = ["Strategy", "Gap", "Verdict", "full", "Resampled", "Change", "Members", "Welch"]
    header += ["p", "Margin", "Detectable"]
    for family, part in grouped(of_families(table), KEYS, sort=False):
        rows = [
            [
                strategy(row.over, row.under, row.suffix),
                MEASURES[row.measure],
                row.verdict if isinstance(row.verdict, str) else "",
                points(row.baseline_value, sign=False),
                points(row.value, sign=False),
                points(row.change),
                interval(row.low, row.high),
                interval(row.welch_low, row.welch_high),
                probability(row.p),
                points(row.smallest_margin, sign=False),
                _detectable(row.detectable, row.detectable_alone),
            ]
            for row in named_rows(part)
        ]
        yield family_title(family, study["base_recipe"]), header, rows


def _detectable(by_table: float, alone: float) -> str:
    """Such as "0.40 (0.30)"; nothing where nothing is tested."""
    texts = [points(value, sign=False) for value in (by_table, alone)]
    return f"{texts[0]} ({texts[1]})" if texts[1] else texts[0]
