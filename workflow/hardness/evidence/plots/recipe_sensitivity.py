"""How far the scores of the same samples agree between recipes, and within one."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("recipe-sensitivity",)
RATE = 30  # percent pruned in the right panel, or the nearest rate that exists
SAME, OTHER = style.COLORS["reference"], style.COLORS["plain"]
CAPTION = (
    "How far scores on {dataset} depend on the recipe: halves of ensembles, with different seeds,"
    " by the same recipe (gray) and by two recipes (blue). Left: Spearman's correlation over"
    " samples; right: share of the pruned set that differs. Mean over random splits into halves,"
    " with the 5-95% band over splits, which is not a confidence interval. A difference that is as"
    " large within a recipe is due to the members, not to the recipe."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """sensitivity/recipes.csv: all correlations, and of pruned sets the rate nearest to RATE."""
    rows = frames["recipe-sensitivity"]
    rates = [name for name in rows["quantity"].unique() if name != "scores"]
    nearest = min(rates, key=lambda name: abs(float(name.removeprefix("pruned-")) - RATE))
    return rows[rows["quantity"].isin(["scores", nearest])].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    names = table["estimator"].unique().tolist()
    pairs = list(dict.fromkeys(zip(table["first"], table["second"], strict=True)))
    height = 1.2 + 0.11 * len(names) * len(pairs)
    figure, (row,) = style.panels(1, 2, style.PAGE, height, sharey=True)
    (rate,) = {name for name in table["quantity"].unique() if name != "scores"}
    _panel(row[0], table[table["quantity"] == "scores"], names, pairs, 1)
    _panel(row[1], table[table["quantity"] == rate], names, pairs, 100)
    row[0].set_yticks(range(len(names)), [estimator_label(name) for name in names])
    row[0].set_xlabel("Correlation of the scores")
    row[1].set_xlabel(f"Share of the easiest {rate.removeprefix('pruned-')}% that differs (%)")
    for first, second in pairs:
        label = first if first == second else f"{first}, {second}"
        row[0].plot([], [], _marker(pairs, (first, second)), color=_color(first, second),
                    markersize=4, label=label)  # fmt: skip
    figure.legend(loc="outside upper center", ncols=3, fontsize=6)
    return figure


def _color(first: str, second: str) -> str:
    return SAME if first == second else OTHER


def _marker(pairs: list[tuple[str, str]], pair: tuple[str, str]) -> str:
    return style.MARKERS[pairs.index(pair) % len(style.MARKERS)]


def _panel(
    axes: Axes, rows: pd.DataFrame, names: list[str], pairs: list[tuple[str, str]], scale: float
) -> None:
    for place, pair in enumerate(pairs):
        part = rows[(rows["first"] == pair[0]) & (rows["second"] == pair[1])]
        at = [names.index(name) + 0.8 * ((place + 0.5) / len(pairs) - 0.5)
              for name in part["estimator"]]  # fmt: skip
        color = _color(*pair)
        axes.hlines(at, scale * part["low"], scale * part["high"], color=color, linewidth=0.9)
        axes.plot(scale * part["value"], at, _marker(pairs, pair), color=color, markersize=4)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
