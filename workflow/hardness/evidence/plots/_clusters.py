"""A clustered map of rank correlations between estimators, shared by the maps by samples and by
classes. (A leading underscore: this is no figure.)
"""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hardness.evidence.kinds import KINDS, MODEL_BASED, kind_of
from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.scoring.estimation import direction

ERROR = "class error"
COLORS = {
    MODEL_BASED: "#332288", "intra-class": "#88CCEE", "separation": "#CC6677",
    "comparison": "#DDCC77", "density": "#117733", "geometry": "#AA4499", ERROR: "#000000",
}  # fmt: skip


def of_training(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows about the training samples, or about all samples of a whole data set."""
    setting = "train-only" if "train-only" in set(rows["setting"]) else "full"
    return rows[rows["setting"] == setting]


def of_hardness(values: pd.DataFrame) -> pd.DataFrame:
    """Spearman correlations between the columns' hardness: first, second, rho. A column that does
    not vary has none, and is left out.

    values: one column of scores per estimator, not signed by direction; and ERROR.
    """
    varying = values.loc[:, values.nunique() > 1]
    signs = [1 if name == ERROR or direction(str(name)) == "up" else -1 for name in varying.columns]
    rho = (varying.rank() * signs).corr()
    pairs = rho.rename_axis(index="first", columns="second").stack().rename("rho")
    return pairs.reset_index()


def draw(table: pd.DataFrame) -> Figure:
    """Draw the map. table: from `of_hardness`. Clusters by average linkage of 1 - rho."""
    import seaborn
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    names = table["first"].unique()
    rho = table.pivot(index="first", columns="second", values="rho").loc[names, names]
    distances = squareform(np.clip(1 - rho.to_numpy(), 0, 2), checks=False)
    tree = linkage(distances, "average", optimal_ordering=True)
    kinds = [ERROR if name == ERROR else kind_of(name) for name in names]
    labels = [name.capitalize() if name == ERROR else estimator_label(name) for name in names]
    colors = pd.Series([COLORS[kind] for kind in kinds], index=labels, name="")
    rho.index = rho.columns = pd.Index(labels)
    with matplotlib.rc_context({"figure.constrained_layout.use": False}):
        grid = seaborn.clustermap(
            rho, row_linkage=tree, col_linkage=tree, row_colors=colors, cmap="RdBu_r", vmin=-1,
            vmax=1, figsize=(style.PAGE, style.PAGE), dendrogram_ratio=(0.12, 0.08),
            colors_ratio=0.02, xticklabels=True, yticklabels=True, linewidths=0.3, cbar_pos=None,
        )  # fmt: skip
    grid.ax_col_dendrogram.set_visible(False)
    _explain(grid.figure, list(dict.fromkeys(kinds)))
    grid.ax_row_colors.tick_params(length=0)
    grid.ax_heatmap.tick_params(length=0, labelsize=6)
    grid.ax_heatmap.set(xlabel="", ylabel="")
    return grid.figure


def _explain(figure: Figure, kinds: list[str]) -> None:
    """A color bar, and the types of estimators, above the map."""
    axes = figure.add_axes((0.14, 0.97, 0.22, 0.012))
    scale = matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(-1, 1), "RdBu_r")
    bar = figure.colorbar(scale, cax=axes, orientation="horizontal", ticks=[-1, 0, 1])
    bar.set_label("Spearman", fontsize=6.5, labelpad=0)
    axes.tick_params(labelsize=6)
    order = [kind for kind in (MODEL_BASED, *KINDS, ERROR) if kind in kinds]
    handles = [Patch(color=COLORS[kind], label=kind) for kind in order]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.4, 0.99), ncols=4, fontsize=6.5
    )
