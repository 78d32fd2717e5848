"""From hardness without labels to classes: does MSD rank classes as AUM does, and does resampling
by MSD have the effects of resampling by AUM?
"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.evidence.tables._text import strategy

NUMBER = None
INPUTS = ("allocation-by-msd", "ranks", "resampled-by-msd")
ESTIMATORS = ("aum", "msd")
CAPTION = (
    "Left: the classes of {dataset} by their mean MSD, from networks trained without labels, and by"
    " their mean AUM, both signed so that high is hard, in standard deviations over the classes;"
    " {hardness} members; bars: 95% t intervals over members. Middle and right: the change that"
    " resampling by each makes in accuracy, and in the standard deviation of recall over classes,"
    " against the full set; means over {retraining} members, paired by seed, with 95% t intervals."
    " MSD needs labels here only to know which samples belong to one class. {without_labels}; the"
    " resampled sets are trained like the latter."
)
MEASURES = {
    "accuracy": "Accuracy (points)",
    "spread of recall": "Spread of recall (points)",
}
COLORS = {"msd": style.COLORS["plain"], "aum": style.COLORS["clp"]}


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """Rows with `what` class: class, name, and for msd and aum the standardized hardness with its
    interval over members; rows with `what` resampling: those of resampled.csv.
    """
    sides = []
    for name, frame in (("msd", frames["allocation-by-msd"]), ("aum", frames["ranks"])):
        rows = frame[frame["estimator"] == name].drop_duplicates("class").set_index("class")
        center, scale = rows["hardness"].mean(), rows["hardness"].std(ddof=0) or 1.0
        ends = {f"{name}": "hardness", f"{name}_low": "member_low", f"{name}_high": "member_high"}
        sides.append(pd.DataFrame({key: (rows[column] - center) / scale
                                   for key, column in ends.items()}))  # fmt: skip
        names = rows["name"]
    classes = pd.concat([names, *sides], axis=1).reset_index().assign(what="class")
    changes = frames["resampled-by-msd"].assign(what="resampling")
    return pd.concat([classes, changes], ignore_index=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    changes = table[(table["what"] == "resampling") & (table["than"] == "full")]
    figure, (row,) = style.panels(1, 3, style.PAGE, 2.8, width_ratios=[1.25, 1, 1])
    _classes(row[0], table[table["what"] == "class"])
    ways = changes[["over", "under", "mode", "setting"]].drop_duplicates().to_dict("records")
    for axes, (measure, label) in zip(row[1:], MEASURES.items(), strict=True):
        _changes(axes, changes[changes["measure"] == measure], ways)
        axes.set_xlabel(label)
    texts = [f"{strategy(w['over'], w['under'])}\n{style.setting_label(w['mode'], w['setting'])}"
             for w in ways]  # fmt: skip
    row[1].set_yticks(range(len(ways)), texts)
    row[2].set_yticks(range(len(ways)), [])
    return figure


def _classes(axes: Axes, rows: pd.DataFrame) -> None:
    for row in rows.to_dict("records"):
        x, y = row["aum"], row["msd"]
        axes.hlines(y, row["aum_low"], row["aum_high"], color="#BBBBBB", linewidth=0.8)
        axes.vlines(x, row["msd_low"], row["msd_high"], color="#BBBBBB", linewidth=0.8)
        axes.plot(x, y, "o", color=style.COLORS["plain"], markersize=3.5)
        if len(rows) <= style.MANY:
            axes.annotate(style.short([str(row["name"])])[0], (x, y), xytext=(3, 3),
                          textcoords="offset points", fontsize=6)  # fmt: skip
    axes.set(xlabel="Hardness of the class by AUM", ylabel="Hardness of the class by MSD")


def _changes(axes: Axes, rows: pd.DataFrame, ways: list[dict]) -> None:
    axes.axvline(0, color=style.COLORS["reference"], linewidth=0.9)
    labelled: set[str] = set()
    shifts = {"aum": -0.12, "msd": 0.12}
    for row in rows.to_dict("records"):
        name = row["estimator"]
        y = ways.index({key: row[key] for key in ways[0]}) + shifts.get(name, 0)
        color = COLORS.get(name, style.COLORS["random"])
        axes.hlines(y, 100 * row["low"], 100 * row["high"], color=color, linewidth=1)
        look: dict[str, Any] = {"color": color, "markersize": 4}
        if name not in labelled:
            look["label"] = estimator_label(name)
            labelled.add(name)
        axes.plot(100 * row["change"], y, "o", **look)
    axes.set_ylim(len(ways) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    style.legend_above(axes, 2)
