"""Figure 3 of Yu et al. (2022): how often samples are unlearned, by class and sub-class."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.plots import _methods as methods
from hardness.evidence.plots import _style as style

NUMBER = None
COUNTERPART = "Fig. 3"
INPUTS = ("unlearning-of-tails",)
SHIFT = 0.24  # between the methods' points of a group, if there is room
CAPTION = (
    "How often training samples of {dataset} are unlearned: the share of the epochs, from the"
    " second on, in which a sample's loss rose from one pass over the training set to the next;"
    " mean over the samples of a class, and of a digit if the classes are even and odd, in the"
    " order of the data set, which is that of falling numbers of training samples. Mean"
    " over {retraining} seeds with Student's t 95% interval for each group. {training}."
    " Counterpart of Fig. 3 of Yu et al. (2022), where rarer classes and digits are unlearned more"
    " often."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """set, base, method, epochs, level, group, mean, low, high, members."""
    rows = methods.named(frames["unlearning-of-tails"], study)
    return methods.over_seeds(rows, ["level", "group"], "share")


def draw(table: pd.DataFrame, study: dict) -> Figure:
    panels = list(table.groupby(["set", "base", "epochs"], sort=False))
    figure, grid = style.panels(len(panels), 1, style.PAGE, 0.4 + 2.1 * len(panels))
    for (axes,), ((name, base, epochs), rows) in zip(grid, panels, strict=True):
        _groups(axes, rows)
        if study["rebalancing"]["ratios"][name] == 1:
            axes.set_xlabel("Class, all with the same number of training samples")
        axes.set_title(methods.panel_title(name, base, epochs), loc="left")
        axes.set_ylabel("Epochs in which\nthe loss rose (%)")
        style.within(axes, 0, 100)
        style.legend_above(axes, 3)
    return figure


def _groups(axes: Axes, rows: pd.DataFrame) -> None:
    groups = list(dict.fromkeys(rows["group"]))
    present = list(dict.fromkeys(rows["method"]))
    shift = min(SHIFT, 0.8 / len(present))
    for place, method in enumerate(present):
        part = rows[rows["method"] == method]
        x = np.array([groups.index(group) + 1 for group in part["group"]])
        x = x + shift * (place - (len(present) - 1) / 2)
        color, marker = methods.color_of(method), style.MARKERS[place]
        style.interval_bars(axes, x, part, color, 100, marker, label=method)
    names = [group.removeprefix("digit-").removeprefix("class-") for group in groups]
    style.class_axis(axes, names, "most training samples first")
    classes = len({*rows[rows["level"] == "class"]["group"]})
    if classes < len(groups):
        axes.axvline(classes + 0.5, color=style.COLORS["reference"], linewidth=0.6)
        axes.set_xlabel("Class, and digit, by falling number of training samples")
