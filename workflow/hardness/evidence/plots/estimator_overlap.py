"""Figure 10: how much of the pruned set changes when one hardness estimator is swapped for
another.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize

from hardness.evidence.plots import _style as style

NUMBER = "10"
INPUTS = ("overlap",)
RATE = 20  # percent pruned, of the matrix; the rate at which the paper states its numbers
PAIRS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
CAPTION = (
    "Pruned samples of {dataset} that differ when one hardness estimator is swapped for another. Left: share of"
    " the pruned set that is replaced, by pruning rate, for pairs of the paper's estimators; dashed: two random"
    " sets. Right: all pairs at one rate; below the diagonal the share replaced, above it 1 - Jaccard index (the"
    " paper's \"altered\"). One number a pair, of the ensembles' mean scores: no interval; reliability.csv says how"
    " far disjoint half-ensembles differ."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """All pairs and rates: first, second, rate, n_pruned, replaced, jaccard and their values by
    chance (shares).
    """
    columns = ["first", "second", "rate", "n_pruned", "replaced", "jaccard", "replaced_chance", "jaccard_chance",
               "replaced_chance_given_classes"]  # fmt: skip
    return frames["overlap"][columns].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict):
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
    for (one, other), color, marker in zip(
        combinations(main, 2), PAIRS, style.MARKERS, strict=False
    ):
        part = pair_of[frozenset((one, other))].sort_values("rate")
        label = f"{style.estimator_label(one)}, {style.estimator_label(other)}"
        left.plot(part["rate"], 100 * part["replaced"], color=color, marker=marker, label=label)
    left.set(
        xlabel="Pruning rate (%)", ylabel="Share of the pruned set replaced (%)", ylim=(0, 100)
    )
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3)

    rate = min(table["rate"].unique(), key=lambda r: abs(r - RATE))
    cells = np.full((len(names), len(names)), np.nan)
    for (i, one), (j, other) in combinations(enumerate(names), 2):
        row = pair_of[frozenset((one, other))].set_index("rate").loc[rate]
        cells[i, j], cells[j, i] = 100 * (1 - row["jaccard"]), 100 * row["replaced"]
    image = style.heatmap(right, cells, Normalize(0, 100), size=6.5)
    right.invert_yaxis()
    labels = [style.estimator_label(name) for name in names]
    right.set_xticks(range(len(names)), labels, rotation=40, ha="right", rotation_mode="anchor")
    right.set_yticks(range(len(names)), labels)
    by_chance = f"{100 * row['replaced_chance']:.0f}% replaced, {100 * (1 - row['jaccard_chance']):.0f}% by 1 - Jaccard"
    right.set_title(f"{rate:g}% pruned (two random sets: {by_chance})", fontsize=7)
    figure.colorbar(
        image, ax=right, label="Below: replaced; above: 1 - Jaccard (%)", aspect=30, pad=0.02
    )
    return figure
