"""Figure 3: the weight with which an oversampler that favors hard (or easy) samples draws them."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _style as style
from hardness.sets.resampling import weight

NUMBER = "3"
INPUTS = ()
CAPTION = (
    "Left: sampling weight (Eq. 7, β = 5, floor 0.5) by a sample's rank in its class; rank 0 is"
    " the favored end, the hardest sample for the oversampler hard, the easiest for easy. Right:"
    " the share of the draws that each tenth of a class gets. Dashed: a linear weight, and"
    " uniform sampling. The weight is almost uniform. This is a formula, without data and without"
    " uncertainty."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """rank, weight, linear: 101 points from 0 to 1."""
    rank = np.linspace(0, 1, 101)
    return pd.DataFrame({"rank": rank, "weight": weight(rank), "linear": 1 - rank})


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, ((left, right),) = style.panels(1, 2, style.COLUMN, 1.9)
    left.plot(table["rank"], table["weight"], color=style.COLORS["plain"])
    left.plot(table["rank"], table["linear"], color=style.COLORS["reference"], linestyle="--")
    left.text(0.5, 0.82, "Eq. 7", color=style.COLORS["plain"], ha="right", fontsize=7)
    left.text(0.22, 0.45, "linear", color="#666666", ha="left", fontsize=7)
    left.set(
        xlabel="Rank in the class",
        ylabel="Sampling weight",
        xlim=(0, 1),
        ylim=(0, 1.03),
        xticks=[0, 0.5, 1],
    )

    middle = (
        table["weight"].to_numpy()[1:] + table["weight"].to_numpy()[:-1]
    ) / 2  # trapezoids between the 101 points
    share = 100 * middle.reshape(10, 10).sum(axis=1) / middle.sum()
    right.bar(np.arange(10) + 0.5, share, width=0.8, color=style.COLORS["plain"])
    right.axhline(10, color=style.COLORS["reference"], linestyle="--", linewidth=1)
    right.set(
        xlabel="Tenth of the class",
        ylabel="Share of the draws (%)",
        xticks=[0.5, 4.5, 9.5],
        xticklabels=["1", "5", "10"],
    )
    right.grid(axis="x", visible=False)
    effective = 100 * middle.sum() ** 2 / (len(middle) * (middle**2).sum())
    right.set_title(f"effective size {effective:.0f}%", fontsize=7)
    return figure
