"""Beyond the two papers: drawing by difficulty while training, compared with class sizes by
hardness.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("against-hardness",)
PLAIN = "plain"
GROUPS = {"all": "All classes", "easy": "Easy classes", "hard": "Hard classes"}
CAPTION = (
    "Mean recall on {dataset} with two ways to re-balance, less that of plain training with the"
    " same seed. Difficulty (Yu et al. 2022): each epoch's samples are drawn with replacement,"
    " difficult ones more often. Class sizes by hardness (α): one resampled training set of the"
    " full set's size, with random oversampling of hard classes, and without the easiest samples of"
    " easy classes. Both: difficulty on the resampled set. Uniform: the control for drawing with"
    " replacement. All train for the same number of steps; difficulty also needs passes over the"
    " training set. Mean over {retraining} members with Student's t 95% interval, given that all"
    " members share one resampled set (and, for long-tailed data, one choice of samples). Each"
    " panel has its own scale. {rivals}."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """method, group, mean, low, high (points), members: the gain over plain training, paired by
    seed.
    """
    rows = frames["against-hardness"]
    plain = rows[rows["method"] == PLAIN].set_index(["group", "seed"])["recall"].rename("plain")
    others = rows[rows["method"] != PLAIN].join(plain, on=["group", "seed"])
    others = others.assign(gain=100 * (others["recall"] - others["plain"]))
    return select.summarize(others, ["method", "group"], "gain")


def label(method: str) -> str:
    """The label of a method: uniform, difficulty, hardness-a1, both-a1."""
    kind, _, alpha = method.partition("-a")
    names = {
        "uniform": "Uniform, with replacement",
        "difficulty": "Difficulty",
        "hardness": f"Class sizes by hardness, α = {alpha}",
        "both": f"Both, α = {alpha}",
    }
    return names[kind]


def _place(method: str) -> tuple[int, float]:
    kind, _, alpha = method.partition("-a")
    return ("uniform", "difficulty", "hardness", "both").index(kind), float(alpha or 0)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    groups = [group for group in GROUPS if group in set(table["group"])]
    methods = sorted(set(table["method"]), key=_place)
    height = 0.9 + 0.26 * len(methods)
    figure, ((*axes,),) = style.panels(1, len(groups), style.PAGE, height, sharey=True)
    for one, group in zip(axes, groups, strict=True):
        own = table[table["group"] == group].set_index("method").loc[methods]
        _panel(one, own, GROUPS[group])
    axes[0].set_yticks(range(len(methods)), [label(method) for method in methods])
    axes[0].invert_yaxis()
    figure.supxlabel("Mean recall, gain over plain training (points)", fontsize=8)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    mean, low, high = (rows[name].to_numpy() for name in ("mean", "low", "high"))
    colors = [style.COLORS["plain" if name == "difficulty" else "reference"] for name in rows.index]
    for place, color in enumerate(colors):
        bars = np.array([[mean[place] - low[place]], [high[place] - mean[place]]])
        axes.errorbar(mean[place], place, xerr=bars, fmt="o", color=color, elinewidth=0.9)
    axes.axvline(0, color=style.COLORS["full"], linewidth=0.6)
    axes.set_title(title)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
