"""The panels of Figure 11: how much resampling changes a metric of each class, for each metric and
strength of resampling.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.analysis.pooling import pooled
from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped
from hardness.sets.spec import Resampled

OVER, UNDER = "smote", "easy"  # the strategy that the paper shows
TAU = ["tau", "tau_low", "tau_high"]
COLUMNS = [
    "metric", "mode", "setting", "set", "rank", "class", "name", "hard", "mean", "low", "high",
    "members", *TAU,
]  # fmt: skip
PANEL = ["metric", "mode", "setting", "set"]  # one panel for each
EXPLAINED = (
    "τ: standard deviation of the classes' changes about the mean of their group, without the"
    " noise of members, with 95% interval (REML; one fit per panel); 0 means that no spread"
    " between classes is seen"
)


def strengths(evaluation: pd.DataFrame, study: dict) -> list[Resampled]:
    """The evaluated sets of the paper's strategy: by mode, then from the weakest to the strongest.

    Raises as select.resampled.
    """
    chosen = select.resampled(evaluation, study, OVER, UNDER)
    return sorted(chosen, key=lambda spec: (spec.mode, float(spec.setting), spec.name))


def by_class(
    frames: dict[str, pd.DataFrame], study: dict, spec: Resampled, metric: str
) -> pd.DataFrame:
    """One row per class, from the easiest: COLUMNS, changes as fractions.

    frames: evaluation, ranks, groups.
    """
    evaluation = select.of_base_recipe(frames["evaluation"], study)
    ranks = select.classes_by_hardness(frames["ranks"], study["ranked_by"], frames["groups"])
    changes = select.change(evaluation, spec.name, metric).assign(draws=spec.draws)
    rows = ranks.merge(select.summarize(changes, ["class"], "change"), on="class", validate="1:1")
    by_member = changes.pivot(index="seed", columns="class", values="change")
    hard = ranks.set_index("class")["hard"].loc[by_member.columns].to_numpy()
    fit = pooled(by_member.to_numpy(), hard)
    named = {"metric": metric, "mode": spec.mode, "setting": float(spec.setting), "set": spec.name}
    named |= {name: getattr(fit, name) for name in TAU}
    return rows.assign(**named)[COLUMNS].sort_values("rank")


def points(axes: Axes, rows: pd.DataFrame, lowest: float) -> None:
    """A point for each class with its interval, in percent, from `lowest` to 101 at most."""
    size = 2.5 if len(rows) > style.MANY else 4
    for group, marker, part in style.groups_of(rows):
        color, label = style.COLORS[group], f"{group} classes"
        style.interval_bars(
            axes, part["rank"], part, color, 100, marker, label=label, markersize=size
        )
    style.within(axes, lowest, 101)
    axes.grid(axis="x", visible=False)


def panel(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    """The change of each class with its interval, and the mean of each group of classes."""
    axes.axhline(0, color=style.COLORS["full"], linewidth=0.7)
    points(axes, rows, -101)
    for group, _, part in style.groups_of(rows):
        if len(part):
            ends = part["rank"].min() - 0.4, part["rank"].max() + 0.4
            axes.hlines(
                100 * part["mean"].mean(), *ends, color=style.COLORS[group], linewidth=1,
                linestyle="--",
            )  # fmt: skip
    axes.set_title(title, loc="left", pad=3)
    axes.set_title(_spread(rows), loc="right", pad=3, fontsize=7)


def _spread(rows: pd.DataFrame) -> str:
    """Such as "τ = 0.31 [0.00, 0.92]", in points; empty if tau is unknown."""
    tau, low, high = 100 * rows[TAU].iloc[0].to_numpy(dtype=float)
    bounds = f" [{low:.2f}, {high:.2f}]" if np.isfinite([low, high]).all() else ""
    return f"τ = {tau:.2f}{bounds}" if np.isfinite(tau) else ""


def draw(table: pd.DataFrame, study: dict, titles: list[str], above: int = 0) -> Figure:
    """A panel for each metric and strength, one below the other. above: the number of empty panels
    at the top, for the figure to fill.
    """
    panels = list(grouped(table, PANEL, sort=False))
    rows = len(panels) + above
    figure, grid = style.panels(rows, 1, style.PAGE, max(2.4, 0.6 + 1.2 * rows), sharex=True)
    for axes, (_, part), title in zip(grid[above:, 0], panels, titles, strict=True):
        panel(axes, part, title)
    names, by = part["name"].tolist(), estimator_label(study["ranked_by"])
    style.class_axis(grid[-1, 0], names, f"easy to hard by {by}")
    figure.supylabel("Change (percentage points)", fontsize=8)
    figure.legend(*grid[-1, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure
