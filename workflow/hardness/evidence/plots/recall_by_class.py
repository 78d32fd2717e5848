"""Figure 1: recall of each class on the full training set."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = "1"
INPUTS = ("evaluation",)
CAPTION = (
    "Recall of each class on the test set of {dataset}, for networks trained on the full training"
    " set; classes sorted by recall. Dot and thick bar: mean over {recall} members and Student's t"
    " 95% interval; thin bar: the range over members; dashed line: the mean over classes."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """One row per class, by falling mean recall: class, name, mean, low, high, members, lowest,
    highest member.
    """
    rows = select.of_full(select.of_base_recipe(frames["evaluation"], study), study, "recall")
    span = rows.groupby(["class", "name"])["recall"].agg(lowest="min", highest="max").reset_index()
    summary = select.summarize(rows, ["class", "name"], "recall").merge(span, on=["class", "name"])
    return summary.sort_values(["mean", "class"], ascending=[False, True]).reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    many = len(table) > style.MANY
    figure, ((axes,),) = style.panels(1, 1, style.PAGE if many else style.COLUMN, 2.3)
    x = np.arange(1, len(table) + 1)
    axes.axhline(
        100 * table["mean"].mean(), color=style.COLORS["reference"], linewidth=0.9, linestyle="--"
    )
    axes.vlines(
        x,
        100 * table["lowest"],
        100 * table["highest"],
        color=style.COLORS["reference"],
        linewidth=0.7,
    )
    axes.vlines(
        x,
        100 * table["low"],
        100 * table["high"],
        color=style.COLORS["plain"],
        linewidth=1.5 if many else 3,
    )
    style.interval_bars(
        axes,
        x,
        table.assign(low=np.nan, high=np.nan),
        style.COLORS["plain"],
        100,
        markersize=2.5 if many else 4,
    )
    style.recall_axis(axes)
    style.class_axis(axes, table["name"].tolist(), "from highest to lowest recall")
    return figure
