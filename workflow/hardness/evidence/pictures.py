"""The small pictures of samples that the report and the gallery by class show, and which ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

KINDS = ("hardest", "easiest", "disputed")  # of each class, in this order
SIDE = 96  # pixels: larger images are made smaller
PER_CLASS = {20: 8, 100: 4}  # up to this number of classes: pictures of each kind and class
FEWEST = 2  # pictures of each kind and class, with more classes
MOST_LISTED = 200  # rows of the review list, and of duplicates, that get a picture


def per_class(classes: int) -> int:
    """How many pictures of each kind a class gets."""
    return next((count for most, count in PER_CLASS.items() if classes <= most), FEWEST)


def of_classes(
    order: np.ndarray, variability: np.ndarray, labels: np.ndarray, count: int
) -> dict[str, np.ndarray]:
    """The samples that stand for each class: columns kind and index, class by class.

    order: (n,) samples from the easiest to the hardest; variability: (n,) of the confidence over
    the training. Of each class the `count` hardest, easiest, and most disputed ones (of the highest
    variability; ties to the lower index), or all it has.
    """
    disputed = np.argsort(-variability, kind="stable")
    kinds, index = [], []
    for c in range(labels.max() + 1):
        for kind, samples in zip(KINDS, (order[::-1], order, disputed), strict=True):
            chosen = samples[labels[samples] == c][:count]
            kinds += [kind] * len(chosen)
            index.append(chosen)
    return {"kind": np.array(kinds), "index": np.concatenate(index)}


def of_rows(tables: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """The samples (part, index) in the first rows of tables with these columns, each once. Rows
    without an index, which are files that were left out, are skipped.
    """
    found: dict[tuple[str, int], None] = {}
    for table in tables:
        rows = zip(table["part"], np.asarray(table["index"], dtype=float), strict=True)
        shown = [(str(part), int(index)) for part, index in rows if np.isfinite(index)]
        found |= dict.fromkeys(shown[:MOST_LISTED])
    return list(found)


def small(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """An image (H, W, C) uint8, made smaller to fit into side x side pixels if it is larger."""
    from PIL import Image

    height, width = image.shape[:2]
    share = side / max(height, width)
    if share >= 1:
        return image
    size = max(round(width * share), 1), max(round(height * share), 1)
    plain = image[..., 0] if image.shape[2] == 1 else image
    resized = np.asarray(Image.fromarray(plain).resize(size, Image.Resampling.LANCZOS))
    return resized.reshape(*resized.shape[:2], image.shape[2])
