"""Tables I and II: what resampling does to precision and recall of easy and of hard classes.

Each family (one alpha or rho) is shown twice: in the paper's form, where +- is the spread over
classes, and with what answers the question: how well the mean change is known, whether there is
one, and whether there is none.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import (
    KEYS,
    family_place,
    family_title,
    in_order,
    interval,
    of_families,
    points,
    probability,
    strategy,
    unsigned,
)

if TYPE_CHECKING:
    import pandas as pd

NUMBER = "I, II"
INPUTS = ("cells", "families")
METRICS, GROUPS = ["precision", "recall"], ["easy", "hard"]
OF_FAMILY = [
    "largest",
    "point95",
    "nothing_verdict",
    "nothing_power",
    "pair_correlation",
    "pair_low",
    "pair_high",
    "scale_members",
]
RULES = {
    "paper": "by Eq. 3 at α = 1, of the paper's estimator",
    "study": "by scaled hardness, for Eq. 3 is undefined",
}
CAPTION = (
    "Change in class-level precision and recall on the test set of {dataset} when the training set"
    " is resampled, mean over easy and over hard classes, in percentage points; each member is"
    " compared with the same seed's network on the full set. In the paper's form, ± is the standard"
    " deviation over classes of the mean change (dividing by the number of classes): how"
    " differently classes react, not how well the mean is known; bold: the change exceeds it."
    " Beside it, the same cells with 95% intervals: Student's t over members, paired by seed;"
    " Welch's, unpaired, against all members of full; and beyond this test set, over members and"
    " test images (recall: analysis of variance; precision: a bootstrap, which covers 87 to 99%,"
    " the more the more images and members interact). p: step-down max-T over the table's cells,"
    " sign flips by member{size}; nothing is corrected over tables. Margin: the smallest that the"
    " change is shown to lie within (90% interval); {margin}. Detectable: the change that this"
    " table finds with 80% power, in parentheses a single paired t test. Noise: a member's, the"
    " standard deviation of the differences. Members needed: to show within the margin, with 80%"
    " power, that nothing changes, were it so. Where resampling has chance in it and one draw was"
    " made, all of this holds given that draw. Groups of classes: {rule}."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """The rows of effects/cells.csv for precision and recall, in the paper's order, with what
    effects/families.csv says of each family: largest, point95, nothing_verdict, nothing_power,
    pair_correlation, pair_low, pair_high, scale_members.
    """
    cells, families = of_families(frames["cells"]), of_families(frames["families"])
    cells = cells[cells["metric"].isin(METRICS)]
    of_family = families.loc[families["what"] == "table", [*KEYS, *OF_FAMILY]]
    cells = cells.merge(of_family, on=KEYS, how="left")

    def order(row: Any) -> tuple:
        return *family_place(row, study["base_recipe"]), METRICS.index(row.metric), row.group

    return in_order(cells, order)


def caption(table: "pd.DataFrame", study: dict) -> str:
    margins = sorted(set(table["margin"].dropna()))
    margin = (
        f"{points(margins[0], sign=False)} was fixed beforehand"
        if margins
        else "none was fixed beforehand"
    )
    alone = table["scale_members"].between(1, table["members"]).any()
    size = (
        " (its size is up to 9%, for full has no other members than those compared)"
        if alone
        else ""
    )
    rule = "; ".join(RULES[rule] for rule in sorted(set(table["rule"])))
    return CAPTION.format(dataset=study["dataset"], margin=margin, size=size, rule=rule)


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each family the paper's form, then the same cells with intervals, tests and verdicts."""
    for family, part in grouped(of_families(table), KEYS, sort=False):
        title = family_title(family, study["base_recipe"])
        yield f"{title}: the paper's form", *_papers_form(part)
        yield f"{title}: what is known", *_what_is_known(part)
        yield f"{title}: the table as a whole", *_as_a_whole(part)


def _papers_form(part: "pd.DataFrame") -> tuple[list[str], list[list[str]]]:
    header = [
        "Strategy",
        *(f"{metric.capitalize()}, {group}" for metric in METRICS for group in GROUPS),
        "n",
        "Draws",
    ]
    rows = []
    for (over, under, suffix), cells in grouped(part, ["over", "under", "suffix"], sort=False):
        text_of = {(cell.metric, cell.group): _papers_cell(cell) for cell in named_rows(cells)}
        texts = [text_of.get((metric, group), "") for metric in METRICS for group in GROUPS]
        rows.append(
            [
                strategy(over, under, suffix),
                *texts,
                str(cells["members"].iloc[0]),
                str(cells["draws"].iloc[0]),
            ]
        )
    return header, rows


def _papers_cell(cell: Any) -> str:
    text = f"{points(cell.change)} ± {points(cell.sd_over_classes, sign=False)}"
    return f"**{text}**" if abs(cell.change) > cell.sd_over_classes else text


def _what_is_known(part: "pd.DataFrame") -> tuple[list[str], list[list[str]]]:
    header = [
        "Strategy",
        "Cell",
        "Change",
        "Members",
        "Welch",
        "Members × images",
        "p",
        "Verdict",
        "Margin",
    ]
    header += ["Detectable", "Noise", "Members needed", "Interval"]
    rows = [
        [
            strategy(cell.over, cell.under, cell.suffix),
            f"{cell.metric}, {cell.group}",
            points(cell.change),
            interval(cell.low, cell.high),
            interval(cell.welch_low, cell.welch_high),
            interval(cell.images_low, cell.images_high),
            probability(cell.p),
            cell.verdict,
            points(cell.smallest_margin, sign=False),
            f"{points(cell.detectable, sign=False)} ({points(cell.detectable_alone, sign=False)})",
            unsigned(points(cell.noise_sd), interval(cell.noise_low, cell.noise_high)),
            "" if math.isnan(cell.members_needed) else f"{cell.members_needed:.0f}",
            cell.interval,
        ]
        for cell in named_rows(part)
    ]
    return header, rows


def _as_a_whole(part: "pd.DataFrame") -> tuple[list[str], list[list[str]]]:
    header = [
        "Cells",
        "Largest change",
        "95% point of the largest by chance",
        "Nothing in the table",
    ]
    header += ["Power to show it", "Correlation of pairs"]
    family = part.iloc[0]
    power = "" if math.isnan(family["nothing_power"]) else f"{family['nothing_power']:.2f}"
    pairs = "" if math.isnan(family["pair_correlation"]) else f"{family['pair_correlation']:.2f}"
    if not math.isnan(family["pair_low"]):
        pairs += f" [{family['pair_low']:.2f}, {family['pair_high']:.2f}]"
    sizes = [points(family[name], sign=False) for name in ("largest", "point95")]
    return header, [
        [
            str(len(part)),
            *sizes,
            family["nothing_verdict"],
            power,
            pairs.replace("-", "\N{MINUS SIGN}"),
        ]
    ]
