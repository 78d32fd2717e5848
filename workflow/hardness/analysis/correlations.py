"""Is an estimator's hardness of classes related to their accuracy? Rank correlations over a few
classes, with exact p-values, and what so few classes can show.

If there is no relation, every assignment of the accuracies to the k classes is equally likely: they
are permuted, for all estimators at once.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from hardness.analysis.inference import ALPHA, UNDECIDED

RELATED, BELOW = "related", "none above .6"
BOUND = 0.6  # a rank correlation within -BOUND..BOUND counts as none
EXACT_UP_TO = 10  # classes: 3,628,800 permutations
DRAWN = 99_999  # random permutations for more classes, besides the identity
PERMUTATIONS = 612  # random stream id of these
AT_ONCE = 8  # 8! permutations at a time
TIE = 1e-5  # float32; two different rank correlations of ten classes differ by .003 or more
Z = 1.6448536269514722  # of the 90% interval


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks, from 1 on, of (..., k) values along the last axis; ties share their mean rank."""
    return np.apply_along_axis(_ranks, -1, np.asarray(values, dtype=np.float64))


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def standardized(values: np.ndarray) -> np.ndarray:
    """Rows (E, k) less their mean, scaled to length 1, so that their products are correlations. A
    row that does not vary is nan.
    """
    values = np.asarray(values, dtype=np.float64)
    centred = values - values.mean(axis=-1, keepdims=True)
    varies = np.ptp(values, axis=-1, keepdims=True) > 0  # the mean of equal numbers may differ
    length = np.where(varies, np.linalg.norm(centred, axis=-1, keepdims=True), 1)
    return np.where(varies, centred / length, np.nan)


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's rank correlations (E,) of rows (E, k) with (k,) or (E, k); nan where one of the
    two does not vary.
    """
    products = standardized(ranks(first)) * standardized(ranks(second))
    return np.clip(products.sum(axis=-1), -1, 1)


def permutation_p(
    scores: np.ndarray, accuracy: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Two-sided p-values of the rank correlations of scores with the accuracy of k classes.

    scores: (E, k) of the estimators of one family; accuracy: (k,). Returns (p, p_max), (E,) each:
    for each estimator alone, and corrected for the whole family by step-down max-T. Up to 10
    classes they are exact, over all k! permutations of the accuracy; beyond, over 99,999 random
    ones and the identity. 1 where scores or accuracy do not vary.
    Source: Westfall and Young (1993), algorithm 4.1.
    """
    x, y = (
        np.nan_to_num(standardized(ranks(values))).astype(np.float32)
        for values in (scores, accuracy)
    )
    reached = np.abs(x @ y)
    order = np.argsort(-reached, kind="stable")
    x, reached = x[order], reached[order] - np.float32(TIE)
    alone, largest = np.zeros((2, len(x)), dtype=np.int64)
    count = 0
    for chosen in _permutations(len(y), seed):
        statistic = np.abs(x @ y[chosen])  # estimators x permutations
        most = np.zeros_like(statistic[0])  # of this estimator and those that come after it
        for place in reversed(range(len(x))):
            np.maximum(most, statistic[place], out=most)
            alone[place] += np.count_nonzero(statistic[place] >= reached[place])
            largest[place] += np.count_nonzero(most >= reached[place])
        count += chosen.shape[1]
    p, p_max = np.empty((2, len(x)))
    p[order], p_max[order] = alone / count, np.maximum.accumulate(largest / count)
    return p, p_max


def _permutations(k: int, seed: int) -> Iterator[np.ndarray]:
    """Permutations of 0..k-1, some thousand (k, N) at a time: all, or the identity and DRAWN random
    ones.
    """
    if k > EXACT_UP_TO:
        rng = np.random.default_rng([seed, PERMUTATIONS])
        yield np.arange(k)[:, None]
        for start in range(0, DRAWN, 10_000):
            size = min(10_000, DRAWN - start)
            yield rng.permuted(np.tile(np.arange(k)[:, None], (1, size)), axis=0)
        return
    last = min(k, AT_ONCE)
    tails = np.array(list(itertools.permutations(range(last)))).T
    for head in itertools.permutations(range(k), k - last):
        rest = np.setdiff1d(np.arange(k), head)
        first = np.broadcast_to(np.array(head, dtype=int)[:, None], (len(head), tails.shape[1]))
        yield np.concatenate([first, rest[tails]])


def fisher_interval(rho: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The 90% interval of rank correlations over k classes, by Fisher's z with variance
    1.06 / (k - 3). The z of a perfect order is infinite: it is replaced by that of the order with
    one adjacent pair swapped, and the interval reaches to 1 (or -1).

    rho: (E,). Returns (low, high), each (E,); nan for 3 classes or fewer, and where rho is nan.
    Source: Fieller, Hartley and Pearson (1957).
    """
    if k <= 3:
        return np.full_like(rho, np.nan), np.full_like(rho, np.nan)
    next_to_perfect = 1 - 12 / (k * (k**2 - 1))
    z = np.arctanh(np.clip(rho, -next_to_perfect, next_to_perfect))
    half = Z * math.sqrt(1.06 / (k - 3))
    return np.minimum(np.tanh(z - half), rho), np.maximum(np.tanh(z + half), rho)


def pearson_p(r: np.ndarray, k: int) -> np.ndarray:
    """Two-sided p-values of Pearson's correlations over k classes, by Student's t with k - 2
    degrees of freedom; nan for 2 classes, and where r is nan.
    """
    from scipy.special import stdtr

    if k <= 2:
        return np.full_like(r, np.nan)
    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt((k - 2) / (1 - r**2))
    return 2 * stdtr(k - 2, -t)


def verdict(p_max: float, low: float, high: float) -> str:
    """What the k classes show about an estimator: related, none above .6, or undecided."""
    if p_max <= ALPHA:
        return RELATED
    return BELOW if -BOUND <= low and high <= BOUND else UNDECIDED
