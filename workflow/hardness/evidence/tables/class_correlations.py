"""Correlations of every estimator's class scores with the classes' accuracy, in every setting and
space.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.analysis.class_correlations import DATA_BASED
from hardness.evidence.kinds import kind_of, place_of
from hardness.evidence.labels import estimator_label
from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import correlation, probability

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("class-correlations",)
CAPTION = (
    "Spearman correlation of every estimator's scores of the {classes} classes of {dataset} with"
    " the accuracy of ensembles on them (mean of the members' accuracies), with its 90% interval"
    " (Fisher's z). Settings: full, all samples, by networks that are trained and tested on all;"
    " part, test samples with their neighbors among the training samples; test-only and train-only,"
    " samples and neighbors both from that part; these three against the test accuracy of networks"
    " that are trained on the training samples. Sign: that of the correlation if hard classes are"
    " less accurate. p: two-sided, by permutations of the classes' accuracies (all permutations up"
    " to ten classes); max-T: corrected for all estimators of the section. Related: max-T at most"
    " .05; none above .6: the interval lies within -.6 to .6; else undecided. Last columns: the"
    " correlation with the accuracy of the mean prediction, and Pearson's. Model-based scores come"
    " from the networks whose accuracy they are compared with. No value: the estimator gives all"
    " classes the same score."
)
HEADER = ["Estimator", "Type", "Sign", "Spearman", "90% interval", "p", "max-T", "Verdict",
          "Mean prediction", "Pearson"]  # fmt: skip
SECTION = ["setting", "family", "within"]


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """correlations.csv, with the paper's type of each estimator (kind)."""
    rows = frames["class-correlations"]
    return rows.assign(kind=rows["estimator"].map(kind_of))


def meaning(table: "pd.DataFrame", study: dict) -> str:
    related = (table["verdict"] == "related").sum()
    return (
        "Which estimators rank classes as accuracy does:"
        f" {related} of {len(table)} correlations are shown to exist."
    )


def caption(table: "pd.DataFrame", study: dict) -> str:
    return CAPTION.format(dataset=study["dataset"], classes=table["classes"].iloc[0])


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One section per setting and family, and per space for data-based estimators; estimators in
    the paper's order.
    """
    data_based = table["family"] == DATA_BASED
    within = "neighbors in " + table["space"]
    table = table.assign(within=within.where(data_based, "networks"))
    for key, rows in grouped(table, SECTION, sort=False):
        ordered = sorted(named_rows(rows), key=lambda row: place_of(row.estimator))
        yield ", ".join(key), HEADER, [_row(row) for row in ordered]


def _row(row: Any) -> list[str]:
    bounds = [correlation(bound) for bound in (row.low, row.high)]
    return [
        estimator_label(row.estimator),
        row.kind,
        "+" if row.direction == "down" else "\N{MINUS SIGN}",
        correlation(row.rho),
        f"[{', '.join(bounds)}]" if all(bounds) else "",
        probability(row.p),
        probability(row.p_max),
        row.verdict,
        correlation(row.rho_prediction),
        correlation(row.pearson),
    ]
