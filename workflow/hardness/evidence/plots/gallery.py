"""Figure 6: the hardest and the easiest images of the training set; duplicates are marked."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import named_rows

NUMBER = "6"
INPUTS = ("samples", "duplicates", "images")
COLUMNS = 10
LONGEST = 16  # letters of a label that fit above an image
CONFLICT, AGREE = style.COLORS["hard"], style.COLORS["dlp"]
CAPTION = (
    "The hardest and the easiest training images of {dataset} by {ranked_by}: given label, score"
    " (mean over {hardness} members) and, after #, index. A frame marks an image that occurs more"
    " than once with identical pixels in the training or the test set: wine, solid: with different"
    " labels; blue, dashed: with the same label. Copies share a letter; if a letter occurs only"
    " once, the other copies are not among these images (duplicates.csv has them). Single images"
    " have no interval."
)


def table(frames: dict, study: dict) -> pd.DataFrame:
    """kind (hardest, easiest), position, index, name, score: the samples in the index (2, m) of
    frames["images"], in its order; and copies, a letter for all copies of an image or none, and
    conflict, whether their labels differ.
    """
    samples, index = frames["samples"].set_index("index"), np.asarray(frames["images"]["index"])
    duplicates = frames["duplicates"]
    exact = duplicates[(duplicates["kind"] == "exact") & (duplicates["part"] == "train")].set_index(
        "index"
    )
    rows = pd.DataFrame({
        "kind": np.repeat(["hardest", "easiest"], index.shape[1]),
        "position": np.tile(np.arange(index.shape[1]), 2),
        "index": index.ravel(),
        "name": samples["name"].loc[index.ravel()].to_numpy(),
        "score": samples[study["ranked_by"]].loc[index.ravel()].to_numpy(),
    })  # fmt: skip
    groups = rows["index"].map(exact["group"])
    letters = {group: _letter(place) for place, group in enumerate(groups.dropna().unique())}
    conflict = rows["index"].isin(exact.index[exact["conflict"].astype(bool)])
    return rows.assign(copies=groups.map(letters), conflict=conflict)


def _letter(place: int) -> str:
    """A, B, ..., Z, AA, BB, ..."""
    return chr(ord("A") + place % 26) * (1 + place // 26)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def draw(table: pd.DataFrame, study: dict, images: np.ndarray) -> Figure:
    """images: (2, m, H, W, C) uint8, the hardest, then the easiest, in the table's order; C is 1 or
    3.
    """
    m = images.shape[1]
    columns, rows = min(m, COLUMNS), -(-m // COLUMNS)
    figure, grid = style.panels(
        2 * rows, columns, style.PAGE * columns / COLUMNS, 2 * rows * 0.95 + 0.2
    )
    for axes in grid.flat:
        axes.set_axis_off()
    for half, kind, color in (
        (0, "hardest", style.COLORS["hard"]),
        (1, "easiest", style.COLORS["easy"]),
    ):
        cells = grid[half * rows : (half + 1) * rows]
        rows_of_kind = named_rows(table[table["kind"] == kind])
        for row, image, axes in zip(rows_of_kind, images[half], cells.flat, strict=False):
            picture = image[..., 0] if image.shape[-1] == 1 else image
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            score = f"{row.score + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
            axes.set_title(f"{_short(str(row.name))}\n{score}  #{row.index}", fontsize=5.5, pad=3)
            if isinstance(row.copies, str):
                _mark(axes, row.copies, row.conflict)
        for line in cells[:, 0]:
            look: dict[str, Any] = {"rotation": 90, "ha": "right", "va": "center", "fontsize": 6.5}
            text: dict[str, Any] = {"transform": line.transAxes, "color": style.ink(color), **look}
            line.text(-0.12, 0.5, kind.capitalize(), **text)
    score = estimator_label(study["ranked_by"])
    figure.suptitle(f"Above each image: label, {score}, #index", fontsize=7)
    return figure


def _mark(axes: Axes, letter: str, conflict: bool) -> None:
    """A frame around an image that occurs more than once, and its letter in the corner."""
    color = CONFLICT if conflict else AGREE
    frame: dict[str, Any] = {
        "facecolor": "none",
        "edgecolor": color,
        "linewidth": 1.8,
        "linestyle": "-" if conflict else (0, (2, 1)),
    }
    axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, clip_on=False, **frame))
    box: dict[str, Any] = {"boxstyle": "square,pad=0.15", "facecolor": color, "edgecolor": "none"}
    corner: dict[str, Any] = {"transform": axes.transAxes, "ha": "right", "va": "bottom"}
    axes.text(0.94, 0.06, letter, fontsize=6, fontweight="bold", color="white", bbox=box, **corner)
