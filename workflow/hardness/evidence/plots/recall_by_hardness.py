"""Figure 9: recall of the classes, sorted by their hardness; and the class sizes that recall,
accuracy or F1 would give instead of an estimator.
"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped

NUMBER = "9"
INPUTS = ("evaluation", "ranks", "groups", "allocation", "ratios")
COLORS = {"recall": "#E69F00", "accuracy": "#009E73", "f1": "#0072B2"}
PAPERS = (style.COLORS["plain"], "#CC79A7")  # of the paper's estimator, and of AUM if it is another
SIZE = "size_by_"  # the columns of relative class sizes
CAPTION = (
    "Left: recall of each class on the test set of {dataset}, for networks trained on the full"
    " training set; classes sorted by {ranked_by}. If hardness decided recall, the points would"
    " fall from left to right. Mean over {hardness} members with Student's t 95% interval; colors:"
    " easy and hard classes. Right: class sizes of mode paper at the smallest α (Eqs. 3 to 6) by"
    " several estimators, in the same order: size of each class after resampling over its size in"
    " the data set, by {paper_estimator}, which makes the sets of mode paper, by {ranked_by} if"
    " that is another one, and by recall, accuracy (of the class against the rest) and F1 of the"
    " same members on the test set. An estimator for which Eq. 3 is undefined is left out. Sizes"
    " are exact given the hardness, and have no interval of their own."
)
PAPER = "The paper sorts classes by AUM; Sec. IV suggests class sizes by recall too."


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """One row per class, from the easiest: rank, class, name, hardness, hard, mean, low, high,
    members; alpha, and size_by_{estimator}, the class's relative size there.
    """
    rows = select.of_full(select.of_base_recipe(frames["evaluation"], study), study, "hardness")
    ranks = select.classes_by_hardness(frames["ranks"], study["ranked_by"], frames["groups"])[
        ["rank", "class", "name", "hardness", "hard"]
    ]
    recall = ranks.merge(select.summarize(rows, ["class"], "recall"), on="class", validate="1:1")
    sizes = pd.concat([frames[name] for name in ("allocation", "ranks", "ratios")])
    sizes = sizes[sizes["mode"] == "paper"]
    sizes = sizes[sizes["alpha"] == sizes["alpha"].min()].drop_duplicates(["estimator", "class"])
    recall["alpha"] = sizes["alpha"].min()
    for estimator, own in grouped(sizes.set_index("class"), "estimator", sort=False):
        recall[SIZE + estimator] = recall["class"].map(own["size"].astype(float) / own["n"])
    return recall


def draw(table: pd.DataFrame, study: dict) -> Figure:
    many = len(table) > style.MANY
    figure, grid = style.panels(*((2, 1) if many else (1, 2)), style.PAGE, 4.6 if many else 2.6)
    left, right = grid.flat
    _recall(left, table, many)
    _sizes(right, table, many)
    for axes in grid.flat:
        names, by = table["name"].tolist(), estimator_label(study["ranked_by"])
        style.class_axis(axes, names, f"easy to hard by {by}")
    return figure


def _recall(axes: Axes, table: pd.DataFrame, many: bool) -> None:
    axes.plot(
        table["rank"], 100 * table["mean"], color=style.COLORS["reference"], linewidth=0.8, zorder=1
    )
    for group, marker, part in style.groups_of(table):
        style.interval_bars(
            axes,
            part["rank"],
            part,
            style.COLORS[group],
            100,
            marker,
            label=f"{group} classes",
            markersize=3 if many else 4,
        )
    style.recall_axis(axes)
    style.legend_above(axes, 2)


def _sizes(axes: Axes, table: pd.DataFrame, many: bool) -> None:
    axes.axhline(1, color=style.COLORS["full"], linestyle="--", linewidth=0.9)
    shown = table.filter(like=SIZE).dropna(axis="columns")
    papers = iter(PAPERS)
    for column, marker in zip(shown, style.MARKERS, strict=False):
        estimator = column.removeprefix(SIZE)
        color = COLORS.get(estimator) or next(papers)
        look: dict[str, Any] = {"color": color, "marker": None if many else marker}
        axes.plot(table["rank"], shown[column], label=estimator_label(estimator), **look)
    axes.set_ylabel(f"Class size / size in the data set\n(mode paper, α = {table['alpha'][0]:g})")
    if len(shown.columns):
        style.legend_above(axes, 5)
