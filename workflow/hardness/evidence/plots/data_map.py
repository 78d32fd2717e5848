"""The data map (Swayamdipta et al. 2020): which samples are easy, hard and ambiguous to learn."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("map",)
BINS = ("0–20%", "20–40%", "40–60%", "60–80%", "80–100%")  # of correctness
AXES = {
    "confidence": "Confidence",
    "variability": "Variability",
    "correctness": "Share of epochs right",
}
DRAWN_AS_PIXELS = 2000  # with more samples the points are pixels in the pdf too
CAPTION = (
    "How {dataset} is learned: each training sample by its confidence (mean probability of its"
    " label over the epochs) and its variability (standard deviation of that probability), means"
    " over {hardness} members; color: share of epochs in which members were right. Samples at the"
    " top are learned early and safely; those at the bottom left are hardly learned, and wrong"
    " labels gather there; those at the right are ambiguous. Points are single samples, without"
    " intervals. Right panels: distribution of each quantity over the samples."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """index, name, confidence, variability, correctness: data-map.csv, one row per sample."""
    return frames["map"][["index", "name", *AXES]].reset_index(drop=True)


def scatter(axes: Axes, table: pd.DataFrame, x: str, y: str, **options: object) -> None:
    """Samples by two columns, colored by their share of epochs right (column correctness)."""
    import seaborn

    share = pd.cut(table["correctness"], [0, 0.2, 0.4, 0.6, 0.8, 1], labels=BINS)
    colors = dict(zip(BINS, style.HARDNESS([1.0, 0.75, 0.5, 0.25, 0.0]), strict=True))
    look: dict[str, Any] = {"edgecolor": "none", "alpha": 0.75, "palette": colors, "s": 9}
    shown = table.assign(share=share.fillna(BINS[0]))
    seaborn.scatterplot(shown, x=x, y=y, hue="share", ax=axes, **look, **options)
    axes.collections[0].set_rasterized(len(table) > DRAWN_AS_PIXELS)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    import seaborn

    figure = Figure(figsize=(style.PAGE, 3.6))
    grid = figure.add_gridspec(3, 2, width_ratios=(2.6, 1))
    axes = figure.add_subplot(grid[:, 0])
    scatter(axes, table, "variability", "confidence")
    axes.set(xlabel=AXES["variability"], ylabel=AXES["confidence"], xlim=(0, None))
    axes.set_ylim(-0.02, 1.02)
    title = AXES["correctness"]
    seaborn.move_legend(axes, "upper left", bbox_to_anchor=(0, -0.16), ncols=5, title=title)
    for row, (column, label) in enumerate(AXES.items()):
        beside = figure.add_subplot(grid[row, 1])
        seaborn.histplot(table[column], bins=30, ax=beside, color=style.COLORS["plain"])
        beside.set(xlabel=label, ylabel="Samples")
    return figure
