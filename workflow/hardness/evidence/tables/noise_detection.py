"""How well each estimator finds flipped labels, by the number of members."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence.labels import estimator_label
from hardness.evidence.rows import named_rows
from hardness.evidence.tables._text import interval, points, unsigned

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("detection",)
CAPTION = (
    "How well each estimator finds the {flipped} flipped labels of {dataset} ({samples} training"
    " samples), by the number of members that its score averages, in percent: average precision and"
    " area under the ROC curve (flipped labels are the positives, ranked by hardness), and"
    " precision if as many of the hardest samples are removed as labels were flipped (precision"
    " equals recall there). By chance: {chance}, 50 and {chance}. Mean over disjoint ensembles of"
    " that size; 95% intervals over members (if there are two or more such ensembles) and over"
    " samples."
)
METRICS = {
    "average-precision": "Average precision",
    "auroc": "AUROC",
    "precision": "Precision at the flips",
}


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """noise-detection.csv as it is."""
    return frames["detection"]


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """The best estimator with the most members."""
    rows = table[table["metric"] == "average-precision"]
    best = rows.loc[rows["value"].idxmax()]
    return (
        f"Which score finds flipped labels: best {estimator_label(best['estimator'])} with"
        f" {best['members']} members, average precision {points(best['value'], 0, sign=False)}%"
        f" ({points(best['chance'], 0, sign=False)}% by chance)."
    )


def caption(table: "pd.DataFrame", study: dict) -> str:
    flipped, samples = table[["flipped", "samples"]].iloc[0]
    chance = points(flipped / samples, 1, sign=False)
    return CAPTION.format(dataset=study["dataset"], flipped=flipped, samples=samples, chance=chance)


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One section: one row per estimator and ensemble size, the best estimator first."""
    shown = table[
        table["metric"].isin(METRICS)
        & (table["removed"].isna() | (table["removed"] == table["flipped"]))
    ]
    best = shown[shown["metric"] == "average-precision"].groupby("estimator")["value"].max()
    rows = []
    for estimator in best.sort_values(ascending=False, kind="stable").index:
        for members, part in shown[shown["estimator"] == estimator].groupby("members"):
            text_of = {row.metric: _text(row) for row in named_rows(part)}
            rows.append([estimator, str(members), *(text_of.get(metric, "") for metric in METRICS)])
    yield "", ["Estimator", "Members", *METRICS.values()], rows


def _text(row: Any) -> str:
    """A value with its intervals. row: of named_rows."""
    members = interval(row.member_low, row.member_high)
    of_members = ["members", members] if members else []
    of_samples = ["samples", interval(row.sample_low, row.sample_high)]
    return unsigned(points(row.value, 1), *of_members, *of_samples)
