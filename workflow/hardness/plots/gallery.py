"""The hardest and the easiest images of the training set. (The paper's Figure 6 shows the hardest of CIFAR-100.)"""

import numpy as np
import pandas as pd

from . import _style as style

NUMBER = "6"
COLUMNS = 10
CAPTION = (
    "The hardest and the easiest training images of {dataset} by the paper's estimator, each with its given label"
    " and its score, mean over the members of the hardness ensemble. Single images: no interval."
)


def table(frames: dict, study: dict) -> pd.DataFrame:
    """kind (hardest, easiest), position, index, name, score: the samples of frames["index"] (2, m), in its order."""
    samples, index = frames["samples"].set_index("index"), np.asarray(frames["index"])
    parts = []
    for kind, rows in zip(("hardest", "easiest"), index, strict=True):
        chosen = samples.loc[rows]
        columns = {
            "kind": kind,
            "position": range(len(rows)),
            "index": rows,
            "name": chosen["name"].astype(str).to_numpy(),
        }
        parts.append(pd.DataFrame({**columns, "score": chosen[study["paper_estimator"]].to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame, study: dict, images: np.ndarray):
    """images: (2, m, H, W, C) uint8, the hardest, then the easiest, in the table's order; C is 1 or 3."""
    m = images.shape[1]
    columns, rows = min(m, COLUMNS), -(-m // COLUMNS)
    figure, grid = style.panels(2 * rows, columns, style.PAGE * columns / COLUMNS, 2 * rows * 0.95 + 0.2)
    for axes in grid.flat:
        axes.set_axis_off()
    for half, kind, color in ((0, "hardest", style.COLORS["hard"]), (1, "easiest", style.COLORS["easy"])):
        rows_of_kind = table[table["kind"] == kind].itertuples()
        for row, image, axes in zip(rows_of_kind, images[half], grid[half * rows :].flat, strict=False):
            picture = image[..., 0] if image.shape[-1] == 1 else image
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            title = f"{str(row.name).replace('_', ' ')}\n{row.score + 0.0:.2f}"
            axes.set_title(title, fontsize=6, pad=2, color=style.ink(color))
    score = style.estimator_label(study["paper_estimator"])
    figure.suptitle(f"Hardest (top) and easiest images: label and {score}", fontsize=8)
    return figure
