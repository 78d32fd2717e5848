"""Whether difficulty converges, as Yu et al. (2022) say: how much it changes in each epoch."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hardness.evidence.plots import _methods as methods
from hardness.evidence.plots import _style as style

NUMBER = None
COUNTERPART = "Sec. 3.3.3"
INPUTS = ("epochs-of-sub-classes",)
MEASURES = {
    "change": "Change of difficulty, of its norm (%)",
    "growth": "Growth of the difficulty vectors (%)",
}
OTHER_C = "Difficulty, c "
CAPTION = (
    "How much the difficulty (c = 1) of the training samples of {dataset} still changes from epoch"
    " to epoch. Left: norm of the change over the samples, as a share of the norm before; right:"
    " relative growth of the length of a sample's difficulty vector, mean over the samples. Yu et"
    " al. (2022, Sec. 3.3.3) say that this length converges in training. Median over {retraining}"
    " seeds; band: range over all seeds. {training}."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """set, base, method, epochs, epoch, measure, median, low, high, members: over seeds."""
    rows = methods.named(frames["epochs-of-sub-classes"], study)
    rows = rows[~rows["method"].str.startswith(OTHER_C)]  # epochs.csv has difficulty with c = 1
    keys = ["set", "base", "method", "epochs", "epoch"]
    long = rows.melt(keys, list(MEASURES), var_name="measure", value_name="value")
    over_seeds = {"median": "median", "low": "min", "high": "max", "members": "count"}
    by = [*keys, "measure"]
    return long.groupby(by, sort=False)["value"].agg(**over_seeds).reset_index()


def draw(table: pd.DataFrame, study: dict) -> Figure:
    panels = list(table.groupby(["set", "base", "epochs"], sort=False))
    figure, grid = style.panels(len(panels), 2, style.PAGE, 0.4 + 2.4 * len(panels))
    for row, ((name, base, epochs), rows) in zip(grid, panels, strict=True):
        for axes, (measure, label) in zip(row, MEASURES.items(), strict=True):
            own = rows[rows["measure"] == measure]
            for method, part in own.groupby("method", sort=False):
                shown = part.rename(columns={"median": "mean"})
                color = methods.color_of(str(method))
                style.interval_line(axes, shown["epoch"], shown, color, 100, label=method)
            axes.set(xlabel="Epoch", ylabel=label, yscale="log")
            methods.plain_numbers(axes.yaxis, subs=(1,))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        row[0].set_title(methods.panel_title(name, base, epochs), loc="left")
        row[0].legend(loc="best")
    return figure
