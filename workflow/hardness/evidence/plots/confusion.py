"""The confusion matrix of out-of-fold predictions, by networks that did not train on the sample."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("confusion",)
LISTED = 15  # confusions that are named if there are too many classes to name all
CAPTION = (
    "Predictions for samples of {dataset} by networks that did not train on them: share (%) of the"
    " samples of each given label (row) by predicted class (column). The diagonal is right; cells"
    " without samples are empty. The color scale is that of the square root, so that small shares"
    " can be seen. With more than 20 classes the rows and columns are not named, but the most"
    " frequent confusions are. No intervals are shown; out-of-fold/classes.csv has one for each"
    " class's accuracy."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """label, name, predicted, n, share: out-of-fold/confusion.csv."""
    columns = ["label", "name", "predicted", "n", "share"]
    return frames["confusion"][columns].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    listed = table.drop_duplicates("label").sort_values("label")["name"].astype(str)
    names, k = style.short(listed.tolist()), len(listed)
    if k <= style.MANY:
        side = style.COLUMN if k <= 6 else style.PAGE
        figure, ((axes,),) = style.panels(1, 1, side, min(0.9 + 0.36 * k, side))
        _matrix(figure, axes, table, 7 if k <= 10 else 5.5)
        slanted: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(k), names, **(slanted if max(map(len, names)) > 3 else {}))
        axes.set_yticks(range(k), names)
        return figure
    figure, ((left, right),) = style.panels(1, 2, style.PAGE, 3.6)
    _matrix(figure, left, table, None)
    _most_frequent(right, table)
    return figure


def _matrix(figure: Figure, axes: Axes, table: pd.DataFrame, letters: float | None) -> None:
    shares = table.pivot(index="label", columns="predicted", values="share")
    shares = shares.where(shares > 0)  # what never happens stays empty
    image = style.heatmap(axes, 100 * shares.to_numpy(), PowerNorm(0.5, 0, 100), letters)
    axes.invert_yaxis()
    axes.set(xlabel="Predicted, out of fold", ylabel="Given label")
    if letters is None:
        figure.colorbar(image, ax=axes, location="bottom", aspect=40, label="Share of the row (%)")


def _most_frequent(axes: Axes, table: pd.DataFrame) -> None:
    """The most frequent confusions, as bars with their names."""
    wrong = table[table["label"] != table["predicted"]]
    rows = wrong.sort_values(["share", "label", "predicted"], ascending=[False, True, True])
    rows = rows.head(LISTED)[::-1]
    name_of = table.drop_duplicates("label").set_index("label")["name"]
    pairs = zip(rows["name"], rows["predicted"].map(name_of), strict=True)
    names = [" → ".join(style.short([str(name) for name in pair])) for pair in pairs]
    axes.barh(range(len(rows)), 100 * rows["share"], color=style.COLORS["hard"])
    axes.set_yticks(range(len(rows)), names, fontsize=6)
    axes.set(xlabel="Share of the label's samples (%)", title="Most frequent confusions")
    axes.grid(axis="y", visible=False)
