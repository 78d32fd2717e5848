"""Figure 1 of Yu et al. (2022): each digit's weight in training, and the accuracy on it, by method
of re-balancing.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.plots import _methods as methods
from hardness.evidence.plots import _style as style

NUMBER = None
COUNTERPART = "Fig. 1"
INPUTS = ("methods-of-sub-classes", "rebalancing-weights", "rebalancing-ratios")
PREFIX = "digit-"
SHOWN = ("Base", "Class-balanced loss, beta 0.9999", "Difficulty")
SHIFT = 0.2  # between the methods' points of a digit
CAPTION = (
    "Digits of {dataset}, whose networks only learn even against odd. Left: the share of each digit"
    " in the total weight of the training samples (how often each is drawn, times how much its loss"
    " counts) at the end of the training; in parentheses the ratio of the largest to the smallest"
    " weight, over the two classes and over the digits. Right: accuracy on the test samples of each"
    " digit. Mean over {retraining} seeds with Student's t 95% interval for each digit. {training}."
    " Counterpart of Fig. 1 of Yu et al. (2022), where the class-balanced loss lowers the accuracy"
    " of 8, the rarest even digit."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """set, base, method, epochs, quantity (weight, accuracy, class ratio, sub-class ratio), group
    (the digit, of the first two), mean, low, high, members.
    """
    weights = methods.named(frames["rebalancing-weights"], study)
    weights = weights[weights["level"] == "sub-class"]
    ratios = methods.named(frames["rebalancing-ratios"], study)
    ratios = ratios.assign(quantity=ratios["level"] + " ratio")
    known = methods.named(frames["methods-of-sub-classes"], study)
    known = known[(known["reading"] == "logits") & known["group"].str.startswith(PREFIX)]
    made = pd.concat(
        [
            methods.over_seeds(weights, ["group"], "share").assign(quantity="weight"),
            known.rename(columns={"accuracy": "mean"}).assign(quantity="accuracy"),
            methods.over_seeds(ratios, ["quantity"], "ratio"),
        ],
        ignore_index=True,
    )
    made = made[made["method"].isin(SHOWN)]
    columns = ["set", "base", "method", "epochs", "quantity", "group", "mean", "low", "high"]
    return made[[*columns, "members"]].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    panels = list(table.groupby(["set", "base", "epochs"], sort=False))
    figure, grid = style.panels(len(panels), 2, style.PAGE, 0.4 + 2.5 * len(panels))
    for (left, right), ((name, base, epochs), rows) in zip(grid, panels, strict=True):
        _points(left, rows, "weight")
        _points(right, rows, "accuracy")
        left.set(yscale="log", ylabel="Share of the training weight (%)")
        methods.plain_numbers(left.yaxis)
        right.set_ylabel("Accuracy (%)")
        style.within(right, -1, 101)
        left.set_title(methods.panel_title(name, base, epochs), loc="left")
        left.legend(loc="upper right")
    return figure


def _points(axes: Axes, rows: pd.DataFrame, quantity: str) -> None:
    own = rows[rows["quantity"] == quantity]
    digits = [group.removeprefix(PREFIX) for group in dict.fromkeys(own["group"])]
    present = [method for method in SHOWN if method in set(own["method"])]
    for place, method in enumerate(present):
        part = own[own["method"] == method]
        x = np.arange(1, len(part) + 1) + SHIFT * (place - (len(present) - 1) / 2)
        ratios = "; ".join(_ratio(rows, method, level) for level in ("class", "sub-class"))
        label = f"{method.removesuffix(', beta 0.9999')} ({ratios})"
        color = methods.color_of(method)
        style.interval_bars(axes, x, part, color, 100, style.MARKERS[place], label=label)
    style.class_axis(axes, digits, "")
    axes.set_xlabel("Digit, most training samples first")


def _ratio(rows: pd.DataFrame, method: str, level: str) -> str:
    chosen = (rows["method"] == method) & (rows["quantity"] == f"{level} ratio")
    return f"{rows.loc[chosen, 'mean'].iloc[0]:.3g}" if chosen.any() else "–"
