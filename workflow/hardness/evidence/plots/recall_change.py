"""Figure 11: by how much resampling changes the recall of each class."""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped

NUMBER = "11"
INPUTS = ("evaluation", "allocation", "groups")
OVER, UNDER = "smote", "easy"  # the strategy that the paper shows
SETS = ({"kind": "resample", "over": "smote", "under": "easy"},)
CAPTION = (
    "Change in the recall of each class on the test set of {dataset} when the training set is"
    " resampled (SMOTE for hard classes, the easiest samples of easy classes removed), for each α"
    " of mode paper and ρ of mode study; classes from the easiest to the hardest. Each member is"
    " compared with the same seed's network on the full set; mean over {retraining} members with"
    " Student's t 95% interval (given the draw, where there is but one; the range over draws, where"
    " 2 to 5 are shared); lines: the mean over the easy and over the hard classes. Each panel has"
    " its own scale. The intervals are not corrected for the number of classes."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """mode, setting, set, rank, class, name, hard, mean, low, high (fractions), members."""
    evaluation = select.of_base_recipe(frames["evaluation"], study)
    ranks = select.classes_by_hardness(frames["allocation"], study, frames["groups"])[
        ["rank", "class", "name", "hard"]
    ]
    parts = []
    for spec in select.resampled(evaluation, study, OVER, UNDER):
        changes = select.change(evaluation, spec.name, "recall").assign(draws=spec.draws)
        part = ranks.merge(
            select.summarize(changes, ["class"], "change"), on="class", validate="1:1"
        )
        parts.append(part.assign(mode=spec.mode, setting=float(spec.setting), set=spec.name))
    columns = [
        "mode",
        "setting",
        "set",
        "rank",
        "class",
        "name",
        "hard",
        "mean",
        "low",
        "high",
        "members",
    ]
    return (
        pd.concat(parts)[columns]
        .sort_values(["mode", "setting", "set", "rank"])
        .reset_index(drop=True)
    )


def draw(table: pd.DataFrame, study: dict) -> Figure:
    settings = list(grouped(table, ["mode", "setting", "set"]))
    figure, grid = style.panels(
        len(settings), 1, style.PAGE, max(2.4, 0.6 + 1.2 * len(settings)), sharex=True
    )
    for axes, ((mode, setting, name), part) in zip(grid[:, 0], settings, strict=True):
        axes.axhline(0, color=style.COLORS["full"], linewidth=0.7)
        for group, rows in (
            ("easy", part[~part["hard"].astype(bool)]),
            ("hard", part[part["hard"].astype(bool)]),
        ):
            marker = "o" if group == "easy" else "D"
            size = 2.5 if len(part) > style.MANY else 4
            style.interval_bars(
                axes,
                rows["rank"],
                rows,
                style.COLORS[group],
                100,
                marker,
                label=f"{group} classes",
                markersize=size,
            )
            if len(rows):
                ends = rows["rank"].min() - 0.4, rows["rank"].max() + 0.4
                axes.hlines(
                    100 * rows["mean"].mean(),
                    *ends,
                    color=style.COLORS[group],
                    linewidth=1,
                    linestyle="--",
                )
        style.within(axes, -101, 101)
        axes.grid(axis="x", visible=False)
        axes.set_title(
            f"Mode {mode}, {style.setting_label(mode, setting)}{study['sets'][name].label}",
            loc="left",
            pad=3,
        )
    ranked = part.sort_values("rank")
    style.class_axis(
        grid[-1, 0],
        ranked["name"].tolist(),
        f"easy to hard by {estimator_label(study['paper_estimator'])}",
    )
    figure.supylabel("Change in recall (percentage points)", fontsize=8)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure
