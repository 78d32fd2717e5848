"""The data map of hardness without labels: MSD by its deviation, like confidence by variability in
the map of Swayamdipta et al. (2020); and MSD by the norm of the feature, to which it is close.
"""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _style as style
from hardness.evidence.plots import data_map

NUMBER = None
INPUTS = ("samples", "map")
ESTIMATORS = ("msd", "msd-std", "feature-norm")
CAPTION = (
    "The training samples of {dataset} in networks trained without labels: MSD, the mean squared"
    " change of a sample's feature from epoch to epoch, by the standard deviation of that change"
    " over the epochs (left), and by the length of the feature (right), means over {hardness}"
    " members. Low MSD is said to be hard. Color: share of epochs in which networks that learn with"
    " labels were right; if MSD measured hardness, the colors would be layered from bottom to top."
    " Points are single samples, without intervals. {without_labels}."
)
AXES = {
    "msd-std": "Deviation of the change over epochs",
    "feature-norm": "Mean length of the feature",
}


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """index, name, msd, msd-std, feature-norm of samples.csv, and correctness of data-map.csv."""
    scores = frames["samples"][["index", "name", "msd", *AXES]]
    right = frames["map"][["index", "correctness"]]
    both = scores.merge(right, on="index", validate="one_to_one")
    # samples that are seldom right are drawn last, on top of the others
    return both.sort_values("correctness", ascending=False, kind="stable", ignore_index=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    figure, (row,) = style.panels(1, 2, style.PAGE, 3.0, sharey=True)
    for axes, (column, label) in zip(row, AXES.items(), strict=True):
        data_map.scatter(axes, table, column, "msd", legend=axes is row[0])
        axes.set(xlabel=label, ylabel="MSD (low: hard)", ylim=(0, None))
    handles, labels = row[0].get_legend_handles_labels()
    row[0].get_legend().remove()
    title = data_map.AXES["correctness"]
    figure.legend(handles, labels, loc="outside lower center", ncols=5, title=title)
    return figure
