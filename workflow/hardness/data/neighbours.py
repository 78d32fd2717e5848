"""Exact nearest neighbours, and what is measured from them: distances, centroids, coordinates.

Candidates come from blocked float32 matrix products. Their distances are then computed again from
the differences, and a bound on the products' rounding says whether a neighbour may be missing.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hardness.data.datasets import Data
from hardness.data.duplicates import first_identical
from hardness.data.spaces import SETTINGS, Points

if TYPE_CHECKING:
    import torch

BLOCK = 2**26  # products held at once: 256 MiB
CHUNK = 2**18  # values of differences held at once: 2 MiB, which caches hold
SPARE = 8  # candidates beyond k: few rows need more of them
AXES = 8  # principal axes of a neighbourhood that are kept
FLAT = 1e-5  # share of the first axis' variance below which an axis is only rounding


class Nearest(NamedTuple):
    """The k nearest points, nearest first, equally near ones by index.

    indices: (n, k) int32; distances: (n, k) float32.
    """

    indices: np.ndarray
    distances: np.ndarray


class _Points(NamedTuple):
    """Points on the device, ready for products. center: (d,); columns: (d, n) float32, the points
    less the center; squares: (n,), their squared lengths; radius: the largest length.
    """

    center: "torch.Tensor"
    columns: "torch.Tensor"
    squares: "torch.Tensor"
    radius: float


def measured(
    points: Points, data: Data, k: int, settings: Iterable[str] = SETTINGS, device: str = "cpu"
) -> dict[str, np.ndarray]:
    """The arrays of neighbours/{space}.npz, in the space's own units. For each setting (see
    spaces.SETTINGS) and named {setting}_{name}: indices (n, k) int32 of the neighbours; their
    distances (n, k), centroid_distances (n, classes) and coordinates (n, k, a), all float32.
    """
    arrays = {}
    for setting in settings:
        rows, among = SETTINGS[setting]
        there, asked = getattr(points, among), getattr(points, rows)
        indices, distances = nearest(there, k, None if rows == among else asked, device)
        if indices.shape[1] < k:
            print(f"{setting}: {indices.shape[1]} neighbours instead of {k}: there are no more")
        labels = getattr(data, f"{among}_labels")
        made = {
            "distances": distances,
            "centroid_distances": centroid_distances(there, labels, data.classes, asked),
            "coordinates": local_coordinates(there, asked, indices),
        }
        arrays[f"{setting}_indices"] = indices
        for name, array in made.items():
            arrays[f"{setting}_{name}"] = array * np.float32(points.unit)
    return arrays


def nearest(
    points: np.ndarray, k: int, queries: np.ndarray | None = None, device: str = "cpu"
) -> Nearest:
    """The k nearest points to each query. Without queries: to each point, which is itself left out
    by its index, so that a duplicate of it is a neighbour at distance 0.

    points: (n, d) uint8 or float32; queries: (m, d) of the same type. Distances are Euclidean, in
    the points' unit, and come from float64 differences. Where there are fewer than k others, all of
    them are returned. Of equal points only the first k + 1 are searched: no later one can be among
    the k nearest. Needs about 0.6 GiB beside a float32 copy of the points.
    Raises ValueError if there is no other point, or k is below 1.
    """
    own, asked = queries is None, points if queries is None else queries
    others = len(points) - 1 if own else len(points)
    if k < 1 or others < 1:
        raise ValueError(f"{k} neighbours among {others} other points; expected at least 1 of each")
    k = min(k, others)
    searched = _first_copies(points, k + 1)
    places_of = np.full(len(points), -1)
    places_of[searched] = np.arange(len(searched))
    if len(searched) < len(points):
        points = points[searched]
    there, rows = _ready(points, device), max(1, BLOCK // len(points))
    found = Nearest(np.empty((len(asked), k), np.int32), np.empty((len(asked), k), np.float32))
    for start in range(0, len(asked), rows):
        block = asked[start : start + rows]
        products, slack = _products(there, block)
        if own:
            itself = places_of[start : start + rows]
            held = np.flatnonzero(itself >= 0)
            products[held, itself[held]] = np.inf
        places, exact = _chosen(points, block, products, slack, k)
        found.indices[start : start + rows] = searched[places]
        found.distances[start : start + rows] = np.sqrt(exact)
    return found


def _first_copies(points: np.ndarray, most: int) -> np.ndarray:
    """The places, rising, of all points except those with `most` or more equal ones before them."""
    first = first_identical(points)
    order = np.argsort(first, kind="stable")
    before = np.arange(len(first)) - np.searchsorted(first[order], first[order])
    return np.sort(order[before < most])


def _ready(points: np.ndarray, device: str) -> _Points:
    import torch

    held = torch.from_numpy(np.require(points, None, ["C", "W"])).to(device)
    if held.is_floating_point():
        center = held.mean(0)
    else:  # whole numbers stay exact
        center = torch.full(held.shape[1:], 128.0, device=held.device)
    columns = (held - center).T
    squares = torch.linalg.vector_norm(columns, dim=0) ** 2
    return _Points(center, columns, squares, float(squares.max() ** 0.5))


def _products(there: _Points, block: np.ndarray) -> tuple["torch.Tensor", np.ndarray]:
    """Products (b, n), which rank all points by their distance from each row of the block: the
    squared distance less the row's squared length. And the slack (b,): a point at a true squared
    distance of at most D has a product of at most D + slack.

    The slack bounds the rounding of float32 sums of d products, in any order, and of the operations
    around them.
    """
    import torch

    rows = torch.from_numpy(np.require(block, None, ["C", "W"])).to(there.center.device)
    rows = rows - there.center
    products = torch.addmm(there.squares[None], rows, there.columns, alpha=-2)
    lengths = torch.linalg.vector_norm(rows, dim=1, dtype=torch.float64).cpu().numpy()
    rounding = (block.shape[1] + 8) * 2.0**-24
    return products, rounding * (lengths + there.radius) ** 2 - lengths**2


def _chosen(
    points: np.ndarray,
    block: np.ndarray,
    products: "torch.Tensor",
    slack: np.ndarray,
    k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of each row by true squared distance: their places (b, k) and distances (b, k).

    products: (b, n), infinite where a point is the row itself.
    """
    wide = min(k + SPARE, max(k, len(points) - 1))
    smallest, columns = products.topk(wide, largest=False)
    last, candidates = smallest[:, -1].cpu().numpy(), columns.cpu().numpy()
    places, exact = _sorted(candidates, _squared(points, block, candidates))
    limit = exact[:, k - 1] + slack  # no neighbour has a product above it
    places, exact = places[:, :k], exact[:, :k]
    for row in np.flatnonzero(last <= limit) if wide < len(points) else ():
        more = (products[row] <= limit[row]).nonzero()[:, 0].cpu().numpy()
        # each candidate is its own query, so that only a chunk of them is held at once
        same = np.broadcast_to(block[row], (len(more), block.shape[1]))
        more, distances = _sorted(more[None], _squared(points, same, more[:, None]).T)
        places[row], exact[row] = more[0, :k], distances[0, :k]
    return places, exact


def _sorted(places: np.ndarray, exact: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort([places, exact], axis=1)
    return np.take_along_axis(places, order, 1), np.take_along_axis(exact, order, 1)


def _differences(
    points: np.ndarray, queries: np.ndarray, places: np.ndarray, kind: type
) -> Iterator[tuple[slice, np.ndarray]]:
    """Points less their query, a chunk of queries at a time: (c, k, d); places: (n, k)."""
    rows = max(1, CHUNK // (places.shape[1] * points.shape[1]))
    for start in range(0, len(queries), rows):
        chunk = slice(start, start + rows)
        difference = points[places[chunk]].astype(kind)
        difference -= queries[chunk, None]
        yield chunk, difference


def _squared(points: np.ndarray, queries: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Squared distances (n, k) float64 of each query from the points at its places."""
    squared = np.empty(places.shape)
    for chunk, difference in _differences(points, queries, places, np.float64):
        squared[chunk] = np.vecdot(difference, difference)
    return squared


def centroid_distances(
    points: np.ndarray, labels: np.ndarray, classes: int, queries: np.ndarray
) -> np.ndarray:
    """Distances of the queries (m, d) from the mean point of every class: (m, classes) float32.

    points: (n, d) with labels (n,).
    """
    distances = np.empty((len(queries), classes), dtype=np.float32)
    rows = max(1, CHUNK // points.shape[1])
    for c in range(classes):
        center = points[labels == c].mean(axis=0, dtype=np.float64)
        for start in range(0, len(queries), rows):
            difference = queries[start : start + rows] - center
            distances[start : start + rows, c] = np.sqrt(np.vecdot(difference, difference))
    return distances


def local_coordinates(points: np.ndarray, queries: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Coordinates of each query's neighbours on their own first principal axes, with the query as
    origin: (n, k, a) float32, a = min(AXES, k, d), largest variance first; axes without variance
    are 0.

    places: (n, k), the neighbours among the points. An axis' sign is arbitrary.
    """
    from threadpoolctl import threadpool_limits

    kept = min(AXES, places.shape[1], points.shape[1])
    coordinates = np.empty((*places.shape, kept), dtype=np.float32)
    with threadpool_limits(1):  # on more cores such small products are slower and round differently
        for chunk, difference in _differences(points, queries, places, np.float32):
            gram = np.matmul(difference, difference.transpose(0, 2, 1)).astype(np.float64)
            coordinates[chunk] = _on_axes(gram, kept)
    return coordinates


def _on_axes(gram: np.ndarray, kept: int) -> np.ndarray:
    """Coordinates (c, k, kept) on the first principal axes of k vectors each, from their products
    (c, k, k).
    """
    to_mean = gram - gram.mean(axis=2, keepdims=True)
    variances, vectors = np.linalg.eigh(to_mean - to_mean.mean(axis=1, keepdims=True))
    variances, vectors = variances[:, None, ::-1][..., :kept], vectors[..., ::-1][..., :kept]
    real = variances > np.maximum(FLAT * variances[..., :1], 0)
    lengths = np.sqrt(np.where(real, variances, 1))
    return np.where(real, to_mean @ vectors / lengths, 0)
