"""How good the features of networks that learn without labels are."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hardness.core.intervals import t_interval
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("representation",)
CAPTION = (
    "Share of test samples of {dataset} whose class the 5 nearest training samples predict: in the"
    " features of networks trained without labels, in those of the same networks before training"
    " (lines join the same initial weights), and in pixels. Small dots: members; bar: their mean"
    " with its 95% t interval; pixels need no network. Chance: every sample is said to be of the"
    " largest class. If the left value is not above the others,"
    " training without labels made no better representation, and its scores are not those of a good"
    " representation. {without_labels}."
)
CHANCE = "chance"
SPACES = {"trained": "Trained without labels", "untrained": "Untrained", "pixels": "Pixels"}
COLORS = {"trained": style.COLORS["plain"], "untrained": style.COLORS["random"],
          "pixels": style.COLORS["clp"]}  # fmt: skip


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """representation.csv, with the mean over members and its interval (mean, low, high)."""
    rows = frames["representation"]
    parts = []
    for space in (*SPACES, CHANCE):
        part = rows[rows["space"] == space]
        mean, low, high = t_interval(part["accuracy"].to_numpy(dtype=float))
        parts.append(part.assign(mean=mean, low=low, high=high))
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, ((axes,),) = style.panels(1, 1, style.COLUMN, 2.6)
    paired = table.pivot(index="seed", columns="space", values="accuracy").dropna(
        subset=["trained", "untrained"]
    )
    for trained, untrained in zip(paired["trained"], paired["untrained"], strict=True):
        axes.plot([0, 1], [100 * trained, 100 * untrained], color="#CCCCCC", linewidth=0.6)
    for place, space in enumerate(SPACES):
        part = table[table["space"] == space]
        look: dict[str, Any] = {"color": COLORS[space], "markeredgewidth": 0}
        axes.plot(np.full(len(part), place), 100 * part["accuracy"], "o", markersize=2.5,
                  alpha=0.6, **look)  # fmt: skip
        head = part.iloc[:1]
        style.interval_bars(axes, [place + 0.12], head, COLORS[space], 100, markersize=5)
        mean = 100 * head["mean"].iloc[0]
        axes.annotate(f"{mean:.1f}", (place + 0.12, mean), xytext=(6, 0),
                      textcoords="offset points", va="center", fontsize=7)  # fmt: skip
    chance = 100 * table.loc[table["space"] == CHANCE, "mean"].iloc[0]
    axes.set_title(f"Chance: {chance:.1f}%", loc="right")
    axes.set_xticks(range(len(SPACES)), list(SPACES.values()))
    axes.set(xlim=(-0.4, 2.6), ylabel="Accuracy of 5 nearest neighbors (%)")
    axes.grid(axis="x", visible=False)
    return figure
