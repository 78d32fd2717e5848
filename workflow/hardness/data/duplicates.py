"""Inputs that are in a data set more than once, training and test set together: exactly, or
nearly.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from hardness.core.artifacts import array_digest
from hardness.data.datasets import Data
from hardness.data.provenance import NONE

BLOCKS = 8  # along each side, over which images are averaged to find candidates for near duplicates
TILE = 2048  # images that are compared with as many others at once: 16 MiB
CHUNK = 2**18  # values of the images that are compared at full resolution at once: 2 MiB
MOST_PAIRS = 10**7  # near pairs, beyond which a threshold is called too large


def find(data: Data, rms: float | None, test_files: np.ndarray = NONE) -> dict[str, list]:
    """Columns of duplicates.csv: the groups of `exact`, then, unless rms is None, those of `near`
    with the next numbers. test_files: (n_test,), or (0,) where they are unknown.
    """
    found = exact(data, test_files)
    if rms is None:
        return found
    count = len(set(found["group"]))
    nearly = near(data, rms, test_files)
    nearly["group"] = [group + count for group in nearly["group"]]
    return {name: found[name] + nearly[name] for name in found}


def described(columns: Mapping[str, Sequence]) -> str:
    """A line for the log: how many inputs occur more than once."""
    kinds = dict(zip(columns["group"], columns["kind"], strict=True))
    conflicts = dict(zip(columns["group"], columns["conflict"], strict=True))
    near = sum(kind == "near" for kind in kinds.values())
    return (
        f"{len(columns['group'])} inputs in {len(kinds)} groups: {len(kinds) - near} of equal "
        f"inputs, {near} of nearly equal ones; in {sum(conflicts.values())} labels differ"
    )


def exact(data: Data, test_files: np.ndarray = NONE) -> dict[str, list]:
    """Groups of inputs with the same values, as columns with one row per input.

    group: from 0, in the order of their first inputs (training before test inputs); part: train or
    test; index: the row there; file: where files are known; label, name: its class; conflict:
    labels in the group differ; kind: exact; distance: 0.
    """
    first = first_identical(chain(data.train_inputs, data.test_inputs))
    groups = _groups(first)
    distances = [np.zeros(len(members)) for members in groups]
    return _columns(data, groups, "exact", distances, test_files)


def near(data: Data, rms: float, test_files: np.ndarray = NONE) -> dict[str, list]:
    """Groups of inputs that are nearly the same, columns as in `exact`. Groups that hold exact
    duplicates only are left out.

    Two inputs are near duplicates if the root mean square difference of their values is at most
    `rms`: of pixels (0 to 255), or of a row's columns. A group is a connected component, with all
    exact duplicates of its inputs: if a is near b and b is near c, then a and c are in one group,
    however far apart.
    kind: near; distance: the root mean square difference from the group's first input, which in a
    chain may be larger than `rms`. The time grows with the square of the number of inputs. Raises
    ValueError beyond ten million near pairs.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    images = np.concatenate([data.train_inputs, data.test_inputs])
    images = images if images.ndim == 4 else images[:, None, :, None]  # a row: one line of pixels
    first = first_identical(images)
    distinct = np.flatnonzero(first == np.arange(len(first)))
    pairs = near_pairs(images, rms, distinct)
    links = coo_array(
        (np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])),
        shape=(len(images), len(images)),
    )
    component = connected_components(links, directed=False)[1][first]
    groups = [members for members in _groups(component) if len(set(first[members])) > 1]
    distances = [
        np.sqrt(_squared(images, np.full(len(members), members[0]), members) / images[0].size)
        for members in groups
    ]
    return _columns(data, groups, "near", distances, test_files)


def first_identical(images: Iterable[np.ndarray]) -> np.ndarray:
    """For each input the place of the first one with the same values, which may be its own: (n,)
    int64.
    """
    seen: dict[str, int] = {}
    return np.array(
        [seen.setdefault(array_digest(image), i) for i, image in enumerate(images)], dtype=np.int64
    )


def near_pairs(images: np.ndarray, rms: float, rows: np.ndarray) -> np.ndarray:
    """The pairs of rows, (m, 2) with the first below the second, whose pixels' root mean square
    difference is at most rms.

    images: (n, H, W, C) uint8 or float32; rows: those to be compared, rising.
    Means over blocks of pixels never differ by more than the pixels do (the Cauchy-Schwarz
    inequality): they leave few pairs to be compared at full resolution. Raises ValueError beyond
    ten million pairs.
    """
    means = _block_means(images, rows)
    squares = (means**2).sum(axis=1, keepdims=True) / 2
    ones = np.ones_like(squares)
    # product: -(distance^2) / 2
    left, right = (
        np.hstack([means, squares, ones]),
        np.hstack([means, -ones, -squares]),
    )
    rounding = 4 * left.shape[1] * np.finfo(np.float32).eps * squares.max(initial=0)
    limit = np.float32(-(rms**2) / 2 - rounding)
    size = images[0].size
    found, count = [np.empty((0, 2), dtype=np.int64)], 0
    for start in range(0, len(rows), TILE):
        for other in range(start, len(rows), TILE):
            one, two = np.nonzero(
                left[start : start + TILE] @ right[other : other + TILE].T >= limit
            )
            pairs = np.column_stack([one + start, two + other])
            pairs = rows[pairs[pairs[:, 0] < pairs[:, 1]]]
            found.append(pairs[_squared(images, *pairs.T) <= rms**2 * size])
            count += len(found[-1])
            if count > MOST_PAIRS:
                raise ValueError(
                    f"more than {MOST_PAIRS:,} pairs of inputs differ by at most {rms:g} (root "
                    "mean square): too many to be near duplicates; choose a smaller "
                    f"near_duplicates than {rms:g} in the config"
                )
    return np.concatenate(found)


def _block_means(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Means over blocks of pixels, (m, blocks) float32, less the mean image's, weighted such that
    the squared distance of two rows is a lower bound of the images' mean squared difference.
    """
    starts = [
        np.arange(min(BLOCKS, side)) * side // min(BLOCKS, side) for side in images.shape[1:3]
    ]
    heights, widths = (
        np.diff(start, append=side) for start, side in zip(starts, images.shape[1:3], strict=True)
    )
    area = (heights[:, None] * widths)[..., None]
    means = np.empty((len(rows), area.size * images.shape[3]), dtype=np.float32)
    for start in range(0, len(rows), TILE):
        part = images[rows[start : start + TILE]]
        sums = np.add.reduceat(np.add.reduceat(part, starts[0], 1, dtype=np.float64), starts[1], 2)
        means[start : start + TILE] = (sums / np.sqrt(area * images[0].size)).reshape(len(part), -1)
    return means - means.mean(axis=0, dtype=np.float64).astype(np.float32)


def _squared(images: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """The sum of the squared pixel differences of each pair of rows: (m,) float64, exact."""
    chunk = max(CHUNK // images[0].size, 1)
    sums = np.empty(len(one))
    for start in range(0, len(one), chunk):
        part = slice(start, start + chunk)
        difference = images[one[part]].astype(np.float64)
        difference -= images[two[part]]
        flat = difference.reshape(len(difference), -1)
        sums[part] = np.vecdot(flat, flat)
    return sums


def _groups(group: np.ndarray) -> list[np.ndarray]:
    """The places of each value that occurs twice or more, rising; groups in the order of their
    first places.
    """
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return sorted((part for part in parts if len(part) > 1), key=lambda part: part[0])


def _columns(
    data: Data,
    groups: Sequence[np.ndarray],
    kind: str,
    distances: Sequence[np.ndarray],
    test_files: np.ndarray,
) -> dict[str, list]:
    names = ("group", "part", "index", "file", "label", "name", "conflict", "kind", "distance")
    columns: dict[str, list] = {name: [] for name in names}
    train, labels = len(data.train_labels), np.concatenate([data.train_labels, data.test_labels])
    for number, (members, distance) in enumerate(zip(groups, distances, strict=True)):
        conflict = bool((labels[members] != labels[members[0]]).any())
        for place, far in zip(members, distance, strict=True):
            trained = place < train
            index, label = int(place if trained else place - train), int(labels[place])
            files = data.files if trained else test_files
            file = str(files[index]) if len(files) else None
            part, name = "train" if trained else "test", str(data.class_names[label])
            row = number, part, index, file, label, name, conflict, kind, round(float(far), 4)
            for column, value in zip(names, row, strict=True):
                columns[column].append(value)
    return columns
