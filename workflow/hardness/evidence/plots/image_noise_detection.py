"""How well scores find images that were spoiled on purpose, by the way of spoiling."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("image-noise",)
CAPTION = (
    "How well each score finds the spoiled images of {dataset}, by the way they were spoiled:"
    " area under the ROC curve (AUROC) against the unchanged images, hard = high, mean score of"
    " {hardness} members. Left of the dashed line (chance) the spoiled images look easy. Wide pale"
    " bar: 95% interval over samples (DeLong); thin dark bar: over members (jackknife). Black:"
    " scores that read no labels; orange: scores that do; gray: controls, the length of the feature"
    " and the contrast, brightness or saturation of the pixels. {without_labels}."
)
TITLES = {"mixture": "Mixed with another class", "blur": "Blurred", "noise": "Gaussian noise"}
CONTROLS = ("feature-norm", "contrast", "brightness", "saturation")
FREE = ("msd", "msd-std", "msd-discrepancy", "msd-relative", "lgn", "lid-features", "ad-features")


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The AUROC rows of image-noise.csv, estimators by falling mean distance from chance."""
    rows = frames["image-noise"]
    rows = rows[(rows["metric"] == "auroc") & rows["noise"].isin(TITLES)]
    apart = (rows["value"] - rows["chance"]).abs().groupby(rows["estimator"]).mean()
    order = apart.sort_values(ascending=False, kind="stable").index
    place = rows["estimator"].map({name: place for place, name in enumerate(order)})
    return (
        rows.assign(place=place)
        .sort_values(["noise", "place"])
        .drop(columns="place")
        .reset_index(drop=True)
    )


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = table["estimator"].drop_duplicates().tolist()
    figure, (row,) = style.panels(1, 3, style.PAGE, 0.9 + 0.2 * len(names), sharey=True)
    for axes, (noise, title) in zip(row, TITLES.items(), strict=True):
        _bars(axes, table[table["noise"] == noise].set_index("estimator").loc[names])
        axes.set(title=title, xlabel="AUROC", xlim=(-0.02, 1.02))
    row[0].set_yticks(range(len(names)), [estimator_label(name) for name in names])
    row[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def _color(name: str) -> str:
    if name in CONTROLS:
        return style.COLORS["reference"]
    return "#000000" if name in FREE else style.COLORS["clp"]


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    axes.axvline(0.5, color=style.COLORS["reference"], linestyle="--", linewidth=0.9)
    for y, (name, row) in enumerate(rows.iterrows()):
        color = _color(str(name))
        axes.hlines(y, row["sample_low"], row["sample_high"], color=color, alpha=0.3, linewidth=3.2)
        axes.hlines(y, row["member_low"], row["member_high"], color=color, linewidth=0.8)
        look: dict[str, Any] = {"color": color, "markersize": 3.5}
        axes.plot(row["value"], y, "o", **look)
    axes.grid(axis="y", visible=False)
