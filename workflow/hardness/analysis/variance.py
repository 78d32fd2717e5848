"""The uncertainty of a change: intervals over members, intervals over members and test images, and
the spread over classes without members' noise.

A change is a set's value minus that of `full`, paired by seed. All intervals are 95% unless a level
is given, and nan if there are too few members.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from hardness.core.classes import class_counts

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

RESAMPLING = 504  # random stream id of two_way_bootstrap
# the metrics of two_way_bootstrap; beyond_images is for recall
METRICS = ("precision", "accuracy", "f1", "mcc")
CHUNK = 64  # resamples at a time: their image weights stay in the processor's cache


def welch(
    values: np.ndarray, baseline: np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Welch's t interval of the difference of two ensembles' means, unpaired.

    values: (M, ...), baseline: (m, ...), members first; the baseline has all members of `full`,
    those compared and the others.
    Returns (difference, low, high), each without the members' axis; nan bounds if an ensemble has
    one member.
    Source: Welch (1938), with Satterthwaite's degrees of freedom.
    """
    values, baseline = np.asarray(values, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    difference = values.mean(axis=0) - baseline.mean(axis=0)
    if min(len(values), len(baseline)) < 2:
        return difference, np.full_like(difference, np.nan), np.full_like(difference, np.nan)
    variances = np.stack(
        [sample.var(axis=0, ddof=1) / len(sample) for sample in (values, baseline)]
    )
    half = satterthwaite(variances, (len(values) - 1, len(baseline) - 1), level)
    return difference, difference - half, difference + half


def satterthwaite(
    variances: np.ndarray, degrees: Sequence[int] | np.ndarray, level: float = 0.95
) -> np.ndarray:
    """Half the width of a t interval for an estimate whose variance is the sum of two independent
    ones.

    variances: (2, ...); degrees: (2,), their degrees of freedom, which may be 0 for a variance of
    0. Returns (...).
    Source: Satterthwaite (1946).
    """
    total, (first, second) = variances.sum(axis=0), variances
    spent = first**2 / max(degrees[0], 1) + second**2 / max(degrees[1], 1)
    freedom = np.where(spent > 0, total**2 / np.where(spent > 0, spent, 1), 1)
    return stdtrit(freedom, (1 + level) / 2) * np.sqrt(total)


def pair_correlation(values: np.ndarray, baseline: np.ndarray) -> tuple[float, float, float]:
    """The correlation between a set's members and those of the same seed on `full`: Pearson's r,
    pooled over classes.

    values, baseline: (M, k), paired by row. Members are centred within class and set, so that only
    the members' noise is correlated, not the classes' difficulty. Returns (r, low, high).
    The interval is a jackknife over members of Fisher's z with Student's t, M - 1 degrees of
    freedom: members are the units, and classes may depend on each other in any way. With 8 members,
    1 to 100 classes that are independent or almost identical, and r from 0 to .7 it covers 94 to
    97% (simulated). nan if nothing varies; nan bounds below 4 members.
    """
    values, baseline = _centred(values, axis=0), _centred(baseline, axis=0)
    sums = np.stack(
        [(values * baseline).sum(axis=1), (values**2).sum(axis=1), (baseline**2).sum(axis=1)]
    )
    members = len(values)
    z = _fisher_z(sums.sum(axis=1))
    if members < 4:
        return float(np.tanh(z)), np.nan, np.nan
    # a member at distance x from the mean of all is at M / (M - 1) x from that of the others: the
    # sums of squares lose M / (M - 1) times its square
    left_out = _fisher_z(sums.sum(axis=1, keepdims=True) - members / (members - 1) * sums)
    half = _jackknife_half_width(left_out)
    return float(np.tanh(z)), float(np.tanh(z - half)), float(np.tanh(z + half))


def _fisher_z(sums: np.ndarray) -> np.ndarray:
    """Fisher's z of products and two sums of squares, (3, ...), kept finite where the correlation
    is 1 or -1.
    """
    scale = np.sqrt(np.maximum(sums[1] * sums[2], 0))
    r = np.where(scale > 0, sums[0] / np.where(scale > 0, scale, 1), np.nan)
    return np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))


def beyond_images(
    correct_set: np.ndarray, correct_full: np.ndarray, labels: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A group's mean change of recall, with an interval for other members *and* other test images
    of the same classes.

    correct_set, correct_full: (M, n) bool, right predictions of test images, paired by seed;
    labels: (n,); groups: (G, k) bool, the classes of each group. Returns (mean, low, high), each
    (G,).
    Raises ValueError if a class has no test images.

    Let d[m, i] = set - full in {-1, 0, 1}; the change is the mean over the group's K classes of
    each class's mean d. Images are random within their class, members are random, every member sees
    every image. With g[m] a member's change, and for class c of n_c images the mean squares of its
    table, MI_c (images) and MX_c (interaction),

        V_members     = var(g) / M
        V_images      = sum_c MI_c / (K^2 n_c M)
        V_interaction = sum_c MX_c / (K^2 n_c M)

    The expectation of each of the first two contains its own variance and the interaction's, so
    se^2 = V_members + V_images - V_interaction is unbiased; it is kept from falling below the
    larger of the two. A member's noise is shared by classes, so V_members is of the group's mean;
    images of different classes are independent, so V_images is a sum over classes. Student's t with
    M - 1 degrees of freedom covers 95% if members are most of the noise, up to 99% if images are.
    nan bounds for one member, and for a group with a class of one image, whose variance is unknown.
    """
    labels, groups = np.asarray(labels), np.asarray(groups, dtype=bool)
    difference = np.subtract(correct_set, correct_full, dtype=np.int64)
    members, k = len(difference), groups.shape[1]
    counts = class_counts(labels, k)
    by_member = np.stack([np.bincount(labels, weights=row, minlength=k) for row in difference])
    of_member = by_member / counts @ _weights(groups).T
    mean = of_member.mean(axis=0)
    if members == 1:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)

    # sums of squares of each class's table, from sums of whole numbers: exact, and no table of
    # residuals
    cells = np.bincount(labels, weights=(difference**2).sum(axis=0), minlength=k)
    images = np.bincount(labels, weights=difference.sum(axis=0) ** 2, minlength=k) / members
    rows = (by_member**2).sum(axis=0) / counts
    grand = by_member.sum(axis=0) ** 2 / (counts * members)
    degrees = np.where(counts > 1, counts - 1, np.nan)
    squares = np.stack([images - grand, (cells - images - rows + grand) / (members - 1)]) / degrees
    shares = _weights(groups) ** 2 / (counts * members)
    v_members = of_member.var(axis=0, ddof=1) / members
    v_images, v_interaction = np.where(groups, shares * squares[:, None], 0).sum(axis=2)
    variance = np.maximum(v_members + v_images - v_interaction, np.maximum(v_members, v_images))
    half = stdtrit(members - 1, 0.975) * np.sqrt(variance)
    return mean, mean - half, mean + half


def two_way_bootstrap(
    labels: np.ndarray,
    predicted: Sequence[np.ndarray],
    groups: np.ndarray,
    seed: int,
    resamples: int = 2000,
) -> tuple[np.ndarray, np.ndarray]:
    """95% percentile intervals of each set's change of METRICS for other members and other test
    images.

    labels: (n,); predicted: (M, n) of each training set, `full` first, all paired by seed; groups:
    (G, k) bool.
    Returns (low, high), each (sets without full, METRICS, G): of the mean over members and over the
    group's classes, set minus full. nan for one member and for an empty group.
    Raises ValueError if a class has no test images, a prediction is not a class, or the shapes do
    not fit.

    A resample draws pairs of members and, within each true class, images, with replacement; the
    same for `full`, all sets and metrics (the pigeonhole bootstrap: Owen, 2007). It counts the
    interaction of members and images twice, which makes it wide, and uses M in place of M - 1
    degrees of freedom, which makes it narrow: with 8 members it covers 97 to 99% if the interaction
    is a good part of the noise, 94% if images are nearly all of it, 90% if members are.
    """
    labels, groups = np.asarray(labels), np.asarray(groups, dtype=bool)
    classes = np.stack(predicted)
    (sets, members, n), k = classes.shape, groups.shape[1]
    counts = class_counts(labels, k)
    if n != len(labels) or not 0 <= classes.min() <= classes.max() < k:
        raise ValueError(
            f"predictions must be classes 0..{k - 1} of {len(labels)} test images; they are "
            f"{classes.min()}..{classes.max()} of {n} images"
        )
    if members == 1:
        return (np.full((sets - 1, len(METRICS), len(groups)), np.nan),) * 2
    order = np.argsort(labels, kind="stable")
    cells = _cells(labels[order], classes[..., order].reshape(sets * members, n), k)
    first, size = np.repeat(np.cumsum(counts) - counts, counts), np.repeat(counts, counts)
    weights = _weights(groups).astype(np.float32)
    rng = np.random.default_rng([seed, RESAMPLING])
    changes = np.empty((sets - 1, len(METRICS), len(groups), resamples), dtype=np.float32)
    for start in range(0, resamples, CHUNK):
        drawn = min(CHUNK, resamples - start)
        images = _multiplicities(
            first + (rng.random((drawn, n), dtype=np.float32) * size).astype(np.int64), n
        )
        pairs = _multiplicities(rng.integers(members, size=(drawn, members)), members) / np.float32(
            members
        )
        wrong, right = np.moveaxis((cells @ images.T).reshape(sets, members, 2, k, drawn), 2, 0)
        for j, values in enumerate(
            _metrics(right, wrong + right, counts[:, None].astype(np.float32), n)
        ):
            mean = np.einsum("smgb,bm->sgb", weights @ values, pairs)
            changes[:, j, :, start : start + drawn] = mean[1:] - mean[0]
    low, high = np.percentile(changes, [2.5, 97.5], axis=-1)
    return low, high


def _cells(labels: np.ndarray, predicted: np.ndarray, k: int) -> "csr_matrix":
    """Sparse (members * 2 * k, n) matrix of ones: the images that a member predicts as a class,
    wrongly (0) and rightly (1).

    labels: (n,), predicted: (members, n). Multiplied by images' weights it gives all weighted
    counts in one pass.
    """
    from scipy.sparse import csr_matrix

    # int16 is sorted by radix sort
    keys = (predicted + k * (predicted == labels)).astype(np.int16)
    ends = np.cumsum([np.bincount(row, minlength=2 * k) for row in keys])
    columns = np.argsort(keys, axis=1, kind="stable").astype(np.int32)
    return csr_matrix(
        (np.ones(columns.size, dtype=np.float32), columns.ravel(), np.concatenate([[0], ends])),
        shape=(len(ends), len(labels)),
    )


def _multiplicities(drawn: np.ndarray, n: int) -> np.ndarray:
    """How often each of n items was drawn, (resamples, n) float32, from their numbers in the order
    drawn, (resamples, draws).
    """
    cells = drawn + n * np.arange(len(drawn))[:, None]
    return (
        np.bincount(cells.ravel(), minlength=len(drawn) * n)
        .reshape(len(drawn), n)
        .astype(np.float32)
    )


def _metrics(
    right: np.ndarray, predicted: np.ndarray, support: np.ndarray, n: int
) -> tuple[np.ndarray, ...]:
    """METRICS of counts, (..., k, resamples) each: the formulas of evaluation.class_metrics."""
    scale = np.sqrt(support * (n - support)) * np.sqrt(predicted * (n - predicted))
    return (
        right / np.maximum(predicted, 1),
        (n - support - predicted + 2 * right) / n,
        2 * right / (support + predicted),
        (right * n - support * predicted) / np.where(scale == 0, 1, scale) * (scale > 0),
    )


def sd_without_noise(recall: np.ndarray) -> float:
    """Standard deviation of recall over classes, without the part that members' noise adds.

    recall: (M, k). Square root of the mean covariance over classes (dividing by k, as in gaps' sd)
    between *different* members, whose noise is independent; 0 if that is negative, nan for one
    member. All members have the same test images, whose noise stays in it.
    """
    deviations = _centred(recall, axis=1)
    return float(_sd_between(deviations.sum(axis=0), (deviations**2).sum(), len(deviations)))


def sd_without_noise_change(values: np.ndarray, full: np.ndarray) -> tuple[float, float, float]:
    """Change of sd_without_noise against `full`: (change, low, high).

    values, full: (M, k) recall, paired by seed. The interval is a jackknife over the pairs with
    Student's t, M - 1 degrees of freedom; nan bounds below 3 members.
    """
    members = len(values)
    change = sd_without_noise(values) - sd_without_noise(full)
    if members < 3:
        return change, np.nan, np.nan
    left_out = [_sd_left_out(_centred(recall, axis=1)) for recall in (values, full)]
    half = _jackknife_half_width(left_out[0] - left_out[1])
    return change, change - half, change + half


def _sd_left_out(deviations: np.ndarray) -> np.ndarray:
    squares = (deviations**2).sum(axis=1)
    return _sd_between(
        deviations.sum(axis=0) - deviations, squares.sum() - squares, len(deviations) - 1
    )


def _sd_between(sums: np.ndarray, squares: np.ndarray, members: int) -> np.ndarray:
    """The standard deviation from sums over members (..., k), and sums of all squares (...): the
    square of a sum minus the squares is twice the products of different members.
    """
    if members < 2:
        return np.full(np.shape(squares), np.nan)
    products = ((sums**2).sum(axis=-1) - squares) / (members * (members - 1))
    return np.sqrt(np.maximum(products / sums.shape[-1], 0))


def _centred(values: np.ndarray, axis: int) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    # so equal numbers become exactly 0: the mean of equal numbers may differ from them
    values = values - values.take([0], axis=axis)
    return values - values.mean(axis=axis, keepdims=True)


def jackknifed(
    statistic: Callable[[np.ndarray], float], values: np.ndarray
) -> tuple[float, float, float]:
    """A statistic of an ensemble with its 95% jackknife interval over members: (value, low, high).

    values: (M, ...), members first, the argument of `statistic`. Student's t, M - 1 degrees of
    freedom; nan bounds below 3 members.
    """
    value = float(statistic(values))
    if len(values) < 3:
        return value, np.nan, np.nan
    left_out = [statistic(np.delete(values, member, axis=0)) for member in range(len(values))]
    half = _jackknife_half_width(np.array(left_out))
    return value, value - half, value + half


def _jackknife_half_width(left_out: np.ndarray) -> float:
    """Half the width of a 95% t interval, from the M values of a statistic without one member each
    (Tukey, 1958).
    """
    members = len(left_out)
    return float(stdtrit(members - 1, 0.975) * np.sqrt((members - 1) * left_out.var()))


def _weights(groups: np.ndarray) -> np.ndarray:
    """(G, k): the weight of a class in its group's mean; nan for an empty group."""
    sizes = groups.sum(axis=1, keepdims=True)
    return np.where(sizes > 0, groups / np.maximum(sizes, 1), np.nan)
