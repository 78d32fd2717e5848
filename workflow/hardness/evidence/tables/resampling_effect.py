"""Tables I and II: what resampling does to precision and recall of easy and of hard classes.

Each family (one alpha or rho) is shown in the paper's form, where +- is the spread over classes;
beside the paper's own cells, if it printed such a table; and with what answers the question: the
uncertainty of the mean change, whether there is a change, and whether there is none. Then accuracy,
F1 and MCC in the paper's form, because the paper says that its pattern persists in them.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hardness.evidence.labels import estimator_label
from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import (
    KEYS,
    bold,
    decided,
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
PUBLISHED = True
METRICS, GROUPS = ("precision", "recall"), ("easy", "hard")
FURTHER = ("accuracy", "f1", "mcc")
EVERY = (*METRICS, *FURTHER)
PRINTED = ("published", "published_sd", "published_bold")
ALPHA = 1  # the paper does not state its tables' alpha: ours at this one is shown beside them
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
    "paper": "by Eq. 3 at α = 1, by {estimator}",
    "study": "by scaled hardness, because Eq. 3 is undefined",
}
CAPTION = (
    "Change in class-level precision and recall on the test set of {dataset} when the training set"
    " is resampled, mean over easy and over hard classes, in percentage points; each member is"
    " compared with the same seed's network on the full set. ± is the standard deviation over"
    " classes of the mean change (dividing by the number of classes), as in the paper: it says how"
    " differently classes react, not how certain the mean is. †: the change exceeds ±, which the"
    " paper prints in bold; bold here: the tests find a change. {beside}What is known: 95%"
    " intervals, Student's t over members, paired by seed; p: step-down max-T over the table's"
    " cells, sign flips by member{size}; there is no correction over tables; margin: the smallest"
    " margin within which the change is shown to lie (90% interval); {margin}. How well: Welch's"
    " interval, unpaired, against all members of full; an interval for other test sets too, over"
    " members and test images (recall: analysis of variance; precision: a bootstrap, which covers"
    " 87 to 99%, more if images and members interact more); detectable: the change that this table"
    " finds with 80% power, and in parentheses a single paired t test; noise: the standard"
    " deviation of the members' differences; members needed: to show with 80% power that a change"
    " of 0 lies within the margin. If resampling is random and one draw was made, all of this holds"
    " given that draw. Further metrics (accuracy is of a class against the rest) are a family of"
    " their own. Groups of classes: {rule}."
)
BESIDE = (
    "The paper's cells are shown beside ours, in fractions with five decimals and in bold as it"
    " prints them; the paper does not say at which α. "
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """The rows of effects/cells.csv, in the paper's order, metric by metric, with each family's
    columns of effects/families.csv: largest, point95, nothing_verdict, nothing_power,
    pair_correlation, pair_low, pair_high, scale_members; and with the paper's cells: published,
    published_sd (fractions), published_bold.
    """
    cells, families = of_families(frames["cells"]), of_families(frames["families"])
    what = cells["metric"].isin(FURTHER).map({False: "table", True: "further"})
    on = [*KEYS, "what"]
    cells = cells.assign(what=what).merge(families[[*on, *OF_FAMILY]], on=on, how="left")
    printed = {
        (cell["over"], cell["under"], cell["metric"], cell["group"]): (
            cell["change"],
            cell["sd_over_classes"],
            cell["bold"] == "yes",
        )
        for cell in study["published"]
    }
    found = [
        printed.get((cell.over, cell.under, cell.metric, cell.group))
        if _is_papers(cell, study)
        else None
        for cell in named_rows(cells)
    ]
    for place, name in enumerate(PRINTED):
        cells[name] = [values[place] if values else None for values in found]

    def order(row: Any) -> tuple:
        return *family_place(row, study["base_recipe"]), EVERY.index(row.metric), row.group

    return in_order(cells, order)


def _is_papers(cell: Any, study: dict) -> bool:
    """Whether the paper's table would hold the cell: its recipe, its mode, its hardness."""
    usual = (cell.recipe, cell.suffix) == (study["base_recipe"], study["paper_suffix"])
    return usual and (cell.mode, cell.setting) == ("paper", ALPHA)


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """How many changes of precision and recall are shown, against full by the same recipe."""
    own = table[table["metric"].isin(METRICS) & (table["baseline"] == "own")]
    groups = "precision and recall of easy and of hard classes"
    return f"What resampling changes in {groups}: {decided(own['verdict'], 'mean changes')}"


def caption(table: "pd.DataFrame", study: dict) -> str:
    margins = sorted(set(table["margin"].dropna()))
    margin = (
        f"{points(margins[0], sign=False)} was fixed beforehand"
        if margins
        else "none was fixed beforehand"
    )
    alone = table["scale_members"].between(1, table["members"]).any()
    size = " (its level is up to 9%, because all members of full are compared)" if alone else ""
    estimator = estimator_label(study["paper_estimator"])
    rules = [RULES[rule].format(estimator=estimator) for rule in sorted(set(table["rule"]))]
    beside = BESIDE if table["published"].notna().any() else ""
    return CAPTION.format(
        dataset=study["dataset"], margin=margin, size=size, rule="; ".join(rules), beside=beside
    )


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each family the paper's form, then the same cells with intervals, tests and verdicts."""
    for family, part in grouped(of_families(table), KEYS, sort=False):
        title = family_title(family, study["base_recipe"])
        main, further = part[part["metric"].isin(METRICS)], part[part["metric"].isin(FURTHER)]
        yield f"{title}: the paper's form", *_papers_form(main, METRICS)
        if main["published"].notna().any():
            yield f"{title}: beside the paper's cells", *_beside(main)
        yield f"{title}: what is known", *_what_is_known(main)
        yield f"{title}: how well it is known", *_how_well(main)
        yield f"{title}: the table as a whole", *_as_a_whole(main)
        if len(further):
            yield f"{title}: further metrics in the paper's form", *_papers_form(further, FURTHER)
            yield f"{title}: further metrics as a whole", *_as_a_whole(further)


def _papers_form(part: "pd.DataFrame", metrics: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    named = [f"{estimator_label(metric)}, {group}" for metric in metrics for group in GROUPS]
    rows = []
    for (over, under, suffix), cells in grouped(part, ["over", "under", "suffix"], sort=False):
        text_of = {(cell.metric, cell.group): _papers_cell(cell) for cell in named_rows(cells)}
        texts = [text_of.get((metric, group), "") for metric in metrics for group in GROUPS]
        of_set = [str(cells[name].iloc[0]) for name in ("members", "draws")]
        rows.append([strategy(over, under, suffix), *texts, *of_set])
    return ["Strategy", *named, "n", "Draws"], rows


def _papers_cell(cell: Any) -> str:
    """Such as "+0.12 ± 0.20"; bold where a change is found. One class has no spread."""
    text = points(cell.change)
    if cell.classes == 1:
        text += " (one class)"
    else:
        text += f" ± {points(cell.sd_over_classes, sign=False)}"
        text += "†" if abs(cell.change) > cell.sd_over_classes else ""
    return bold(text) if cell.verdict.startswith("changed") else text


def _beside(part: "pd.DataFrame") -> tuple[list[str], list[list[str]]]:
    """The paper's cells beside ours, in fractions; ours in points too."""
    header = ["Strategy", "Cell", "Paper", "Here", "Here, points"]
    rows = []
    for cell in named_rows(part):
        paper = _fractions(cell.published, cell.published_sd)
        rows.append(
            [
                strategy(cell.over, cell.under, cell.suffix),
                f"{cell.metric}, {cell.group}",
                bold(paper) if cell.published_bold is True else paper,
                _fractions(cell.change, cell.sd_over_classes),
                f"{points(cell.change)} {interval(cell.low, cell.high)}".strip(),
            ]
        )
    return header, rows


def _fractions(change: float, sd: float) -> str:
    """Such as "−0.00045 ± 0.00223"; nothing for a missing one."""
    if math.isnan(change):
        return ""
    return f"{change + 0.0:+.5f} ± {sd:.5f}".replace("-", "\N{MINUS SIGN}")


def _what_is_known(part: "pd.DataFrame") -> tuple[list[str], list[list[str]]]:
    header = ["Strategy", "Cell", "Verdict", "Change", "Interval", "p", "Margin"]
    rows = [
        [
            strategy(cell.over, cell.under, cell.suffix),
            f"{cell.metric}, {cell.group}",
            cell.verdict,
            points(cell.change),
            interval(cell.low, cell.high),
            probability(cell.p),
            points(cell.smallest_margin, sign=False),
        ]
        for cell in named_rows(part)
    ]
    return header, rows


def _how_well(part: "pd.DataFrame") -> tuple[list[str], list[list[str]]]:
    header = ["Strategy", "Cell", "Welch", "Members × images", "Detectable", "Noise"]
    header += ["Members needed", "Kind of interval"]
    rows = [
        [
            strategy(cell.over, cell.under, cell.suffix),
            f"{cell.metric}, {cell.group}",
            interval(cell.welch_low, cell.welch_high),
            interval(cell.images_low, cell.images_high),
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
