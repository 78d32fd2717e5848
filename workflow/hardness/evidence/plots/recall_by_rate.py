"""Figure 17: recall of each class by pruning rate, for dataset-level and class-level pruning."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = "17"
INPUTS = ("evaluation", "ranks", "groups")
SETS = ({"level": "dlp"}, {"level": "clp"})
LEVELS = {"dlp": "Dataset-level pruning (DLP)", "clp": "Class-level pruning (CLP)"}
CAPTION = (
    "Recall of each class on the test set of {dataset} by pruning rate, for dataset-level and for"
    " class-level pruning, where the study has both; colors from the easiest (green) to the hardest"
    " class (wine) by {ranked_by}. Up to 20 classes: mean over {retraining} members with Student's"
    " t 95% interval as a band. More classes: thin lines are single classes, thick lines with a"
    " band the mean of the easy and of the hard classes with that interval. Rate 0 is the full"
    " training set."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """level, rate, rank, class, name, mean, low, high, members; the groups' means have rank 0,
    class -1.
    """
    rows = select.by_pruning_rate(frames["evaluation"], study, tuple(LEVELS))
    ranks = select.classes_by_hardness(frames["ranks"], study["ranked_by"], frames["groups"])
    hard = dict(zip(ranks["class"], ranks["hard"].astype(bool), strict=True))
    single = select.summarize(rows, ["level", "rate", "class"], "recall").merge(
        ranks[["class", "rank", "name"]], on="class"
    )
    groups = rows.assign(
        name=rows["class"].map(hard).map({False: "easy classes", True: "hard classes"})
    )
    groups = groups.groupby(["level", "rate", "seed", "name"])["recall"].mean().reset_index()
    groups = select.summarize(groups, ["level", "rate", "name"], "recall").assign(
        **{"rank": 0, "class": -1}
    )
    columns = ["level", "rate", "rank", "class", "name", "mean", "low", "high", "members"]
    return (
        pd.concat([single, groups])[columns]
        .sort_values(["level", "rank", "rate", "name"])
        .reset_index(drop=True)
    )


def draw(table: pd.DataFrame, study: dict) -> Figure:
    k = table["rank"].max()
    levels = [level for level in LEVELS if level in set(table["level"])]
    figure, (row,) = style.panels(1, len(levels), style.PAGE, 2.9, sharey=True)
    colors = style.HARDNESS(np.linspace(0, 1, k))
    for axes, level in zip(row, levels, strict=True):
        rows = table[table["level"] == level].sort_values("rate")
        if k <= style.MANY:
            _few(axes, rows, colors)
        else:
            _many(axes, rows, colors)
        axes.set(xlabel="Pruning rate (%)", title=LEVELS[level], xlim=(0, table["rate"].max()))
    style.recall_axis(row[0])
    if k > style.MANY:
        style.hardness_bar(figure, row, k)
        figure.legend(*row[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return figure
    for axes, level in zip(row, levels, strict=True):
        ends = table[(table["level"] == level) & (table["rank"] > 0)].sort_values("rate")
        ends = ends.groupby("rank").last()
        values, names = (100 * ends["mean"]).tolist(), ends["name"].tolist()
        style.label_ends(axes, table["rate"].max(), values, names, colors)
    return figure


def _few(axes: Axes, rows: pd.DataFrame, colors: np.ndarray) -> None:
    """A line with a band for each class."""
    classes = [part for _, part in rows[rows["rank"] > 0].groupby("rank")]
    for part, color in zip(classes, colors, strict=True):
        style.interval_line(axes, part["rate"], part, color, 100)


def _many(axes: Axes, rows: pd.DataFrame, colors: np.ndarray) -> None:
    """A thin line for each class, and a line with a band for each group of classes."""
    classes = [part for _, part in rows[rows["rank"] > 0].groupby("rank")]
    for part, color in zip(classes, colors, strict=True):
        axes.plot(part["rate"], 100 * part["mean"], color=color, linewidth=0.4, alpha=0.5)
    for group in ("easy", "hard"):
        part, color = rows[rows["name"] == f"{group} classes"], style.COLORS[group]
        look: dict[str, Any] = {"linewidth": 2, "label": f"mean of the {group} classes"}
        style.interval_line(axes, part["rate"], part, color, 100, **look)
