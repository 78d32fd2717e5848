"""Do samples fall into clusters by their histories of MSD, and what do these clusters look like?"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("clusters", "histories")
CAPTION = (
    "The change of each training sample's feature from epoch to epoch ({dataset}, networks trained"
    " without labels, mean over {hardness} members), clustered by k-means. Top: each history"
    " standardized over its epochs, which leaves its shape; bottom: each epoch standardized over"
    " the samples, so that the level counts too. Left: silhouette by the number of clusters; band:"
    " range over five random subsets; gray: a control, the same changes shuffled among the samples"
    " within each epoch. There are clusters only where the line is above the gray one. Right: mean"
    " change of each cluster by epoch, for the number of clusters with the largest silhouette;"
    " band: half a standard deviation over the samples to either side. {without_labels}."
)
READINGS = {"shape": "Shape of the history", "level": "Level and shape"}
COLORS = ("#332288", "#CC6677", "#44AA99", "#C9A227", "#882255", "#5BA8D0")


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """clusters.csv, and below it histories.csv: `what` tells them apart."""
    parts = {"silhouette": frames["clusters"], "history": frames["histories"]}
    return pd.concat([part.assign(what=what) for what, part in parts.items()], ignore_index=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, grid = style.panels(2, 2, style.PAGE, 4.2, width_ratios=[1, 1.6])
    for row, (reading, title) in zip(grid, READINGS.items(), strict=True):
        part = table[table["reading"] == reading]
        _silhouettes(row[0], part[part["what"] == "silhouette"])
        _histories(row[1], part[part["what"] == "history"])
        row[0].set_title(title, loc="left")
    return figure


def _silhouettes(axes: Axes, rows: pd.DataFrame) -> None:
    control = rows.assign(mean=rows["control"], low=rows["control_low"], high=rows["control_high"])
    for part, color, label in (
        (control, style.COLORS["reference"], "shuffled"),
        (rows.assign(mean=rows["silhouette"]), style.COLORS["plain"], "histories"),
    ):
        style.interval_line(axes, rows["clusters"], part, color, marker="o", label=label)
    axes.set(xlabel="Clusters", ylabel="Silhouette", xticks=rows["clusters"])
    axes.set_ylim(min(0, axes.get_ylim()[0]), 1.25 * axes.get_ylim()[1])
    axes.legend(ncols=2, loc="upper right")


def _histories(axes: Axes, rows: pd.DataFrame) -> None:
    for (cluster, samples), part in rows.groupby(["cluster", "samples"]):
        band = part.assign(
            mean=part["change"],
            low=part["change"] - part["spread"] / 2,
            high=part["change"] + part["spread"] / 2,
        )
        color = COLORS[int(cluster) - 1]
        look: dict[str, Any] = {"label": f"{int(samples):,}"}
        style.interval_line(axes, part["epoch"], band, color, **look)
    axes.set(xlabel="Epoch", ylabel="Change of the feature", ylim=(0, None))
    axes.legend(title="Samples", ncols=2)
