"""Figure 9: recall of the classes, sorted by their hardness."""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = "9"
INPUTS = ("evaluation", "allocation", "groups")
CAPTION = (
    "Recall of each class on the test set of {dataset}, networks trained on the full training set,"
    " classes sorted by class hardness (the estimator named on the axis). If hardness decided"
    " recall, the points would fall from left to right. Mean over {recall} members with Student's t"
    " 95% interval; colors: easy and hard classes."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """One row per class, from the easiest: rank, class, name, hardness, hard, mean, low, high,
    members.
    """
    rows = select.of_full(select.of_base_recipe(frames["evaluation"], study), study, "recall")
    ranks = select.classes_by_hardness(frames["allocation"], study, frames["groups"])[
        ["rank", "class", "name", "hardness", "hard"]
    ]
    return ranks.merge(select.summarize(rows, ["class"], "recall"), on="class", validate="1:1")


def draw(table: pd.DataFrame, study: dict) -> Figure:
    many = len(table) > style.MANY
    figure, ((axes,),) = style.panels(1, 1, style.PAGE if many else style.COLUMN, 2.4)
    axes.plot(
        table["rank"], 100 * table["mean"], color=style.COLORS["reference"], linewidth=0.8, zorder=1
    )
    for group, part in (
        ("easy", table[~table["hard"].astype(bool)]),
        ("hard", table[table["hard"].astype(bool)]),
    ):
        marker = "o" if group == "easy" else "D"
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
    style.class_axis(
        axes,
        table["name"].tolist(),
        f"easy to hard by {estimator_label(study['paper_estimator'])}",
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure
