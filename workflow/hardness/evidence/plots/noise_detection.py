"""How well scores find labels that were flipped on purpose, by estimator and number of members."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.evidence.plots._estimators import color_of

NUMBER = None
INPUTS = ("detection",)
CAPTION = (
    "How well each hardness estimator finds the flipped labels of {dataset}. Left: share of the"
    " flipped labels that are among the hardest samples, if as many samples are taken as labels"
    " were flipped (recall equals precision there); middle: area under the ROC curve (AUROC)."
    " Hollow: one member; filled: all members; wide pale bar: 95% interval over samples"
    " (infinitesimal jackknife within flipped and unflipped samples); thin dark bar: Student's t"
    " 95% interval over members, if there are two or more ensembles. Right: average precision by"
    " the number of members that a score averages, mean over disjoint ensembles of that size; band:"
    " interval over samples. Dashed: a random ranking. All estimators are judged on the same"
    " samples, so the intervals over samples are too wide for comparing them."
)
CHANCE: dict[str, Any] = {"color": style.COLORS["reference"], "linestyle": "--", "linewidth": 0.9}


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The rows of noise-detection.csv that are shown: average-precision, auroc, and recall where as
    many samples are removed as labels were flipped; estimators by falling average precision of all
    members.
    """
    rows = frames["detection"]
    rows = rows[
        rows["metric"].isin(["average-precision", "auroc"]) | (rows["removed"] == rows["flipped"])
    ]
    rows = rows[rows["metric"] != "precision"]
    last = rows[
        (rows["metric"] == "average-precision") & (rows["members"] == rows["members"].max())
    ]
    best_first = last.sort_values(["value", "estimator"], ascending=[False, True])[
        "estimator"
    ].tolist()
    rows = rows.assign(place=rows["estimator"].map(best_first.index)).sort_values(
        ["metric", "place", "members"]
    )
    return rows.drop(columns="place").reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = table["estimator"].unique()
    parts = {
        key: part.sort_values("members") for key, part in table.groupby(["metric", "estimator"])
    }
    figure, (row,) = style.panels(
        1, 3, style.PAGE, 0.9 + 0.24 * len(names), width_ratios=[1, 1, 1.5]
    )
    labels = [estimator_label(name) for name in names]
    for axes, metric, title, scale in (
        (row[0], "recall", "Flipped labels found (%)", 100),
        (row[1], "auroc", "AUROC", 1),
    ):
        _bars(axes, {name: parts[metric, name] for name in names}, scale)
        axes.set_yticks(range(len(names)), labels if metric == "recall" else [])
        axes.set_xlabel(title)
    _curves(row[2], {name: parts["average-precision", name] for name in names}, labels)
    return figure


def _bars(axes: Axes, parts: dict[str, pd.DataFrame], scale: float) -> None:
    """One member (hollow) and all members (filled), one line per estimator."""
    axes.axvline(scale * next(iter(parts.values()))["chance"].iloc[0], **CHANCE)
    bars: tuple[tuple[str, dict[str, Any]], ...] = (
        ("sample", {"alpha": 0.3, "linewidth": 4}),
        ("member", {"linewidth": 0.9}),
    )
    for place, (name, part) in enumerate(parts.items()):
        color = color_of(name)
        for at, fill in ((0, "white"), (-1, color)):
            ensemble = part.iloc[at]
            for kind, look in bars:
                low, high = (scale * ensemble[f"{kind}_{end}"] for end in ("low", "high"))
                axes.hlines(place, low, high, color=color, **look)
            dot: dict[str, Any] = {"markerfacecolor": fill, "markersize": 4, "zorder": 3}
            axes.plot(scale * ensemble["value"], place, "o", color=color, **dot)
    axes.set_ylim(len(parts) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)


def _curves(axes: Axes, parts: dict[str, pd.DataFrame], labels: list[str]) -> None:
    """Average precision by the number of members, one line per estimator."""
    axes.axhline(next(iter(parts.values()))["chance"].iloc[0], **CHANCE)
    markers = style.MARKERS * len(parts)
    for (name, part), marker in zip(parts.items(), markers, strict=False):
        band = part.rename(columns={"value": "mean", "sample_low": "low", "sample_high": "high"})
        width = 1.4 if name in style.MAIN_ESTIMATORS else 0.8
        look: dict[str, Any] = {"marker": marker, "linewidth": width, "markersize": 2.5}
        style.interval_line(axes, band["members"], band, color_of(name), **look)
    sizes = np.unique(np.concatenate([part["members"] for part in parts.values()]))
    axes.set_xscale("log", base=2)
    shown = [size for size in sizes if size == sizes[-1] or size < 0.7 * sizes[-1]]
    axes.set_xticks(shown, shown)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="Members in the ensemble", ylabel="Average precision")
    style.within(axes, -0.01, 1.01)
    ends = [part["value"].iloc[-1] for part in parts.values()]
    style.label_ends(axes, sizes[-1], ends, labels, [color_of(name) for name in parts])
