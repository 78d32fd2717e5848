"""Figure 16: how many samples of each class dataset-level pruning removes."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = "16"
INPUTS = ("sizes", "ranks")
SETS = ({"level": "dlp"},)
CAPTION = (
    "Share of each class of {dataset} that dataset-level pruning (DLP) removes, by pruning rate;"
    " colors from the easiest (green) to the hardest class (wine) by {ranked_by}. Dashed: the same"
    " share of each class, as class-level pruning (CLP) removes. These are counts from the training"
    " sets, made by one ranking of the ensemble's mean scores, without intervals."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """rate, rank (1 = the easiest class), class, name, n, size, removed, share (of the class, 0 to
    1); rate 0 too.
    """
    sizes = frames["sizes"]
    rows = sizes[(sizes["kind"] == "prune") & (sizes["level"] == "dlp")]
    present = set(rows["estimator"])
    estimator = study["ranked_by"] if study["ranked_by"] in present else min(present)
    rows = rows[
        (rows["estimator"] == estimator) & (rows["members"] == study["members"]["hardness"])
    ]
    ranks = select.classes_by_hardness(frames["ranks"], study["ranked_by"])
    ranks = ranks[["rank", "class", "name", "n"]]
    rows = ranks.merge(rows[["class", "rate", "size", "removed"]], on="class")
    rows = pd.concat([ranks.assign(rate=0.0, size=ranks["n"], removed=0), rows])
    rows = rows.assign(share=rows["removed"] / rows["n"])
    columns = ["rate", "rank", "class", "name", "n", "size", "removed", "share"]
    return rows[columns].sort_values(["rate", "rank"]).reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    k = table["rank"].max()
    figure, ((axes,),) = style.panels(1, 1, style.COLUMN, 2.7)
    last = table["rate"].max()
    axes.plot(
        [0, last],
        [0, last],
        color=style.COLORS["full"],
        linestyle="--",
        linewidth=1,
        zorder=3,
        label="class level (CLP)",
    )
    axes.set(
        xlabel="Pruning rate (%)", ylabel="Removed of the class (%)", xlim=(0, last), ylim=(0, 102)
    )
    classes = [part.sort_values("rate") for _, part in table.groupby("rank")]
    colors = style.HARDNESS(np.linspace(0, 1, k))
    for part, color in zip(classes, colors, strict=True):
        axes.plot(
            part["rate"],
            100 * part["share"],
            color=color,
            linewidth=1.2 if k <= style.MANY else 0.5,
        )
    figure.legend(loc="outside upper right")
    if k <= style.MANY:
        names = [part["name"].iloc[0] for part in classes]
        style.label_ends(
            axes, last, [100 * part["share"].iloc[-1] for part in classes], names, colors
        )
    else:
        style.hardness_bar(figure, axes, k)
    return figure
