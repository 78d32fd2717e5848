"""Beyond the two papers: how far networks agree on which samples are difficult."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("agreement",)
OWN, MOST = "psi-difficulty", 5  # the most lines that can be told apart
CAPTION = (
    "How far networks on {dataset}, trained without re-balancing, agree on which samples are hard:"
    " Spearman's rank correlation over samples between the mean scores of two disjoint ensembles,"
    " by the number of members of each, for the difficulty of Yu et al. and other scores. Mean over"
    " random choices of the two ensembles, with their 5-95% range (not an interval: choices share"
    " members). For single members: mean over all pairs, with the 5-95% range over members of each"
    " member's mean. {on_full}."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """estimator, members (of each of two ensembles), mean, low, high."""
    rows = frames["agreement"]
    single = rows[rows["members"] == 1].groupby(["estimator", "members"])["correlation"]
    ends = {"mean": single.mean(), "low": single.quantile(0.05), "high": single.quantile(0.95)}
    several = rows[rows["members"] > 1].rename(columns={"correlation": "mean"})
    both = [pd.DataFrame(ends).reset_index(), several[["estimator", "members", *ends]]]
    found = pd.concat(both, ignore_index=True)
    shown = [OWN, *(name for name in dict.fromkeys(rows["estimator"]) if name != OWN)][:MOST]
    found = found[found["estimator"].isin(shown)]
    return found.sort_values(["estimator", "members"], ignore_index=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, ((axes,),) = style.panels(1, 1, style.COLUMN, 2.6)
    names = [OWN, *(name for name in dict.fromkeys(table["estimator"]) if name != OWN)]
    colors = ["plain", "dlp", "clp", "easy", "random"]
    for name, color, marker in zip(names, colors, style.MARKERS, strict=False):
        rows = table[table["estimator"] == name]
        look: dict[str, Any] = {"marker": marker, "label": estimator_label(name)}
        style.interval_line(axes, rows["members"], rows, style.COLORS[color], **look)
    axes.set_xlabel("Members of each ensemble")
    axes.set_ylabel("Rank correlation of the samples' scores")
    axes.set_xticks(sorted(table["members"].unique()))
    style.within(axes, 0, 1)
    axes.legend()
    return figure
