"""Figure 8: by how many samples class sizes move when one more member is added to the ensemble."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.typing import ColorType

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = "8"
INPUTS = ("differences",)
CAPTION = (
    "Absolute difference in class size on {dataset} when one member is added to an ensemble of j"
    " members, for each estimator (columns), with the class sizes of mode paper and of mode study"
    " (rows). There is no point at sizes j for which Eq. 3 is undefined (by AUM, if a class mean is"
    " not above 0). Line: mean over classes; band: from the smallest to the largest difference over"
    " classes (not an interval). Members join in the order of their seeds. The axis is linear up to"
    " 1 sample, logarithmic beyond."
)
PAPER = "In the paper too members join in this order."


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """estimator, mode, parameter, members, min, mean, max: the paper's estimators."""
    rows = frames["differences"]
    rows = rows[rows["estimator"].isin(style.main_estimators(rows["estimator"].tolist()))].dropna(
        subset="mean"
    )
    return rows[["estimator", "mode", "parameter", "members", "min", "mean", "max"]].reset_index(
        drop=True
    )


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = style.main_estimators(table["estimator"].tolist())
    settings = sorted(set(zip(table["mode"], table["parameter"], strict=True)))
    figure, grid = style.panels(
        len(settings), len(names), style.PAGE, 0.45 + 1.35 * len(settings), sharex=True, sharey=True
    )
    last = table["members"].max()
    for row, (mode, parameter) in zip(grid, settings, strict=True):
        value = float(parameter[1:])
        color = style.setting_colors(mode, [value])[value]
        rows = table[(table["mode"] == mode) & (table["parameter"] == parameter)]
        for axes, name in zip(row, names, strict=True):
            _panel(axes, rows[rows["estimator"] == name].sort_values("members"), color)
            axes.set_xticks([j for j in (1, 4, 8, 12, 16, 20, 30, 40) if j <= last])
        row[0].set_ylabel(f"Mode {mode}, {style.setting_label(mode, value)}\nDifference (samples)")
    for axes, name in zip(grid[0], names, strict=True):
        axes.set_title(estimator_label(name))
    grid[0, 0].set_ylim(0, 1.3 * max(table["max"].max(), 1))
    for axes in grid[-1]:
        axes.set_xlabel("Members j")
    return figure


def _panel(axes: Axes, part: pd.DataFrame, color: ColorType) -> None:
    """One estimator and one way to class sizes, by the number of members."""
    axes.set_yscale("symlog", linthresh=1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    if part.empty:
        return style.note(axes, "Eq. 3 is\nundefined")
    x = part["members"]
    if len(part) == 1:  # a band would have no width
        axes.vlines(x, part["min"], part["max"], color=color, alpha=0.4, linewidth=3)
    axes.fill_between(x, part["min"], part["max"], color=color, alpha=0.2, linewidth=0)
    axes.plot(x, part["mean"], color=color, marker="o", markersize=2)
