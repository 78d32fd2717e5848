"""What changes the verdict: each ingredient of the study varied by itself, with group means and
gaps side by side.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import (
    KEYS,
    in_order,
    interval,
    of_families,
    place,
    points,
    setting_title,
    strategy,
)

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("cells", "gaps")
SETS = (  # an ingredient is varied: the recipe, or the reading of Forgetting
    {"kind": "resample", "recipe": "other"},
    {"kind": "resample", "estimator": "forgetting"},
    {"kind": "resample", "estimator": "forgetting-paper"},
)
READINGS = ("forgetting", "forgetting-paper")
GAPS = {
    "easy_minus_hard": "Easy − hard",
    "sd_without_noise": "Spread of classes",
    "fixed_gap": "Best − worst",
}
MEASURES = ("recall_easy", "recall_hard", *GAPS)
COLUMNS = [
    *KEYS,
    "set",
    "over",
    "under",
    "measure",
    "change",
    "low",
    "high",
    "p",
    "verdict",
    "members",
]
CAPTION = (
    "What changes the verdict on {dataset}: the same strategies with one ingredient changed."
    " Another recipe is compared with full under the base recipe, and with its own full (the"
    " paper's code padded resampled sets with the mean color and the baseline with black:"
    " `paper-pad-mean` against full under the base recipe). Forgetting: `forgetting` counts samples"
    " that were never learned as the hardest, `forgetting-paper` as the easiest. Changes in"
    " percentage points with 95% interval over members, paired by seed (Student's t; the range over"
    " draws, if members share few draws; a jackknife for the spread): recall of easy and of hard"
    " classes; then gaps: easy less hard classes; standard deviation over classes, without noise;"
    " best less worst classes, chosen by other members (which cannot reveal new worst classes). The"
    " verdict is given beside a change, unless it is undecided or there is none."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """One row per ingredient, set and measure: ingredient, recipe, baseline, mode, setting, suffix,
    set, over, under, measure (recall_easy, recall_hard, or a gap), change, low, high, p, verdict,
    members; fractions.
    """
    import pandas as pd

    cells, gaps = of_families(frames["cells"]), of_families(frames["gaps"])
    recalls = cells[cells["metric"] == "recall"]
    recalls = recalls.assign(measure="recall_" + recalls["group"])
    rows = pd.concat([recalls[COLUMNS], gaps.loc[gaps["measure"].isin(GAPS), COLUMNS]])
    usual = study["paper_suffix"]
    rows = rows[(rows["suffix"] == usual) | rows["suffix"].isin(READINGS)]
    varied = rows[(rows["recipe"] != study["base_recipe"]) | (rows["suffix"] != usual)]
    strategies = set(
        zip(varied["over"], varied["under"], varied["mode"], varied["setting"], strict=True)
    )
    chosen = [
        (row.over, row.under, row.mode, row.setting) in strategies and row.baseline != "origin"
        for row in named_rows(rows)
    ]
    rows = rows[chosen]
    rows.insert(0, "ingredient", [_ingredient(row, study, usual) for row in named_rows(rows)])

    def order(row: Any) -> tuple:
        varied = (row.suffix, row.recipe != study["base_recipe"], row.baseline)
        return (
            row.mode,
            row.setting,
            place(row.over, row.under),
            varied,
            MEASURES.index(row.measure),
        )

    return in_order(rows, order)


def _ingredient(row: Any, study: dict, usual: str) -> str:
    if row.recipe == study["base_recipe"]:
        return "none" if row.suffix == usual else f"hardness by {row.suffix}"
    baseline = "its own full" if row.baseline == "own" else f"full by {study['base_recipe']}"
    return f"{row.recipe}, against {baseline}"


def meaning(table: "pd.DataFrame", study: dict) -> str:
    varied = table.loc[table["ingredient"] != "none", "ingredient"].unique()
    return (
        "Whether the answer on resampling depends on one ingredient of the study: the same sets"
        f" with {len(varied)} of them changed, one at a time."
    )


def caption(table: "pd.DataFrame", study: dict) -> str:
    return CAPTION.format(dataset=study["dataset"])


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One section per alpha and rho, with one row per strategy and ingredient."""
    header = ["Strategy", "Changed", "Recall, easy", "Recall, hard", *GAPS.values()]
    for (mode, setting), part in grouped(table, ["mode", "setting"], sort=False):
        rows = []
        for (over, under, ingredient), measured in grouped(
            part, ["over", "under", "ingredient"], sort=False
        ):
            texts = {row.measure: _text(row) for row in named_rows(measured)}
            rows.append(
                [
                    strategy(over, under),
                    ingredient,
                    *(texts.get(measure, "") for measure in MEASURES),
                ]
            )
        yield setting_title(mode, setting), header, rows


def _text(row: Any) -> str:
    decided = row.verdict if isinstance(row.verdict, str) and row.verdict != "undecided" else ""
    return " ".join(
        part for part in (points(row.change), interval(row.low, row.high), decided) if part
    )
