"""The training accuracy by epoch, and after how many epochs drawing by difficulty reaches the base
recipe's final accuracy: is it better, or only faster?
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hardness.evidence.plots import _methods as methods
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("epochs-of-tails",)
BASE = "Base"
CAPTION = (
    "Accuracy of networks on their own long-tailed training samples of {dataset} after each epoch,"
    " as the mean over classes (over digits, if the classes are even and odd), so that rare ones"
    " count as much as others. Mean over {retraining} seeds; band: Student's t 95% interval."
    " Dashed: the epoch in which a method first reaches the final accuracy of the base recipe with"
    " the same seed, median over seeds, if at least half of them reach it. {training}. Yu et al."
    " (2022) show no such figure."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """set, base, method, epochs, epoch, mean, low, high, members, equal: the median epoch in which
    the base's last accuracy is reached.
    """
    rows = methods.named(frames["epochs-of-tails"], study)
    made = methods.over_seeds(rows, ["epoch"], "balanced")
    equal = {
        key: _equal(part, rows) for key, part in rows.groupby(["set", "base", "method"], sort=False)
    }
    keys = made[["set", "base", "method"]].itertuples(index=False, name=None)
    return made.assign(equal=[equal[key] for key in keys])


def _equal(part: pd.DataFrame, rows: pd.DataFrame) -> float:
    """The median over seeds of the first epoch in which a method's accuracy is at least the base's
    final one; nan if more than half never reach it, or if the base is not observed.
    """
    first = part.iloc[0]
    base = rows[(rows["set"] == first["set"]) & (rows["recipe"] == first["base"])]
    last = base[base["epoch"] == base["epoch"].max()].set_index("seed")["balanced"]
    reached = part[part["balanced"] >= part["seed"].map(last)].groupby("seed")["epoch"].min()
    every = reached.reindex(part["seed"].unique()).fillna(np.inf)
    median = float(every.median())
    return median if np.isfinite(median) else np.nan


def draw(table: pd.DataFrame, study: dict) -> Figure:
    panels = list(table.groupby(["set", "base", "epochs"], sort=False))
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    width = style.PAGE if columns > 1 else style.COLUMN
    figure, grid = style.panels(rows, columns, width, 0.3 + 2.4 * rows)
    for axes in grid.flat[len(panels) :]:
        axes.axis("off")
    for axes, ((name, base, epochs), part) in zip(grid.flat, panels, strict=False):
        for method, own in part.groupby("method", sort=False):
            color = methods.color_of(str(method))
            style.interval_line(axes, own["epoch"], own, color, 100, label=method)
            equal = own["equal"].iloc[0]
            if method != BASE and np.isfinite(equal):
                axes.axvline(equal, color=color, linestyle="--", linewidth=0.9)
        axes.set(xlabel="Epoch", ylabel="Training accuracy, balanced (%)")
        axes.set_title(methods.panel_title(name, base, epochs))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        style.within(axes, 0, 100.5)
        axes.legend(loc="lower right")
    return figure
