"""Figure 4: how many samples each class has after resampling by hardness."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped

NUMBER = "4"
INPUTS = ("allocation",)
CAPTION = (
    "Class hardness on {dataset}, and the class sizes that follow from it; classes from the easiest"
    " to the hardest. First panel: mean score of the class's samples with Student's t 95% interval"
    " over members (thick) and 95% bootstrap interval over samples (thin, beside it). Other panels:"
    " samples per class in mode paper (α amplifies the ratios) and in mode study (ρ: ratio of the"
    " hardest to the easiest class). Dashed: the size in the data set; shaded, for the strongest"
    " setting: samples removed and added; hollow: classes raised to the smallest size allowed (2)."
    " Sizes are exact given the hardness, and have no interval of their own. Mode paper has none"
    " where a class mean is not above 0: Eq. 3 is undefined there."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The allocation of the paper's estimator, one row per class and setting, sorted by
    hardness (rank 1 = easiest). Where Eq. 3 is undefined mode paper has no sizes.
    """
    allocation = frames["allocation"]
    ranks = select.classes_by_hardness(allocation, study["paper_estimator"])
    rows = select.with_setting(allocation[allocation["estimator"] == study["paper_estimator"]])
    rows = rows.drop(columns="name").merge(ranks[["class", "name", "rank"]], on="class")
    columns = [
        *("mode", "setting", "rank", "class", "name", "n", "hardness"),
        *select.BOUNDS,
        *("size", "clipped"),
    ]
    return rows[columns].sort_values(["mode", "setting", "rank"]).reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    modes = [mode for mode in ("paper", "study") if mode in set(table["mode"])]
    figure, (row,) = style.panels(1, 1 + len(modes), style.PAGE, 2.4)
    first = table.drop_duplicates("rank").sort_values("rank")
    _hardness(row[0], first)
    row[0].set_ylabel(f"Class mean of {estimator_label(study['paper_estimator'])}")
    for axes, mode in zip(row[1:], modes, strict=True):
        _sizes(axes, mode, table[table["mode"] == mode], first)
    top = max(axes.get_ylim()[1] for axes in row[1:])
    for axes in row[1:]:
        axes.set_ylim(0, 1.3 * top)
    for axes in row:
        style.class_axis(axes, first["name"].tolist(), "easy to hard")
    row[0].set_title(f"Hardness, {np.unique(study['members']['hardness'])[0]} members")
    return figure


def _hardness(axes: Axes, first: pd.DataFrame) -> None:
    """Each class's hardness with its two intervals. first: one row per class."""
    x, many = first["rank"].to_numpy(), len(first) > style.MANY
    plain, pale = style.COLORS["plain"], style.COLORS["reference"]
    width = 1.2 if many else 3
    axes.vlines(x, first["member_low"], first["member_high"], color=plain, linewidth=width)
    beside = offset_copy(
        axes.transData, axes.get_figure(root=True), x=1 if many else 2.6, units="points"
    )
    bounds = (first["sample_low"], first["sample_high"])
    axes.vlines(x, *bounds, color=pale, linewidth=0.6 if many else 1, transform=beside)
    axes.plot(x, first["hardness"], "o", color=plain, markersize=2 if many else 3.5)


def _sizes(axes: Axes, mode: str, rows: pd.DataFrame, first: pd.DataFrame) -> None:
    """Class sizes of one mode by its settings; what the strongest removes and adds is shaded."""
    axes.set(ylabel="Samples per class", title=f"Mode {mode}")
    if rows["size"].isna().all():
        return style.note(axes, "Eq. 3 is undefined:\nclass means must be above 0")
    x, n = first["rank"].to_numpy(), first["n"].to_numpy()
    colors = style.setting_colors(mode, rows["setting"].tolist())
    full = style.COLORS["full"]
    axes.plot(x, n, color=full, linestyle="--", linewidth=0.9, label="in the data set")
    markers = style.MARKERS * len(colors)
    for (value, part), marker in zip(grouped(rows, "setting"), markers, strict=False):
        color, label = colors[value], style.setting_label(mode, value)
        shape = None if len(x) > style.MANY else marker
        axes.plot(x, part["size"], color=color, marker=shape, label=label)
        clipped = part[part["clipped"].astype(bool)]
        hollow: dict[str, Any] = {"markerfacecolor": "white", "zorder": 3}
        axes.plot(clipped["rank"], clipped["size"], "o", color=color, **hollow)
    size = part["size"].to_numpy()
    for group, moved in (("easy", size <= n), ("hard", size >= n)):
        shade: dict[str, Any] = {"alpha": 0.2, "linewidth": 0, "interpolate": True}
        axes.fill_between(x, n, size, where=moved, color=style.COLORS[group], **shade)
    axes.set_ylim(0, None)
    axes.legend(loc="upper left")
