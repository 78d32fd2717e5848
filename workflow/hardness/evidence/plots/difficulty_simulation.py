"""Figure 4 of Yu et al. (2022): loss and difficulty of simulated samples."""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _style as style

NUMBER = None
COUNTERPART = "Fig. 4"
INPUTS = ("rebalancing-simulation",)
KINDS = {0.1: ("Easy", style.COLORS["easy"]), 0.2: ("Normal", style.COLORS["plain"]),
         0.4: ("Hard", style.COLORS["hard"])}  # fmt: skip
CAPTION = (
    "Simulated samples of two classes, not from {dataset}: in each of 50 epochs the logit of the"
    " label falls by 1 with a probability of 0.1, 0.2 or 0.4, else it rises by 1. Left: their loss;"
    " right: their difficulty, c = 1. Means over 2,000 samples of each kind; band: 95% of the"
    " samples. Nothing is trained. Counterpart of Fig. 4 of Yu et al. (2022), whose settings are"
    " not in the paper: these are ours."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """simulation.csv as it is."""
    return frames["rebalancing-simulation"]


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, ((left, right),) = style.panels(1, 2, style.PAGE, 2.5)
    for probability, (kind, color) in KINDS.items():
        rows = table[table["probability"] == probability]
        label = f"{kind}: falls with probability {probability:g}"
        left.plot(rows["epoch"], rows["loss"], color=color, label=label)
        right.plot(rows["epoch"], rows["difficulty"], color=color)
        right.fill_between(
            rows["epoch"], rows["low"], rows["high"], color=color, alpha=0.18, linewidth=0
        )
    left.set(xlabel="Epoch", ylabel="Loss", ylim=(0, None))
    right.set(xlabel="Epoch", ylabel="Difficulty", ylim=(0, None))
    left.legend(loc="best")
    return figure
