"""Do samples fall into clusters by their histories, the change of their feature from epoch to
epoch?

k-means on standardized histories, for several numbers of clusters, judged by the silhouette.
k-means cuts any cloud into pieces, so each silhouette is compared with that of a control: the same
changes, shuffled among the samples within each epoch. The control has the same values in each epoch
and no histories. There are two readings of "standardized":

- of each history over its epochs (Khoroshavtsev et al. 2024): its shape, whatever its level;
- of each epoch over the samples: level and shape.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from hardness.core.tables import columns_of

SHAPE, LEVEL = "shape", "level"
READINGS = {SHAPE: 1, LEVEL: 0}  # the axis of (n, epochs) along which to standardize
CLUSTERS = (2, 3, 4, 5, 6)
SUBSETS = 5  # random subsets that are clustered
AT_ONCE = 1000  # samples of a subset
HISTORIES = 616  # random stream id
COLUMNS = (
    "reading", "clusters", "samples", "subsets", "silhouette", "low", "high", "control",
    "control_low", "control_high",
)  # fmt: skip
BY_CLUSTER = ("reading", "cluster", "samples", "epoch", "change", "spread")


def standardized(histories: np.ndarray, reading: str) -> np.ndarray:
    """Histories (n, epochs) standardized to mean 0 and variance 1: each history, or each epoch;
    what does not vary becomes 0.
    """
    axis = READINGS[reading]
    centred = histories - histories.mean(axis=axis, keepdims=True)
    scale = centred.std(axis=axis, keepdims=True)
    return np.divide(centred, scale, where=scale > 0, out=np.zeros_like(centred))


def dealt_anew(histories: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The histories with each epoch's changes shuffled among the samples, each epoch by itself."""
    return rng.permuted(histories, axis=0)


def clusters(histories: np.ndarray, seed: int = 0) -> dict[str, list]:
    """Columns of unlabelled/clusters.csv, one row per reading and number of clusters: the mean,
    smallest and largest silhouette over seeded subsets, and the same for the control.

    histories: (n, epochs). Raises ValueError for fewer samples than twice the most clusters.
    """
    if len(histories) < 2 * max(CLUSTERS):
        raise ValueError(
            f"{len(histories)} histories; expected at least {2 * max(CLUSTERS)} to be clustered"
        )
    rows = []
    size = min(AT_ONCE, len(histories))
    for reading in READINGS:
        found = np.zeros((2, SUBSETS, len(CLUSTERS)))
        for subset in range(SUBSETS):
            rng = np.random.default_rng([seed, HISTORIES, subset])
            chosen = histories[rng.choice(len(histories), size, replace=False)]
            for place, own in enumerate((chosen, dealt_anew(chosen, rng))):
                found[place, subset] = _silhouettes(standardized(own, reading), seed)
        ends = [(one.mean(axis=0), one.min(axis=0), one.max(axis=0)) for one in found]
        for place, count in enumerate(CLUSTERS):
            numbers = [float(end[place]) for own in ends for end in own]
            row = (reading, count, size, SUBSETS, *numbers)
            rows.append(dict(zip(COLUMNS, row, strict=True)))
    return columns_of(rows, COLUMNS)


def _silhouettes(points: np.ndarray, seed: int) -> list[float]:
    from sklearn.metrics import silhouette_score

    labels = [_clustered(points, count, seed) for count in CLUSTERS]
    with threadpool_limits(1):
        return [
            float(silhouette_score(points, own)) if len(np.unique(own)) > 1 else np.nan
            for own in labels
        ]


def _clustered(points: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The cluster of each point, (n,) in 0..count-1, by k-means. It runs on one core, because other
    numbers of cores round differently.
    """
    from sklearn.cluster import KMeans

    with threadpool_limits(1):
        return KMeans(count, n_init=4, random_state=seed).fit_predict(points)


def best(table: Mapping[str, Sequence], reading: str) -> int:
    """The number of clusters with the largest mean silhouette in this reading."""
    rows = [
        (silhouette, -count)
        for own, count, silhouette in zip(
            table["reading"], table["clusters"], table["silhouette"], strict=True
        )
        if own == reading
    ]
    return -int(max(rows)[1])


def by_cluster(histories: np.ndarray, counts: Mapping[str, int], seed: int = 0) -> dict[str, list]:
    """Columns of unlabelled/histories.csv: for each cluster of all samples and each epoch, the mean
    change and its standard deviation over the cluster; clusters in order of falling mean change.

    histories: (n, epochs), the first of them the change from the first epoch to the second.
    counts: reading -> number of clusters.
    """
    rows = []
    for reading, count in counts.items():
        own = _clustered(standardized(histories, reading), count, seed)
        members = [histories[own == cluster] for cluster in range(count)]
        members.sort(key=lambda part: -part.mean())
        for cluster, part in enumerate(members, start=1):
            for place in range(histories.shape[1]):
                change, spread = part[:, place].mean(), part[:, place].std()
                row = (reading, cluster, len(part), place + 2, float(change), float(spread))
                rows.append(dict(zip(BY_CLUSTER, row, strict=True)))
    return columns_of(rows, BY_CLUSTER)
