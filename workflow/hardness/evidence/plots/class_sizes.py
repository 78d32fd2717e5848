"""Figure 4: how many samples each class has after resampling by hardness."""

import numpy as np
import pandas as pd

from hardness.evidence.plots import _style as style

NUMBER = "4"
INPUTS = ("allocation",)
CAPTION = (
    "Class hardness on {dataset}, and the class sizes that follow from it; classes from the easiest to the"
    " hardest. First panel: mean score of the class's samples with Student's t 95% interval over members (thick)"
    " and 95% bootstrap interval over samples (thin, beside it). Then: samples per class in mode paper (α amplifies"
    " the ratios) and in mode study (ρ: ratio of the hardest to the easiest class). Dashed: the size in the data set;"
    " shaded for the strongest setting: samples removed and added; hollow: clipped at the floor. Sizes are exact"
    " given the hardness, and have no interval of their own."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The allocation of the paper's estimator, a row a class and setting, sorted by hardness (rank
    1 = easiest).
    """
    allocation = frames["allocation"]
    ranks = style.classes_by_hardness(allocation, study)
    rows = style.with_setting(allocation[allocation["estimator"] == study["paper_estimator"]])
    rows = rows.drop(columns="name").merge(ranks[["class", "name", "rank"]], on="class")
    columns = ["mode", "setting", "rank", "class", "name", "n", "hardness", "sample_low", "sample_high", "member_low",
               "member_high", "size", "clipped"]  # fmt: skip
    return (
        rows.dropna(subset="size")[columns]
        .sort_values(["mode", "setting", "rank"])
        .reset_index(drop=True)
    )


def draw(table: pd.DataFrame, study: dict):
    modes = [mode for mode in ("paper", "study") if mode in set(table["mode"])]
    figure, (row,) = style.panels(1, 1 + len(modes), style.PAGE, 2.4)
    first = table.drop_duplicates("rank").sort_values("rank")
    x = first["rank"].to_numpy()
    row[0].vlines(
        x,
        first["member_low"],
        first["member_high"],
        color=style.COLORS["plain"],
        linewidth=1.2 if len(x) > style.MANY else 3,
    )
    row[0].vlines(
        x + 0.3,
        first["sample_low"],
        first["sample_high"],
        color=style.COLORS["reference"],
        linewidth=1,
    )
    row[0].plot(
        x,
        first["hardness"],
        "o",
        color=style.COLORS["plain"],
        markersize=2 if len(x) > style.MANY else 3.5,
    )
    row[0].set_ylabel(f"Class mean of {style.estimator_label(study['paper_estimator'])}")
    for axes, mode in zip(row[1:], modes, strict=True):
        rows = table[table["mode"] == mode]
        colors = style.setting_colors(mode, rows["setting"])
        axes.plot(
            x,
            first["n"],
            color=style.COLORS["full"],
            linestyle="--",
            linewidth=0.9,
            label="in the data set",
        )
        for (value, part), marker in zip(
            rows.groupby("setting"), style.MARKERS * len(colors), strict=False
        ):
            marker = None if len(x) > style.MANY else marker
            axes.plot(
                x,
                part["size"],
                color=colors[value],
                marker=marker,
                label=style.setting_label(mode, value),
            )
            clipped = part[part["clipped"].astype(bool)]
            axes.plot(
                clipped["rank"],
                clipped["size"],
                "o",
                color=colors[value],
                markerfacecolor="white",
                zorder=3,
            )
        size, n = part["size"].to_numpy(), first["n"].to_numpy()
        axes.fill_between(
            x,
            n,
            size,
            where=size <= n,
            color=style.COLORS["easy"],
            alpha=0.2,
            linewidth=0,
            interpolate=True,
        )
        axes.fill_between(
            x,
            n,
            size,
            where=size >= n,
            color=style.COLORS["hard"],
            alpha=0.2,
            linewidth=0,
            interpolate=True,
        )
        axes.set(ylabel="Samples per class", title=f"Mode {mode}")
        axes.set_ylim(0, None)
        axes.legend(loc="upper left")
    top = max(axes.get_ylim()[1] for axes in row[1:])
    for axes in row[1:]:
        axes.set_ylim(0, 1.3 * top)
    for axes in row:
        style.class_axis(axes, first["name"].tolist(), "easy to hard")
    row[0].set_title(f"Hardness, {np.unique(study['members']['hardness'])[0]} members")
    return figure
