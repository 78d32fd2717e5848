"""What removing samples by MSD costs, compared with removing them by AUM, and at random."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("pruned-by-msd",)
CAPTION = (
    "Test accuracy on {dataset} of networks trained without a part of the training samples, less"
    " that with the full set (left), and less that with the same number of samples removed at"
    " random, the same share of each class (right). Means over {retraining} members, paired by"
    " seed, with 95% t intervals. MSD reads no labels; its easy samples are those with the largest"
    " MSD. The contrast of the pixels, where it is shown, is a control that needs no network. The"
    " random sets have one draw per member. {without_labels}; the pruned sets are trained like the"
    " latter."
)
AGAINST = {"full": "Less the full set (points)", "random": "Less random removal (points)"}
WHICH = {"dlp": "easiest by {}", "hardest": "hardest by {}", "clp": "easiest of each class by {}",
         "random": "at random"}  # fmt: skip
COLORS = {"msd": style.COLORS["plain"], "aum": style.COLORS["clp"]}


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """pruned.csv as it is."""
    return frames["pruned-by-msd"]


def draw(table: pd.DataFrame, study: dict) -> Figure:
    sets = table.drop_duplicates("set")
    sets = sets.sort_values(["rate", "level", "estimator"], kind="stable", ignore_index=True)
    figure, (row,) = style.panels(1, 2, style.PAGE, 0.9 + 0.24 * len(sets), sharey=True)
    for axes, (against, label) in zip(row, AGAINST.items(), strict=True):
        _changes(axes, table[table["against"] == against], sets["set"].tolist())
        axes.set_xlabel(label)
    labels = [_label(*one) for one in sets[["rate", "level", "estimator"]].to_numpy()]
    row[0].set_yticks(range(len(sets)), labels)
    row[0].set_ylim(len(sets) - 0.5, -0.5)
    return figure


def _label(rate: float, level: str, estimator: object) -> str:
    name = estimator_label(str(estimator))
    # MSD and AUM stay as they are
    by = WHICH[level].format(name[0].lower() + name[1:] if name[1:2].islower() else name)
    return f"{rate:g}%, {by}"


def _changes(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    axes.axvline(0, color=style.COLORS["reference"], linewidth=0.9)
    for row in rows.to_dict("records"):
        y, color = names.index(row["set"]), COLORS.get(row["estimator"], style.COLORS["random"])
        axes.hlines(y, 100 * row["low"], 100 * row["high"], color=color, linewidth=1)
        look: dict[str, Any] = {"color": color, "markersize": 4}
        axes.plot(100 * row["change"], y, "o", **look)
    axes.grid(axis="y", visible=False)
