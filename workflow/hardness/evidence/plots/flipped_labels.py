"""Beyond the two papers: drawing by difficulty with flipped labels."""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("flipped",)
SAMPLERS = {
    "permutation": ("Plain", "full", "o"),
    "uniform": ("Uniform, with replacement", "easy", "s"),
    "class-balanced": ("Class-balanced sampling", "clp", "^"),
    "difficulty": ("Difficulty", "plain", "D"),
}
CAPTION = (
    "Training on {dataset}, and on the same data with fewer flipped labels. Left: accuracy on the"
    " test set, whose labels are not flipped. Right: the share of the sampling weight that samples"
    " with flipped labels have by their difficulty at the end of training; dotted: their share of"
    " the samples. For other sampling, if its passes are observed, it is the weight that difficulty"
    " would give them. Mean over members, each with its own long-tailed choice of samples, with"
    " Student's t 95% interval. {with_flips}."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """quantity (accuracy, weight; flipped, the share of the samples), sampler, rate, mean, low,
    high (fractions), members.
    """
    rows = frames["flipped"]
    rows = rows[rows["sampler"].isin(SAMPLERS)]
    keys = ["sampler", "rate", "seed"]
    long = rows.melt(keys, ["accuracy", "weight", "flipped"], "quantity").dropna(subset="value")
    return select.summarize(long, ["quantity", "sampler", "rate"], "value")


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, ((accuracy, weight),) = style.panels(1, 2, style.PAGE, 2.4)
    shift = 0.5  # percent, so that intervals do not cover each other
    present = {key: look for key, look in SAMPLERS.items() if key in set(table["sampler"])}
    for place, (sampler, (name, color, marker)) in enumerate(present.items()):
        for axes, quantity in ((accuracy, "accuracy"), (weight, "weight")):
            rows = table[(table["quantity"] == quantity) & (table["sampler"] == sampler)]
            x = 100 * rows["rate"] + shift * (place - (len(present) - 1) / 2)
            look = {"marker": marker, "linestyle": "-", "label": name}
            if len(rows):
                style.interval_bars(axes, x, rows, style.COLORS[color], 100, **look)
    flipped = table[table["quantity"] == "flipped"].groupby("rate")["mean"].mean()
    share = {"color": style.COLORS["random"], "label": "Share of the samples"}
    lines = weight.plot(100 * flipped.index, 100 * flipped, ":", **share)
    accuracy.set_ylabel("Accuracy (%)")
    weight.set_ylabel("Weight of flipped samples (%)")
    for axes in (accuracy, weight):
        axes.set_xlabel("Flipped labels (%)")
        axes.set_xticks(sorted(100 * table["rate"].unique()))
    accuracy.legend(loc="lower left")
    weight.legend(handles=lines)
    return figure
