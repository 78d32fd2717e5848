"""When training could have been stopped: scores of the first epochs compared with those of all."""

from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.evidence.plots._estimators import OTHERS, color_of

NUMBER = None
INPUTS = ("epoch-sensitivity",)
CAPTION = (
    "When training on {dataset} could have been stopped. Left: Spearman's correlation, over"
    " samples, between the scores of the first epochs and those of all epochs, mean over {hardness}"
    " members; band: 95% interval, jackknife over members. Right: the first epoch from which on"
    " less than 5% of the pruned set differs from that of all epochs, by pruning rate; without"
    " intervals. A dash: only the last epoch. Of more than 32 epochs, not all are looked at. The"
    " first epochs are part of all epochs, so the correlation rises by construction."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """sensitivity/epochs.csv as it is."""
    return frames["epoch-sensitivity"]


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = table["estimator"].unique().tolist()
    height = max(2.2, 0.9 + 0.2 * len(names))
    figure, (row,) = style.panels(1, 2, style.PAGE, height, width_ratios=[1.3, 1])
    _stops(row[1], table, names)
    _curves(row[0], table[table["quantity"] == "scores"], names)
    return figure


def _curves(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """One line per estimator; the legend has them in the order of their left ends."""
    starts, dashes = {}, cycle(("-", "--", ":", "-."))
    for name in names:
        part = rows[rows["estimator"] == name].rename(columns={"value": "mean"})
        color, line = color_of(name), next(dashes) if color_of(name) == OTHERS else "-"
        look: dict[str, Any] = {"linestyle": line, "label": estimator_label(name)}
        style.interval_line(axes, part["epoch"], part, color, **look)
        # an estimator without a correlation (all samples have the same score) comes last
        starts[estimator_label(name)] = part["mean"].fillna(-2).iloc[0]
    lowest = rows[["value", "low"]].min(axis=None)
    axes.set(xlabel="Epochs that are looked at", ylabel="Correlation with all epochs")
    axes.set(xlim=(rows["epoch"].min(), rows["epoch"].max()), ylim=(lowest - 0.03, 1.02))
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: -starts[labels[place]])
    shown = [handles[place] for place in order]
    axes.legend(handles=shown, loc="lower right", ncols=1 + (len(names) > 6), fontsize=6)


def _stops(axes: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """The first settled epoch of each estimator and rate, as numbers in cells."""
    pruned = table[table["quantity"] != "scores"]
    rates = pruned["quantity"].unique().tolist()
    settled = pruned[pruned["settled"].astype(bool)]
    first = settled.groupby(["estimator", "quantity"])["epoch"].min().unstack()
    first = first.reindex(index=names, columns=rates)
    total = table["epochs"].max()
    axes.imshow(
        first.to_numpy(dtype=float), norm=Normalize(0, total), cmap=style.SHARE, aspect="auto"
    )
    for (row, column), epoch in np.ndenumerate(first.to_numpy(dtype=float)):
        text = "–" if epoch == total else f"{epoch:.0f}"
        color = "white" if epoch > 0.62 * total else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=6, color=color)
    axes.set_xticks(range(len(rates)), [rate.removeprefix("pruned-") for rate in rates])
    axes.set_yticks(range(len(names)), [estimator_label(name) for name in names])
    axes.set_xlabel("Pruning rate (%)")
    axes.set_title(f"Stop after epoch ... (of {total})", fontsize=7)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
