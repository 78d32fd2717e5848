"""Figures 12 and 18: pruning the easiest of the whole data set against the easiest of each
class.
"""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = "12, 18"
INPUTS = ("evaluation",)
SETS = ({"kind": "prune"},)
LABELS = {
    "dlp": "dataset level (DLP)",
    "clp": "class level (CLP)",
    "random": "random, classes as in CLP",
}
CAPTION = (
    "Networks trained on pruned training sets of {dataset}: the easiest samples of the whole set"
    " removed (DLP), the same number with the same share of each class (CLP), and as many of each"
    " class as CLP, chosen at random, as a control. Left: accuracy on the test set. Right: standard"
    " deviation of recall over classes (dividing by the number of classes), a measure of the gap"
    " between classes, biased upwards by the noise of a single member's recalls, the more so the"
    " less data it saw. Mean over {retraining} members, band: Student's t 95% interval (range over"
    " draws, where 2 to 5 are shared by members). Rate 0 is the full training set."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """quantity (accuracy, mean-recall, recall-sd), level, rate, mean, low, high (fractions),
    members; rate 0 = full.
    """
    rows = select.by_pruning_rate(frames["evaluation"], study, tuple(LABELS))
    keys = ["level", "rate", "seed", "draws"]
    by_member = rows.assign(right=rows["recall"] * rows["support"]).groupby(keys)
    members = {
        "accuracy": by_member["right"].sum() / by_member["support"].sum(),
        "mean-recall": by_member["recall"].mean(),
        "recall-sd": by_member["recall"].std(ddof=0),
    }
    long = pd.DataFrame(members).reset_index().melt(keys, list(members), "quantity")
    return select.summarize(long, ["quantity", "level", "rate"], "value")


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, (row,) = style.panels(1, 2, style.PAGE, 2.7)
    quantities = (
        ("accuracy", "Accuracy (%)"),
        ("recall-sd", "Standard deviation of recall\nover classes (percentage points)"),
    )
    for axes, (quantity, label) in zip(row, quantities, strict=True):
        for (level, name), marker in zip(LABELS.items(), "osD", strict=True):
            part = table[(table["quantity"] == quantity) & (table["level"] == level)].sort_values(
                "rate"
            )
            if len(part):
                dashes = "--" if level == "random" else "-"
                style.interval_line(
                    axes,
                    part["rate"],
                    part,
                    style.COLORS[level],
                    100,
                    marker=marker,
                    linestyle=dashes,
                    label=name,
                )
        axes.set(xlabel="Pruning rate (%)", ylabel=label)
        style.within(axes, -1, 101)
    figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure
