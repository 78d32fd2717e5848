"""Does a score find labels that were flipped on purpose? By estimator and number of members."""

import numpy as np
import pandas as pd
from matplotlib.ticker import NullLocator

from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("detection",)
CAPTION = (
    "How well each hardness estimator finds the flipped labels of {dataset}. Left: share of the flipped labels among"
    " the hardest samples, as many as labels were flipped (there, recall is precision); middle: area under the ROC"
    " curve (AUROC); hollow: one member, filled: all members; wide pale bar: 95% interval over samples (infinitesimal"
    " jackknife within flipped and unflipped ones), thin dark bar: Student's t 95% interval over members, where there"
    " are two ensembles or more. Right: average precision by the number of members that a score is the mean of, mean"
    " over disjoint ensembles of that size; band: interval over samples. Dashed: a random ranking. All estimators are"
    " judged on the same samples: for comparing them the intervals over samples are too wide."
)
COLORS = {
    "aum": "#332288", "confidence": "#117733", "dataiq": "#999933", "el2n": "#CC6677", "forgetting": "#AA4499",
    "forgetting-paper": "#882255", "loss": "#44AA99", "true-logit": "#5BA8D0", "variability": "#C9A227",
}  # fmt: skip


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The rows shown of noise-detection.csv: average-precision, auroc, and recall where as many
    samples are removed as labels were flipped; estimators by falling average precision of all
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


def draw(table: pd.DataFrame, study: dict):
    names, sizes = table["estimator"].unique(), np.sort(table["members"].unique())
    labels, colors = (
        [style.estimator_label(name) for name in names],
        [COLORS.get(name, "#666666") for name in names],
    )
    parts = {
        key: part.sort_values("members") for key, part in table.groupby(["metric", "estimator"])
    }
    figure, (row,) = style.panels(
        1, 3, style.PAGE, 0.9 + 0.24 * len(names), width_ratios=[1, 1, 1.5]
    )
    chance = {"color": style.COLORS["reference"], "linestyle": "--", "linewidth": 0.9}

    y = np.arange(len(names))
    for axes, metric, title, scale in (
        (row[0], "recall", "Flipped labels found (%)", 100),
        (row[1], "auroc", "AUROC", 1),
    ):
        axes.axvline(scale * parts[metric, names[0]]["chance"].iloc[0], **chance)
        for place, name, color in zip(y, names, colors, strict=True):
            for at, fill in ((0, "white"), (-1, color)):
                one = parts[metric, name].iloc[at]
                for kind, style_of_bar in (
                    ("sample", {"alpha": 0.3, "linewidth": 4}),
                    ("member", {"linewidth": 0.9}),
                ):
                    low, high = (scale * one[f"{kind}_{end}"] for end in ("low", "high"))
                    axes.hlines(place, low, high, color=color, **style_of_bar)
                axes.plot(
                    scale * one["value"],
                    place,
                    "o",
                    color=color,
                    markerfacecolor=fill,
                    markersize=4,
                    zorder=3,
                )
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(y, labels if metric == "recall" else [])
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(title)

    curves = [parts["average-precision", name] for name in names]
    row[2].axhline(curves[0]["chance"].iloc[0], **chance)
    for name, color, marker, curve in zip(
        names, colors, style.MARKERS * len(names), curves, strict=False
    ):
        band = curve.rename(columns={"value": "mean", "sample_low": "low", "sample_high": "high"})
        width = 1.4 if name in style.MAIN_ESTIMATORS else 0.8
        style.interval_line(
            row[2], band["members"], band, color, marker=marker, linewidth=width, markersize=2.5
        )
    row[2].set_xscale("log", base=2)
    shown = [size for size in sizes if size == sizes[-1] or size < 0.7 * sizes[-1]]
    row[2].set_xticks(shown, shown)
    row[2].xaxis.set_minor_locator(NullLocator())
    row[2].set(xlabel="Members in the ensemble", ylabel="Average precision")
    style.within(row[2], -0.01, 1.01)
    style.label_ends(
        row[2], sizes[-1], [curve["value"].iloc[-1] for curve in curves], labels, colors
    )
    return figure
