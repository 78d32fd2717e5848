"""Correlations of scores without labels with scores that read labels, and with controls."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hardness.evidence.labels import estimator_label
from hardness.evidence.pairs import sided
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("score-correlations",)
OURS = {"msd": style.COLORS["plain"], "lgn": style.COLORS["clp"]}
CONTROL = "contrast"  # which needs no network
COLORS = OURS | {CONTROL: style.COLORS["random"]}
GIVEN = "feature-norm+contrast"
CONTROLS = ("msd-std", "msd-discrepancy", "feature-norm", "contrast", "brightness",
            "saturation", "msd-relative",
            "msd-labelled", "lid-features", "ad-features", "prototype")  # fmt: skip
CAPTION = (
    "Spearman correlations of MSD and LGN, scores of networks that learn without labels, with every"
    " other score of {dataset}, means over {hardness} members; all are signed so that high is hard."
    " Left: over samples; filled: plain; hollow: partial, given the length of the feature and the"
    " contrast of the pixels. Gray: what this contrast alone, without any network, has. Wide pale"
    " bar: 95% interval over samples (bootstrap); thin dark bar: over members (jackknife). Right:"
    " over the means of classes; wide pale bar: 90% interval over classes (Fisher's z); thin dark"
    " bar: over members. Below the line: variants of MSD, and controls. {without_labels}."
)


def partners(table: pd.DataFrame) -> list[str]:
    """The other estimators: those that are compared, then the controls."""
    others = [name for name in dict.fromkeys(table["with"]) if name not in OURS]
    return [n for n in others if n not in CONTROLS] + [n for n in CONTROLS if n in others]


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The Spearman rows of correlations.csv with MSD, LGN or the contrast in the pair: it becomes
    `score`; the other one becomes `with`.
    """
    rows = frames["score-correlations"]
    chosen = rows["given"].isna() | (rows["given"] == GIVEN)
    rows = rows[(rows["kind"] == "spearman") & chosen]
    found = sided(rows, [*COLORS])
    columns = ["score", "with", "over", "given", "value", "low", "high", "member_low",
               "member_high", "n", "members"]  # fmt: skip
    return found[columns]


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = partners(table)
    figure, (row,) = style.panels(1, 2, style.PAGE, 1.0 + 0.28 * len(names), sharey=True)
    for axes, over, label in (
        (row[0], "samples", "Spearman, over samples"),
        (row[1], "classes", "Spearman, over classes"),
    ):
        _dots(axes, table[table["over"] == over], names)
        axes.set(xlabel=label, xlim=(-1.02, 1.02))
    row[0].set_yticks(range(len(names)), [estimator_label(name) for name in names])
    row[0].set_ylim(len(names) - 0.4, -0.6)
    _explain(figure)
    return figure


def _dots(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    axes.axvline(0, color=style.COLORS["reference"], linewidth=0.9)
    first = sum(name not in CONTROLS for name in names)
    axes.axhline(first - 0.5, color="black", linewidth=0.6)
    series = [*((score, given) for score in OURS for given in (False, True)), (CONTROL, False)]
    shifts = dict(zip(series, np.linspace(-0.32, 0.32, len(series)), strict=True))
    for row in rows.to_dict("records"):
        if row["with"] not in names:
            continue
        given = isinstance(row["given"], str)
        y, color = names.index(row["with"]) + shifts[row["score"], given], COLORS[row["score"]]
        axes.hlines(y, row["low"], row["high"], color=color, alpha=0.3, linewidth=3.2)
        axes.hlines(y, row["member_low"], row["member_high"], color=color, linewidth=0.8)
        look: dict[str, Any] = {"markersize": 3.2, "markeredgewidth": 0.8, "zorder": 3}
        fill = "white" if given else color
        axes.plot(row["value"], y, "o", color=color, markerfacecolor=fill, **look)
    axes.grid(axis="y", visible=False)
    axes.set_xticks(
        np.linspace(-1, 1, 9),
        [f"{x:g}".replace("-", "\N{MINUS SIGN}") for x in np.linspace(-1, 1, 9)],
    )


def _explain(figure: Figure) -> None:
    dot: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 4}
    handles = [
        *(Line2D([], [], color=color, label=estimator_label(name), **dot)
          for name, color in COLORS.items()),
        Line2D([], [], color="black", markerfacecolor="white",
               label="given the feature's length and the contrast", **dot),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
