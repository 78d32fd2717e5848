"""Figure 2 of Yu et al. (2022): difficulty vectors, here of real samples."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from hardness.evidence.plots import _methods as methods
from hardness.evidence.plots import _style as style

NUMBER = None
COUNTERPART = "Fig. 2"
INPUTS = ("rebalancing-vectors",)
METHOD = "Difficulty"
CAPTION = (
    "Difficulty vectors of single training samples of {dataset}, in networks that draw by"
    " difficulty: how far predictions moved towards the label (x) and away from it (y), summed over"
    " the epochs; c = 1 is added to both. Each dot is an epoch; the last one is larger. Color: the"
    " final difficulty, the slope y / x; dashed: lines of equal difficulty. Shown are, for seed 0,"
    " the samples at 0, 25, 50, 75 and 100% of each class's difficulties, each with its digit."
    " These are single samples, without intervals. {training}. Counterpart of Fig. 2 of Yu et al."
    " (2022), which is a sketch."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """set, base, epochs, class, digit, index, rank, epoch, learning and unlearning (with c),
    difficulty: of networks that draw by difficulty.
    """
    rows = methods.named(frames["rebalancing-vectors"], study)
    rows = rows[rows["method"] == METHOD].rename(columns={"sub_class": "digit"})
    rows = rows.assign(learning=1 + rows["dl"], unlearning=1 + rows["du"])
    rows["difficulty"] = rows["unlearning"] / rows["learning"]
    columns = ["set", "base", "epochs", "class", "digit", "index", "rank", "epoch"]
    return rows[[*columns, "learning", "unlearning", "difficulty"]].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    panels = list(table.groupby(["set", "base", "epochs"], sort=False))
    classes = list(dict.fromkeys(table["class"]))
    rows, width = max(len(panels), 1), len(classes) or 1
    figure, grid = style.panels(rows, width, style.PAGE, 0.4 + 2.9 * rows, sharex=True, sharey=True)
    last = table[table["epoch"] == table["epoch"].max()]
    norm = LogNorm(last["difficulty"].min(), last["difficulty"].max())
    largest = 1.3 * table[["learning", "unlearning"]].to_numpy().max()
    for axes_of_row, ((_, base, epochs), part) in zip(grid, panels, strict=True):
        for axes, label in zip(axes_of_row, classes, strict=True):
            _paths(axes, part[part["class"] == label], norm)
            _lines(axes, largest)
            axes.set_title(f"{label}: {base}, {epochs} epochs")
    for axes in grid[-1]:
        axes.set_xlabel("Learning: 1 + sum of dl")
    for axes in grid[:, 0]:
        axes.set_ylabel("Unlearning: 1 + sum of du")
    bar = figure.colorbar(ScalarMappable(norm, style.HARDNESS), ax=grid, aspect=40, pad=0.01)
    methods.plain_numbers(bar.ax.yaxis, (1, 2, 3, 5, 7))
    bar.set_label("Difficulty in the end")
    return figure


def _paths(axes: Axes, part: pd.DataFrame, norm: LogNorm) -> None:
    for _, path in part.groupby(["rank", "index"], sort=True):
        end = path.iloc[-1]
        color = style.HARDNESS(norm(end["difficulty"]))
        axes.plot(path["learning"], path["unlearning"], color=color, linewidth=0.8)
        axes.plot(path["learning"], path["unlearning"], ".", color=color, markersize=2.5)
        axes.plot(end["learning"], end["unlearning"], "o", color=color, markersize=5)
        place = (end["learning"], end["unlearning"])
        axes.annotate(str(end["digit"]), place, (4, 2), textcoords="offset points", fontsize=7)


def _lines(axes: Axes, largest: float) -> None:
    """Lines of equal difficulty, and logarithmic axes with whole numbers."""
    ends = np.array([0.5, 2 * largest])
    for slope in (0.03, 0.1, 0.3, 1, 3):
        axes.plot(ends, slope * ends, "--", color=style.COLORS["reference"], linewidth=0.5)
    axes.set(xscale="log", yscale="log", xlim=(0.9, largest), ylim=(0.9, largest))
    for axis in (axes.xaxis, axes.yaxis):
        methods.plain_numbers(axis)
