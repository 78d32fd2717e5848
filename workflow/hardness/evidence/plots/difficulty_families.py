"""Figure 13: the shape of each estimator's sorted values, and where it divides the samples."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hardness.analysis.division import CONSTANT, EXPONENTIAL, INVERSE, KNEEDLE, LOGARITHMIC, PAPER
from hardness.evidence.kinds import place_of
from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.scoring.parts import estimator_source

NUMBER = "13"
INPUTS = ("families-of-values", "curves-of-values")
CAPTION = (
    "Each estimator's values on {dataset}, sorted and scaled to 0..1, by the share of samples"
    " below: for all samples if there are networks trained on all, else for the training samples"
    " (or the test samples, if only these are scored)."
    " Colors: easy, medium and hard samples by the paper's division points; triangles: the points"
    " of Kneedle on the same curve. Panels are in the order of the paper's three families. Infinite"
    " scores (no neighbor of the kind that is measured) are drawn at twice the largest finite one."
    " The values are those of one ensemble and one data set, without intervals."
)
SOURCES = ("predictions", "neighbours")  # the paper's estimators
ORDER = (LOGARITHMIC, INVERSE, EXPONENTIAL, CONSTANT)
GROUPS = {"easy": style.COLORS["easy"], "medium": "#7A9CCF", "hard": style.COLORS["hard"]}
PANELS = 5  # in a row
SETTINGS = ("full", "train-only", "part")  # the first one that exists is shown


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The points of the curves that are drawn, with the family and the division points of their
    estimator: setting, estimator, direction, family, paper_first, paper_second, kneedle_first,
    kneedle_second, place, value, gradient.
    """
    families, curves = frames["families-of-values"], frames["curves-of-values"]
    shown = [name for name in families["estimator"].unique() if estimator_source(name) in SOURCES]
    families, curves = (frame[frame["estimator"].isin(shown)] for frame in (families, curves))
    held = set(families["setting"])
    (setting, *_) = [one for one in SETTINGS if one in held]
    families, curves = (
        frame[frame["setting"] == setting].drop(columns="setting") for frame in (families, curves)
    )
    shape = families.drop_duplicates("estimator")[["estimator", "direction", "family"]]
    for variant in (PAPER, KNEEDLE):
        points = families[families["variant"] == variant][["estimator", "first", "second"]]
        names = {end: f"{variant}_{end}" for end in ("first", "second")}
        shape = shape.merge(points.rename(columns=names), on="estimator")
    shape = shape.sort_values(["family", "estimator"], key=_place, kind="stable")
    made = shape.merge(curves, on="estimator")
    made.insert(0, "setting", setting)
    return made


def _place(column: pd.Series) -> pd.Series:
    return column.map(ORDER.index if column.name == "family" else place_of)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = table["estimator"].unique()
    rows = -(-len(names) // PANELS)
    figure, grid = style.panels(
        rows, PANELS, style.PAGE, 0.5 + 1.25 * rows, sharex=True, sharey=True
    )
    for axes, name in zip(grid.flat, names, strict=False):
        _panel(axes, table[table["estimator"] == name])
    for axes in list(grid.flat)[len(names) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("Scaled value")
    for axes in list(grid.flat)[: len(names)][-PANELS:]:  # the lowest of each column
        axes.set_xlabel("Share of samples (%)")
        axes.tick_params(labelbottom=True)
    handles = [
        Line2D([], [], color=color, linewidth=3, label=name) for name, color in GROUPS.items()
    ]
    handles.append(Line2D([], [], color="black", marker="v", linestyle="", label="Kneedle"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure


def _panel(axes: Axes, part: pd.DataFrame) -> None:
    """One estimator's curve, cut at the paper's points."""
    one = part.iloc[0]
    points = one[["paper_first", "paper_second"]].dropna().to_numpy(dtype=float)
    order = {0: ["medium"], 1: ["easy", "hard"], 2: ["easy", "medium", "hard"]}[len(points)]
    groups = order if one["direction"] == "up" else order[::-1]
    place, value = part["place"].to_numpy(), part["value"].to_numpy()
    ends = [0, *points, 1]
    for group, low, high in zip(groups, ends[:-1], ends[1:], strict=True):
        x = np.unique([low, high, *place[(low <= place) & (place <= high)]])
        y = np.interp(x, place, value)
        look: dict[str, Any] = {"color": GROUPS[group]}
        axes.plot(100 * x, y, linewidth=1.8, solid_capstyle="butt", **look)
        axes.fill_between(100 * x, y, alpha=0.25, linewidth=0, **look)
    knees = one[["kneedle_first", "kneedle_second"]].dropna().to_numpy(dtype=float)
    if len(knees):  # the layout would make room for an empty line that is not clipped
        axes.plot(100 * knees, np.interp(knees, place, value), "kv", markersize=3.5, clip_on=False)
    axes.set_title(f"{estimator_label(one['estimator'])}\n{one['family']}", fontsize=6.5)
    axes.set(xlim=(0, 100), ylim=(0, 1.02), xticks=(0, 50, 100), yticks=(0, 0.5, 1))
