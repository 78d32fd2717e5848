"""Figure 7: how much of the pruned set changes when one more member is added to the ensemble."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = "7"
INPUTS = ("change",)
MOST = 24  # ensemble sizes whose numbers can be read in the cells of a page's width
CAPTION = (
    "Share (%) of the pruned samples of {dataset} that change when one member is added to an"
    " ensemble of j members, by pruning rate, for each estimator (rows) and all sizes j. Mode paper"
    " (left): members in the order of their seeds, one sequence, without interval. Mode study"
    " (right): mean over seeded random orders of the members; above a panel, its widest 5-95% band"
    " over orders (all bands are in the csv). Cells have numbers if there are at most 24 sizes. The"
    " color scale is that of the square root. The change shrinks with j by construction."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """estimator, mode, rate, members, change, low, high (percent): the paper's estimators, all
    ensemble sizes.
    """
    rows = frames["change"]
    rows = rows[rows["estimator"].isin(style.main_estimators(rows["estimator"].tolist()))]
    return rows[["estimator", "mode", "rate", "members", "change", "low", "high"]].reset_index(
        drop=True
    )


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = style.main_estimators(table["estimator"].tolist())
    modes = [mode for mode in ("paper", "study") if mode in set(table["mode"])]
    figure, grid = style.panels(
        len(names), len(modes), style.PAGE, 0.6 + 1.5 * len(names), sharex=True, sharey=True
    )
    norm = PowerNorm(0.5, 0, max(table["change"].max(), 1e-9))
    for row, name in zip(grid, names, strict=True):
        for axes, mode in zip(row, modes, strict=True):
            part = table[(table["mode"] == mode) & (table["estimator"] == name)]
            image = _panel(axes, part, norm)
            band = (part["high"] - part["low"]).max()
            note = f" (bands up to {band:.1f} points)" if np.isfinite(band) else ""
            axes.set_title(f"{estimator_label(name)}, mode {mode}{note}", fontsize=7)
        row[0].set_ylabel("Pruning rate (%)")
    for axes in grid[-1]:
        axes.set_xlabel("Members j")
    label = "Share of the pruned set that changes (%)"
    figure.colorbar(image, ax=grid, location="bottom", aspect=60, pad=0.01, label=label)
    return figure


def _letters(columns: int) -> float | None:
    """The size of the numbers in cells; None where they do not fit."""
    return 6.5 if columns <= 10 else 5.4 if columns <= MOST else None


def _panel(axes: Axes, part: pd.DataFrame, norm: PowerNorm) -> AxesImage:
    cells = part.pivot(index="rate", columns="members", values="change")
    image = style.heatmap(axes, cells.to_numpy(), norm, _letters(cells.shape[1]))
    sizes = cells.columns.tolist()
    step = 1 if len(sizes) <= MOST else -(-len(sizes) // MOST)
    axes.set_xticks(range(0, len(sizes), step), sizes[::step], fontsize=6)
    axes.set_yticks(range(cells.shape[0]), cells.index, fontsize=6)
    return image
