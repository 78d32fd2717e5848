"""Figures 12 and 18: pruning the easiest of the whole data set against the easiest of each
class.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hardness.analysis.evaluation import by_member
from hardness.analysis.units import is_shared
from hardness.analysis.variance import jackknifed
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped

NUMBER = "12, 18"
INPUTS = ("evaluation",)
SETS = ({"kind": "prune"},)
LABELS = {
    "dlp": "dataset level (DLP)",
    "clp": "class level (CLP)",
    "random": "random, classes as in CLP",
}
PANELS = {
    "accuracy": "",
    "recall-sd-of-mean": "Of the recall averaged over members",
    "recall-sd-of-members": "Mean of the members' own",
}
CAPTION = (
    "Networks trained on pruned training sets of {dataset}: without the easiest samples of the"
    " whole set (DLP), without the easiest of each class, the same share of all classes (CLP), and"
    " without random samples, as many of each class as CLP, as a control. Left: accuracy on the"
    " test set. Middle and right: two standard deviations of recall over classes (dividing by their"
    " number), as measures of the gap between classes: of the recall averaged over members, and the"
    " mean of the members' own. The latter is biased upwards by a member's noise, the more so the"
    " less data it was trained on. The csv has a third one, over all members and classes at once."
    " Means over {retraining} members; band: Student's t 95% interval over them (range over draws,"
    " if members share 2 to 5 draws); for the averaged recall by the jackknife. Rate 0 is the full"
    " training set."
)
PAPER = (
    "The standard deviation over all members and classes at once is the band of the paper's code."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """quantity, level, rate, mean, low, high (fractions), members; rate 0 = full.

    quantity: accuracy, mean-recall, recall-sd-of-mean (over classes, of the recall averaged over
    members), recall-sd-of-members (over classes, averaged over members), recall-sd-pooled (over
    members and classes).
    """
    rows = select.by_pruning_rate(frames["evaluation"], study, tuple(LABELS))
    keys = ["level", "rate", "seed", "draws"]
    members = rows.assign(right=rows["recall"] * rows["support"]).groupby(keys)
    of_member = {
        "accuracy": members["right"].sum() / members["support"].sum(),
        "mean-recall": members["recall"].mean(),
        "recall-sd-of-members": members["recall"].std(ddof=0),
    }
    long = pd.DataFrame(of_member).reset_index().melt(keys, list(of_member), "quantity")
    return pd.concat(
        [
            select.summarize(long, ["quantity", "level", "rate"], "value"),
            pd.DataFrame(_of_ensembles(rows)),
        ],
        ignore_index=True,
    )


def _of_ensembles(rows: pd.DataFrame) -> list[dict]:
    """The two standard deviations that no single member has, as rows of the table."""
    found = []
    for (level, rate, draws), part in grouped(rows, ["level", "rate", "draws"]):
        columns = {name: part[name].to_numpy() for name in ("seed", "class", "recall")}
        _, recall = by_member(columns, "recall")
        for quantity, spread in (("recall-sd-of-mean", _sd_of_mean), ("recall-sd-pooled", np.std)):
            mean, low, high = jackknifed(spread, recall)
            if is_shared(draws, len(recall)):  # members are not independent
                low = high = np.nan
            place = {"quantity": quantity, "level": level, "rate": rate}
            found.append(place | {"mean": mean, "low": low, "high": high, "members": len(recall)})
    return found


def _sd_of_mean(recall: np.ndarray) -> float:
    return float(recall.mean(axis=0).std())


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, (row,) = style.panels(1, len(PANELS), style.PAGE, 2.7)
    for axes, (quantity, title) in zip(row, PANELS.items(), strict=True):
        for (level, name), marker in zip(LABELS.items(), "osD", strict=True):
            chosen = (table["quantity"] == quantity) & (table["level"] == level)
            part = table[chosen].sort_values("rate")
            if len(part):
                look = {"marker": marker, "linestyle": "--" if level == "random" else "-"}
                color = style.COLORS[level]
                style.interval_line(axes, part["rate"], part, color, 100, label=name, **look)
        axes.set(xlabel="Pruning rate (%)", title=title)
        style.within(axes, -1, 101)
    row[0].set_ylabel("Accuracy (%)")
    row[1].set_ylabel("Standard deviation of recall\nover classes (percentage points)")
    top = max(axes.get_ylim()[1] for axes in row[1:])
    for axes in row[1:]:
        axes.set_ylim(0, top)
    figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure
