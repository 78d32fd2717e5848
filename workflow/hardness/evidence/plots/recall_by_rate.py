"""Figure 17: recall of each class by pruning rate, for dataset-level and class-level pruning."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = "17"
INPUTS = ("evaluation", "allocation", "groups")
SETS = ({"level": "dlp"}, {"level": "clp"})
LEVELS = {"dlp": "Dataset-level pruning (DLP)", "clp": "Class-level pruning (CLP)"}
CAPTION = (
    "Recall of each class on the test set of {dataset} by pruning rate, for dataset-level (left)"
    " and class-level pruning (right); colors from the easiest (green) to the hardest class (wine)."
    " Up to 20 classes: mean over {retraining} members with Student's t 95% interval as a band."
    " More classes: thin lines are single classes, thick lines with a band the mean of the easy and"
    " of the hard classes with that interval. Rate 0 is the full training set."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """level, rate, rank, class, name, mean, low, high, members; the groups' means have rank 0,
    class -1.
    """
    rows = select.by_pruning_rate(frames["evaluation"], study, tuple(LEVELS))
    ranks = select.classes_by_hardness(frames["allocation"], study, frames["groups"])
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
    figure, (row,) = style.panels(1, 2, style.PAGE, 2.9, sharey=True)
    colors = style.HARDNESS(np.linspace(0, 1, k))
    for axes, (level, title) in zip(row, LEVELS.items(), strict=True):
        rows = table[table["level"] == level]
        classes = [part.sort_values("rate") for _, part in rows[rows["rank"] > 0].groupby("rank")]
        for part, color in zip(classes, colors, strict=False):
            if k <= style.MANY:
                style.interval_line(axes, part["rate"], part, color, 100)
            else:
                axes.plot(part["rate"], 100 * part["mean"], color=color, linewidth=0.4, alpha=0.5)
        for group in ("easy", "hard") if k > style.MANY else ():
            part = rows[rows["name"] == f"{group} classes"].sort_values("rate")
            style.interval_line(
                axes,
                part["rate"],
                part,
                style.COLORS[group],
                100,
                linewidth=2,
                label=f"mean of the {group} classes",
            )
        axes.set(xlabel="Pruning rate (%)", title=title, xlim=(0, table["rate"].max()))
    style.recall_axis(row[0])
    if k > style.MANY:
        style.hardness_bar(figure, row, k)
        figure.legend(*row[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return figure
    for axes, level in zip(row, LEVELS, strict=True):
        ends = (
            table[(table["level"] == level) & (table["rank"] > 0)]
            .sort_values("rate")
            .groupby("rank")
            .last()
        )
        if len(ends):
            style.label_ends(
                axes,
                table["rate"].max(),
                (100 * ends["mean"]).tolist(),
                ends["name"].tolist(),
                colors,
            )
    return figure
