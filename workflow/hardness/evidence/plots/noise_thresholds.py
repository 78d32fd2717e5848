"""Figure 5: the share of each class that a threshold on AUM calls label noise, and where the
thresholds are.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped
from hardness.sets import denoising

NUMBER = "5"
INPUTS = ("samples",)
ESTIMATORS = ("aum",)
# Pleiss et al. (2020) find 12% of CIFAR-100 mislabeled; the paper removes 552 of its 50,000
# samples.
SHARES = {"12%": 0.12, "1.1%": 552 / 50_000}
POINTS = 400  # of the curve: more than a figure of this width can show
COLORS = {
    "12%": "#7B9CCB",
    "1.1%": style.COLORS["plain"],
    "AUM < 0": style.COLORS["hard"],
    "elbow": "#B8860B",
}
CAPTION = (
    "Thresholds on AUM below which samples of {dataset} count as mislabeled; AUM is the mean over"
    " {hardness} members. Left: share of each class that is flagged if 12% (Pleiss et al.) or 1.1%"
    " of all samples are, classes sorted by it; dashed: the same share of every class; dotted: a"
    " third of a class. Right: share of all samples with at most a given AUM, and the number of"
    " samples below each threshold; elbow: where the curve is farthest below the straight line"
    " between its ends (dashed). These are counts from one ranking, by the ensemble's mean, without"
    " intervals."
)
PAPER = "1.1% are the paper's 552 of 50,000."


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """panel, threshold, name, n, count, share, aum. Rows with panel class: how many of a class's n
    samples 12% and 1.1% flag; threshold: how many of all n samples each threshold flags, and the
    lowest AUM that it does not flag; curve: the share of samples up to an AUM.
    """
    samples = frames["samples"]
    aum, label = samples["aum"].to_numpy(dtype=float), samples["label"].to_numpy()
    n, names = len(aum), samples.groupby("label")["name"].first()
    hardest_first = np.argsort(-aum, kind="stable")[::-1]
    ascending = aum[hardest_first]
    sizes = np.bincount(label)
    cuts = {name: denoising.threshold(aum, "down", share) for name, share in SHARES.items()}
    cuts |= {
        "AUM < 0": denoising.threshold(aum, "down", "negative"),
        "elbow": denoising.threshold(aum, "down", "elbow"),
    }

    flagged = {
        name: np.bincount(label[hardest_first[: cuts[name]]], minlength=len(sizes))
        for name in SHARES
    }
    classes = sorted(
        names.index, key=lambda c: (*(-flagged[name][c] / sizes[c] for name in SHARES), c)
    )
    rows: list[tuple] = [
        ("class", name, names[c], sizes[c], counts[c], counts[c] / sizes[c], np.nan)
        for name, counts in flagged.items()
        for c in classes
    ]
    for name, cut in cuts.items():
        rows.append(("threshold", name, "all", n, cut, cut / n, ascending[min(cut, n - 1)]))
    for cut in np.unique(np.linspace(0, n - 1, POINTS).round().astype(int)):
        rows.append(("curve", None, "all", n, cut + 1, (cut + 1) / n, ascending[cut]))
    columns = ["panel", "threshold", "name", "n", "count", "share", "aum"]
    return pd.DataFrame(rows, columns=columns)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    classes, thresholds, curve = (
        table[table["panel"] == panel] for panel in ("class", "threshold", "curve")
    )
    figure, ((left, right),) = style.panels(1, 2, style.PAGE, 2.8, width_ratios=[1.35, 1])

    for name, part in grouped(classes, "threshold", sort=False):
        left.bar(
            range(1, len(part) + 1),
            100 * part["share"],
            width=0.8,
            color=COLORS[name],
            label=f"at {name}",
        )
        left.axhline(100 * SHARES[name], color=COLORS[name], linestyle="--", linewidth=0.9)
    left.axhline(100 / 3, color="#666666", linestyle=":", linewidth=0.9)
    left.set_ylim(0, max(1.1 * left.get_ylim()[1], 41))
    left.set_ylabel("Flagged of the class (%)")
    left.legend(loc="upper right", ncols=2)
    style.class_axis(left, part["name"].tolist(), "most to least flagged")

    right.plot(curve["aum"], 100 * curve["share"], color="black")
    right.plot(
        curve["aum"].iloc[[0, -1]],
        [0, 100],
        color=style.COLORS["reference"],
        linestyle="--",
        linewidth=0.9,
    )
    right.set(xlabel="AUM", ylabel="Samples up to this AUM (%)", ylim=(-3, 103))
    _label_points(right, thresholds.sort_values(["share", "threshold"]), curve)
    return figure


def _label_points(axes: Axes, rows: pd.DataFrame, curve: pd.DataFrame) -> None:
    """Each threshold as a dot on the curve, with a leader line to its count of samples, on the side
    where there is room.
    """
    places = style.apart(100 * rows["share"].to_numpy(), 8)
    places += max(0, 2 - places[0])
    low, high = curve["aum"].iloc[[0, -1]]
    # where the curve passes the top label
    reached = np.interp((places[-1] + 4) / 100, curve["share"], curve["aum"])
    x, side = 0.66, 0
    if (reached - low) / (high - low) > 0.6:  # above the curve's flat beginning, then
        x, side, places = 0.02, 1, places + max(0, 10 - places[0])
    for (_, row), place in zip(rows.iterrows(), places, strict=True):
        point, color = (row["aum"], 100 * row["share"]), COLORS[row["threshold"]]
        leader = {"arrowstyle": "-", "color": color, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0}
        box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        text = f"{row['threshold']}: {int(row['count']):,}"
        axes.plot(*point, "o", color=color, markersize=4, zorder=3)
        axes.annotate(
            text,
            point,
            xytext=(x, place),
            textcoords=("axes fraction", "data"),
            va="center",
            fontsize=6.5,
            color=style.ink(color),
            arrowprops=leader | {"relpos": (side, 0.5)},
            bbox=box,
        )
