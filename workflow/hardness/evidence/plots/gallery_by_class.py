"""The hardest, the easiest and the most disputed images of each class."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.pictures import KINDS
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import named_rows

NUMBER = None
INPUTS = ("samples", "map", "ranks", "pictures")
CLASSES, SHOWN = 10, 4  # classes, and images of each kind, that fit on a page
LONGEST = 14  # letters of a class that fit beside its row
CAPTION = (
    "Images of each class of {dataset}, from the hardest class to the easiest: the hardest and the"
    " easiest images by {ranked_by}, and the most disputed ones (with the highest variability of"
    " confidence over training). Above each image: {ranked_by}, or variability for disputed ones,"
    " as means over {hardness} members; and, after #, the index. With more than 10 classes, the"
    " five hardest and the five easiest are shown. Single images have no interval."
)


def table(frames: dict, study: dict) -> pd.DataFrame:
    """The images of frames["pictures"] that show classes: rank (of the class, 1 = hardest), name,
    kind, position, index, file, score, variability, and row (of the picture).
    """
    pictures = frames["pictures"]
    own = np.flatnonzero(np.isin(pictures["kind"], KINDS))
    rows = pd.DataFrame({"kind": pictures["kind"], "index": pictures["index"]}).iloc[own]
    samples = frames["samples"].set_index("index").loc[rows["index"]]
    variability = frames["map"].set_index("index")["variability"].loc[rows["index"]]
    ranks = select.classes_by_hardness(frames["ranks"], study["ranked_by"])
    hardest_first = dict(zip(ranks["class"], len(ranks) + 1 - ranks["rank"], strict=True))
    rows = rows.assign(
        label=samples["label"].to_numpy(), name=samples["name"].to_numpy(),
        file=samples["file"].to_numpy(), score=samples[study["ranked_by"]].to_numpy(),
        variability=variability.to_numpy(), row=own,
    )  # fmt: skip
    rows = rows.assign(
        rank=rows["label"].map(hardest_first),
        position=rows.groupby(["label", "kind"]).cumcount(),
        place=rows["kind"].map(KINDS.index),
    ).sort_values(["rank", "place", "position"])
    columns = ["rank", "name", "kind", "position", "index", "file", "score", "variability", "row"]
    return rows[columns].reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict, images: np.ndarray) -> Figure:
    ranks = sorted(table["rank"].unique())
    shown = ranks if len(ranks) <= CLASSES else ranks[: CLASSES // 2] + ranks[-CLASSES // 2 :]
    score = estimator_label(study["ranked_by"])
    titles = (f"Hardest by {score}", f"Easiest by {score}", "Most disputed")
    figure = Figure(figsize=(style.PAGE, 0.78 * len(shown) + 0.3))
    widths = (1.07, 1, 1)  # the first has the names
    parts: Any = figure.subfigures(1, len(KINDS), width_ratios=widths)
    for part, kind, title in zip(parts, KINDS, titles, strict=True):
        part.suptitle(title, fontsize=7)
        grid = part.subplots(len(shown), SHOWN, squeeze=False)
        for line, rank in zip(grid, shown, strict=True):
            rows = table[(table["rank"] == rank) & (table["kind"] == kind)]
            _line(line, rows[rows["position"] < SHOWN], images)
            if kind == KINDS[0]:
                look: dict[str, Any] = {"rotation": 90, "ha": "right", "va": "center"}
                name = _short(str(rows["name"].iloc[0]))
                line[0].text(-0.12, 0.5, name, transform=line[0].transAxes, fontsize=6, **look)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _line(line: np.ndarray, rows: pd.DataFrame, images: np.ndarray) -> None:
    """The images of one class and kind, each with its value and its index."""
    for axes in line:
        axes.set_axis_off()
    for row, axes in zip(named_rows(rows.rename(columns={"index": "index_"})), line, strict=False):
        image = images[row.row]
        picture = image[..., 0] if image.shape[-1] == 1 else image
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        value = row.variability if row.kind == "disputed" else row.score
        text = f"{value + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
        axes.set_title(f"{text} #{row.index_}", fontsize=4.8, pad=2)
