"""Figure 7: how much of the pruned set changes when one more member is added to the ensemble."""

import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = "7"
INPUTS = ("change",)
COLUMNS = 7  # ensemble sizes shown: with more, the numbers in the cells cannot be read
CAPTION = (
    "Share (%) of the pruned samples of {dataset} that change when a member is added to an ensemble"
    " of j, by pruning rate, for each estimator (columns); some of the sizes j. Mode paper: members"
    " in their order, one sequence, no interval. Mode study: mean over seeded random orders of the"
    " members; below a panel's title, the widest 5-95% band over orders in it (all bands are in the"
    " csv). The color scale goes with the square root. The change shrinks with j by construction."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """estimator, mode, rate, members, change, low, high (percent): the paper's estimators, COLUMNS
    sizes.
    """
    rows = frames["change"]
    sizes = np.sort(rows["members"].unique())
    shown = sizes[np.unique(np.geomspace(1, len(sizes), COLUMNS).round().astype(int)) - 1]
    rows = rows[
        rows["estimator"].isin(style.main_estimators(rows["estimator"].tolist()))
        & rows["members"].isin(shown)
    ]
    return rows[["estimator", "mode", "rate", "members", "change", "low", "high"]].reset_index(
        drop=True
    )


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = style.main_estimators(table["estimator"].tolist())
    modes = [mode for mode in ("paper", "study") if mode in set(table["mode"])]
    figure, grid = style.panels(
        len(modes), len(names), style.PAGE, 0.35 + 2.05 * len(modes), sharex=True, sharey=True
    )
    norm = PowerNorm(0.5, 0, max(table["change"].max(), 1e-9))
    for row, mode in zip(grid, modes, strict=True):
        for axes, name in zip(row, names, strict=True):
            part = table[(table["mode"] == mode) & (table["estimator"] == name)]
            cells = part.pivot(index="rate", columns="members", values="change")
            image = style.heatmap(axes, cells.to_numpy(), norm)
            axes.set_xticks(range(cells.shape[1]), cells.columns)
            axes.set_yticks(range(cells.shape[0]), cells.index)
            band = (part["high"] - part["low"]).max()
            note = f"band at most {band:.1f} points" if np.isfinite(band) else "one order"
            axes.set_title(f"{estimator_label(name)}\n{note}", fontsize=7)
        row[0].set_ylabel(f"Mode {mode}\nPruning rate (%)")
    for axes in grid[-1]:
        axes.set_xlabel("Members j")
    figure.colorbar(
        image, ax=grid, aspect=40, pad=0.01, label="Share of the pruned set that changes (%)"
    )
    return figure
