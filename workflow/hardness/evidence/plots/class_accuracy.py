"""Figure 14: the accuracy of each class by ensembles of more and more members, and how far
ensembles agree on the order of the classes.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.analysis.class_accuracy import MEMBERS, PREDICTION, stable_from
from hardness.evidence.plots import _style as style

NUMBER = "14"
INPUTS = ("class-accuracy", "class-agreement")
CAPTION = (
    "Accuracy of each class of {dataset} by the number of members, added in the order of their"
    " seeds. full: trained and tested on all samples; part: trained on the training samples and"
    " tested on the test samples. Left: accuracy of the members' mean prediction; middle: mean of"
    " the members' accuracies. Colors: rank of the class with all members. Dashed: from this number"
    " of members on, the ranks of the classes are those with all members. Right: Spearman"
    " correlation of the classes' accuracies between two disjoint ensembles of that size; mean, and"
    " band of 5 to 95% over random splits. Nested ensembles share members, and so agree with the"
    " largest one by construction; the right side shows how far two studies would agree."
)
SETTINGS = ("full", "part")  # the paper's rows
READINGS = {"prediction": (PREDICTION, "Mean prediction"), "mean": (MEMBERS, "Mean of members")}
COLORS = {PREDICTION: style.COLORS["plain"], MEMBERS: "#B8860B"}


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """One row per setting, reading, number of members and class: accuracy, and stable_from of that
    setting and reading; then, without a class, how disjoint ensembles agree: mean, low, high.
    """
    rows, columns = frames["class-accuracy"], ["setting", "reading", "members"]
    accuracy = rows.rename(columns={name: text for name, (text, _) in READINGS.items()}).melt(
        id_vars=["setting", "members", "class", "name"],
        value_vars=[text for text, _ in READINGS.values()],
        var_name="reading",
        value_name="accuracy",
    )
    stable = accuracy.groupby(["setting", "reading"]).apply(_stable_from, include_groups=False)
    accuracy = accuracy.merge(stable.rename("stable_from").reset_index())
    made = pd.concat([accuracy, frames["class-agreement"]], ignore_index=True)
    return made[[*columns, "class", "name", "accuracy", "stable_from", "mean", "low", "high"]]


def _stable_from(rows: pd.DataFrame) -> int:
    return stable_from(rows.pivot(index="members", columns="class", values="accuracy").to_numpy())


def draw(table: pd.DataFrame, study: dict) -> Figure:
    settings = [one for one in SETTINGS if one in set(table["setting"])]
    figure, grid = style.panels(len(settings), 3, style.PAGE, 0.4 + 2.3 * len(settings))
    for row, setting in zip(grid, settings, strict=True):
        own = table[table["setting"] == setting]
        for axes, (reading, title) in zip(row, READINGS.values(), strict=False):
            _accuracies(axes, own[(own["reading"] == reading) & own["accuracy"].notna()])
            axes.set_title(f"{title}, {setting}")
            _members_axis(axes, int(own["members"].max()))
        _agreement(row[2], own[own["mean"].notna()])
        row[2].set_title(f"Disjoint ensembles, {setting}")
        _members_axis(row[2], max(1, int(own["members"].max()) // 2))
    return figure


def _members_axis(axes: Axes, last: int) -> None:
    axes.set_xscale("log")
    axes.set_xticks([one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500) if one <= last])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_xlabel("Members")


def _accuracies(axes: Axes, rows: pd.DataFrame) -> None:
    values = rows.pivot(index="members", columns="class", values="accuracy").sort_index()
    names = rows.drop_duplicates("class").set_index("class")["name"]
    order = values.iloc[-1].rank(method="first", ascending=False)
    k, last = len(names), values.index[-1]
    colors = {c: style.HARDNESS((order[c] - 1) / max(k - 1, 1)) for c in values.columns}
    for c in values.columns:
        axes.plot(values.index, 100 * values[c], color=colors[c], linewidth=1)
    stable = int(rows["stable_from"].iloc[0])
    axes.axvline(stable, color=style.COLORS["reference"], linestyle="--", linewidth=0.9)
    axes.set_ylabel("Accuracy of the class (%)")
    axes.set_xlim(1, max(last, 2))
    if k <= style.MANY:
        ends = (100 * values.iloc[-1]).tolist()
        labels = [names[c] for c in values.columns]
        style.label_ends(axes, last, ends, labels, [colors[c] for c in values.columns])


def _agreement(axes: Axes, rows: pd.DataFrame) -> None:
    if rows.empty:
        axes.text(0.5, 0.5, "one member alone", ha="center", transform=axes.transAxes)
        return
    for reading, title in READINGS.values():
        own = rows[rows["reading"] == reading].sort_values("members")
        style.interval_line(
            axes, own["members"], own, COLORS[reading], marker="o", markersize=2.5, label=title
        )
    axes.set_ylabel("Spearman correlation")
    axes.set_ylim(min(0, np.floor(10 * rows["low"].min()) / 10), 1.02)
    axes.legend(loc="best")
