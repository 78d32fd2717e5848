"""Figure 10: how much of the pruned set changes when one hardness estimator is swapped for
another.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = "10"
INPUTS = ("overlap",)
RATE = 20  # percent pruned, of the matrix; the rate at which the paper states its numbers
PAIRS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
CAPTION = (
    "Pruned samples of {dataset} that differ when one hardness estimator is swapped for another."
    " Left: share of the pruned set that is replaced, by pruning rate, for pairs of the paper's"
    " estimators; dashed: two random sets. Right: all pairs at one rate; below the diagonal the"
    ' share replaced, above it 1 - Jaccard index (the paper\'s "altered"). One number a pair, of'
    " the ensembles' mean scores: no interval; reliability.csv says how far disjoint half-ensembles"
    " differ."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """All pairs and rates: first, second, rate, n_pruned, replaced, jaccard and their values by
    chance (shares).
    """
    columns = ["first", "second", "rate", "n_pruned", "replaced", "jaccard"]
    columns += ["replaced_chance", "jaccard_chance", "replaced_chance_given_classes"]
    return frames["overlap"][columns].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, ((left, right),) = style.panels(1, 2, style.PAGE, 3.7, width_ratios=[1, 1.45])
    pair_of = {frozenset(pair): part for pair, part in table.groupby(["first", "second"])}
    names = sorted(set(table["first"]) | set(table["second"]))
    main = style.main_estimators(names)
    names = main + [name for name in names if name not in main]

    chance = table.drop_duplicates("rate").sort_values("rate")
    left.plot(
        chance["rate"],
        100 * chance["replaced_chance"],
        color="#666666",
        linestyle="--",
        label="two random sets",
    )
    for (first, second), color, marker in zip(
        combinations(main, 2), PAIRS, style.MARKERS, strict=False
    ):
        part = pair_of[frozenset((first, second))].sort_values("rate")
        label = f"{estimator_label(first)}, {estimator_label(second)}"
        left.plot(part["rate"], 100 * part["replaced"], color=color, marker=marker, label=label)
    left.set(
        xlabel="Pruning rate (%)", ylabel="Share of the pruned set replaced (%)", ylim=(0, 100)
    )
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3)

    rate = min(table["rate"].unique(), key=lambda r: abs(r - RATE))
    cells = np.full((len(names), len(names)), np.nan)
    for (i, first), (j, second) in combinations(enumerate(names), 2):
        row = pair_of[frozenset((first, second))].set_index("rate").loc[rate]
        cells[i, j], cells[j, i] = 100 * (1 - row["jaccard"]), 100 * row["replaced"]
    image = style.heatmap(right, cells, Normalize(0, 100), size=6.5)
    right.invert_yaxis()
    labels = [estimator_label(name) for name in names]
    right.set_xticks(range(len(names)), labels, rotation=40, ha="right", rotation_mode="anchor")
    right.set_yticks(range(len(names)), labels)
    replaced, altered = 100 * row["replaced_chance"], 100 * (1 - row["jaccard_chance"])
    by_chance = f"{replaced:.0f}% replaced, {altered:.0f}% by 1 - Jaccard"
    right.set_title(f"{rate:g}% pruned (two random sets: {by_chance})", fontsize=7)
    figure.colorbar(
        image, ax=right, label="Below: replaced; above: 1 - Jaccard (%)", aspect=30, pad=0.02
    )
    return figure
