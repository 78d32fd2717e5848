"""Figure 10: how far two hardness estimators prune the same samples."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped

NUMBER = "10"
INPUTS = ("overlap",)
RATE = 20  # percent pruned, of the matrix; the rate at which the paper states its numbers
COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
LINES = ("-", "--", ":", "-.")
CAPTION = (
    "How far two hardness estimators prune the same samples of {dataset}. Top: overlap (Jaccard"
    " index: samples that both prune over samples that either prunes) by pruning rate, for all"
    " pairs of the paper's estimators, EL2N and Forgetting in two readings each (one color for all"
    " readings of a pair): by the mean scores of {hardness} members, by which this study prunes,"
    " and of all members of the stability ensemble. Dashed gray: two random sets. Bottom: all pairs"
    " of estimators at one rate, by {hardness} members; below the diagonal the share of the pruned"
    " set that is replaced when one estimator is swapped for the other, above it 1 - Jaccard index."
    " The csv has all pairs, rates and both ensembles. There is one number per pair, from the"
    " ensembles' mean scores, without interval; reliability.csv says how far disjoint"
    " half-ensembles differ."
)
PAPER = (
    'The paper\'s code uses all members of the stability ensemble; its "altered" is 1 - Jaccard'
    " index."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """All pairs, rates and both ensembles: members, first, second, rate, n_pruned, replaced,
    jaccard and their values by chance (shares).
    """
    columns = ["members", "first", "second", "rate", "n_pruned", "replaced", "jaccard"]
    columns += ["replaced_chance", "jaccard_chance", "replaced_chance_given_classes"]
    return frames["overlap"][columns].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = sorted(set(table["first"]) | set(table["second"]))
    main = style.main_estimators(names)
    names = main + [name for name in names if name not in main]
    ensembles = list(grouped(table, "members", sort=False))
    figure = Figure(figsize=(style.PAGE, 4.2 + 0.19 * len(names)))
    tops = [f"top{place}" for place in range(len(ensembles))]
    rows: list = [tops, ["bottom"] * len(tops)]
    axes = figure.subplot_mosaic(rows, height_ratios=[2.1, 0.7 + 0.19 * len(names)])
    for top, (members, part) in zip(tops, ensembles, strict=True):
        _lines(axes[top], part, main)
        axes[top].set_title(f"Mean scores of {members} members")
    axes["top0"].set_ylabel("Overlap of the pruned sets (%)")
    legend = axes["top0"].get_legend_handles_labels()
    figure.legend(*legend, loc="outside upper center", ncols=3, handlelength=2.6)
    _matrix(axes["bottom"], ensembles[0][1], names)
    return figure


def _pairs(table: pd.DataFrame, names: list[str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Each pair of these estimators in their order, with its rows."""
    rows_of = {frozenset(pair): part for pair, part in grouped(table, ["first", "second"])}
    for first, second in combinations(names, 2):
        yield first, second, rows_of[frozenset((first, second))].sort_values("rate")


def _lines(axes: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """The Jaccard index by rate, a line for each pair."""
    chance = table.drop_duplicates("rate").sort_values("rate")
    gray: dict[str, Any] = {"color": "#666666", "linestyle": "--", "linewidth": 0.9}
    axes.plot(chance["rate"], 100 * chance["jaccard_chance"], label="two random sets", **gray)
    readings: dict[frozenset, int] = {}  # of a pair such as EL2N and Forgetting, those drawn so far
    for first, second, part in _pairs(table, names):
        pair = frozenset(name.split("-")[0] for name in (first, second))
        reading = readings[pair] = readings.get(pair, -1) + 1
        look: dict[str, Any] = {
            "color": COLORS[[*readings].index(pair)],
            "linestyle": LINES[reading % len(LINES)],
            "marker": style.MARKERS[reading % len(style.MARKERS)],
            "markersize": 3,
            "linewidth": 1,
        }
        label = f"{estimator_label(first)}, {estimator_label(second)}"
        axes.plot(part["rate"], 100 * part["jaccard"], label=label, **look)
    axes.set(xlabel="Pruning rate (%)", ylim=(0, 100))


def _matrix(axes: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """All pairs at the rate nearest to RATE: below the diagonal replaced, above it 1 - Jaccard."""
    rate = min(table["rate"].unique(), key=lambda r: abs(r - RATE))
    cells = np.full((len(names), len(names)), np.nan)
    place = {name: i for i, name in enumerate(names)}
    for first, second, part in _pairs(table[table["rate"] == rate], names):
        row, (i, j) = part.iloc[0], (place[first], place[second])
        cells[i, j], cells[j, i] = 100 * (1 - row["jaccard"]), 100 * row["replaced"]
    style.heatmap(axes, cells, Normalize(0, 100), size=6.5)
    axes.invert_yaxis()
    labels = [estimator_label(name) for name in names]
    axes.set_xticks(range(len(names)), labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), labels)
    replaced, altered = 100 * row["replaced_chance"], 100 * (1 - row["jaccard_chance"])
    below = f"below the diagonal replaced (two random sets {replaced:.0f})"
    above = f"above it 1 - Jaccard ({altered:.0f})"
    axes.set_title(f"{rate:g}% pruned, in percent: {below}, {above}", fontsize=7)
