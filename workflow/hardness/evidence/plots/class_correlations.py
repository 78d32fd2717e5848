"""Figure 15: correlations of each estimator's class scores with the classes' accuracy."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hardness.analysis.class_correlations import DATA_BASED
from hardness.analysis.correlations import BELOW, RELATED
from hardness.evidence.kinds import kind_of, place_of
from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = "15"
INPUTS = ("class-correlations",)
CAPTION = (
    "Spearman correlation of each estimator's scores of the classes of {dataset} with the accuracy"
    " of ensembles on them (mean of the members' accuracies). Rows: full, all samples scored,"
    " networks trained and tested on all; part, test samples scored, networks trained on the"
    " training samples. Color: two-sided permutation p-value of the estimator alone (exact up to 10"
    " classes); line: 90% interval by Fisher's z. Filled circle: related, p at most .05 after max-T"
    " over all estimators of its type (data-based, model-based); ring: the interval lies within -.6"
    " to .6; neither: undecided. Gray: the sign with which hard classes are less accurate. No bar:"
    " the estimator gives all classes the same value. Model-based scores are made from the same"
    " predictions as the accuracies."
)
SETTINGS = ("full", "part")
BOUNDS = (0, 0.001, 0.01, 0.05, 0.1, 1)
PALETTE = ListedColormap(["#332288", "#6A63B5", "#A9A4DB", "#DDCC77", "#E3E3E3"])
SIDE = "#F1F1F1"
NORM = BoundaryNorm(BOUNDS, PALETTE.N)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The rows of correlations.csv that are shown, with the type of each estimator: settings full
    and part, data-based estimators in the first space; in the paper's order.
    """
    rows = frames["class-correlations"]
    rows = rows[rows["setting"].isin(SETTINGS)]
    spaces = rows[rows["family"] == DATA_BASED]["space"]
    rows = rows[(rows["family"] != DATA_BASED) | (rows["space"] == spaces.iloc[0])]
    rows = rows.assign(kind=rows["estimator"].map(kind_of))
    return rows.sort_values(["setting", "estimator"], key=_places, ignore_index=True)


def _places(column: pd.Series) -> pd.Series:
    return column.map(SETTINGS.index if column.name == "setting" else place_of)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    settings = table["setting"].unique()
    figure, grid = style.panels(
        len(settings), 1, style.PAGE, 0.9 + 1.75 * len(settings), sharex=True
    )
    names = sorted(table["estimator"].unique(), key=place_of)
    for (axes,), setting in zip(grid, settings, strict=True):
        rows = table[table["setting"] == setting].set_index("estimator").reindex(names)
        _bars(axes, rows)
        axes.set_ylabel(f"Spearman, {setting}")
    _name_kinds(grid[:, 0], names)
    labels = [estimator_label(name) for name in names]
    slanted: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    grid[-1, 0].set_xticks(range(len(names)), labels, **slanted)
    _explain(figure)
    bar = figure.colorbar(
        matplotlib.cm.ScalarMappable(NORM, PALETTE), ax=grid, aspect=40, pad=0.01, spacing="uniform"
    )
    bar.set_ticks(BOUNDS, labels=[f"{bound:g}" for bound in BOUNDS])
    bar.set_label("p of one estimator alone")
    return figure


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    """One bar per estimator; one without a correlation (equal in all classes) has none."""
    x = np.arange(len(rows))
    side = np.where(rows["direction"] == "up", -1.0, 1.0)
    axes.bar(x, np.where(rows["rho"].notna(), side, 0), width=0.92, color=SIDE)
    colors = [PALETTE(NORM(p)) if p == p else "none" for p in rows["p"]]
    axes.bar(x, rows["rho"].fillna(0), width=0.62, color=colors, edgecolor="#555555", linewidth=0.4)
    axes.vlines(x, rows["low"], rows["high"], color="black", linewidth=0.8)
    for verdict, fill in ((RELATED, "black"), (BELOW, "white")):
        chosen = (rows["verdict"] == verdict).to_numpy()
        look: dict[str, Any] = {"markerfacecolor": fill, "markeredgecolor": "black"}
        look |= {"markersize": 4, "markeredgewidth": 0.8, "clip_on": False, "zorder": 3}
        if chosen.any():  # the layout would make room for an empty line that is not clipped
            axes.plot(x[chosen], rows["rho"][chosen], "o", **look)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set(xlim=(-0.6, len(rows) - 0.4), ylim=(-1.02, 1.02), yticks=np.linspace(-1, 1, 11))
    axes.tick_params(axis="y", labelsize=6)
    axes.grid(axis="x", visible=False)


def _explain(figure: Figure) -> None:
    dot: dict[str, Any] = {"linestyle": "", "marker": "o", "markeredgecolor": "black"}
    handles = [
        Line2D([], [], markerfacecolor="black", label="related (max-T)", **dot),
        Line2D([], [], markerfacecolor="white", label="none above .6", **dot),
        Line2D([], [], color="black", linewidth=0.8, label="90% interval"),
        Patch(color=SIDE, label="side on which hard classes are less accurate"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)


def _name_kinds(grid: np.ndarray, names: list[str]) -> None:
    """The types above the upper panel, with a line between them in all."""
    kinds = [kind_of(name) for name in names]
    for kind in dict.fromkeys(kinds):
        places = [place for place, one in enumerate(kinds) if one == kind]
        middle = (places[0] + places[-1]) / 2
        grid[0].text(middle, 1.06, kind, ha="center", va="bottom", fontsize=6.5)
        for axes in grid if places[0] else ():
            axes.axvline(places[0] - 0.5, color=style.COLORS["reference"], linewidth=0.6)
