"""From the hardness of samples to the sizes of classes (Eqs. 2 to 6).

Mode `paper`: class_means -> ratios_paper -> allocate with an alpha. Mode `study`: class_means of
the hardness -> ratios_study with a rho -> allocate without alpha. In both, the sizes sum to exactly
the number of samples.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hardness.core.classes import class_counts, class_means
from hardness.core.intervals import t_interval
from hardness.scoring.estimation import Scores, hardness

FLOOR = 2  # samples that every class keeps: the fewest from which SMOTE can interpolate
BOOTSTRAP = 201  # the purpose number in the seeds of bootstrap_class_means
CHUNK = 2**22  # draws that it holds at a time: 50 MB, however large a class


class Undefined(ValueError):
    """Eq. 3 has no meaning for these class means."""


class Allocation(NamedTuple):
    """Class sizes, and what became of the ratios that were asked for.

    sizes: (k,) int64, summing to what the counts sum to; ratios: (k,) after alpha;
    clipped: (k,) bool, the classes lifted to the floor;
    largest_alpha: the alpha up to which no class is clipped (inf: any; nan: not even 0, or there is
    no alpha);
    achieved: largest over smallest S_c / n_c; displaced: the share of samples that move, sum |S_c -
    n_c| / (2 N).
    """

    sizes: np.ndarray
    ratios: np.ndarray
    clipped: np.ndarray
    largest_alpha: float
    achieved: float
    displaced: float


def ratios_paper(
    means: np.ndarray, direction: str, class_names: Sequence[str] | None = None
) -> np.ndarray:
    """Resampling ratios as printed (Eq. 3): 1 / H_c where a low score is hard ("down"), H_c where a
    high one is ("up").

    means: (k,) class means of the raw score, not negated. Returns (k,) float64, all > 0.
    Raises Undefined naming the classes whose mean is not above 0: Eq. 3 has no meaning there, no
    offset is added.
    """
    means = np.asarray(means, dtype=np.float64)
    undefined = np.flatnonzero(~(means > 0) | ~np.isfinite(means))
    if len(undefined):
        found = ", ".join(
            f"{class_names[c] if class_names is not None else c} ({means[c]:.4g})"
            for c in undefined
        )
        raise Undefined(
            f"Eq. 3 (mode paper, alpha) needs class means above 0; not so for class {found}:"
            " use mode study (rho), or another paper_estimator, such as el2n"
        )
    return {"down": 1 / means, "up": means}[direction]


def scaled_hardness(hardness_means: np.ndarray) -> np.ndarray:
    """z_c: class means of the hardness (up = hard), min-max scaled over classes to 0..1; all 0
    where they are equal.
    """
    means = np.asarray(hardness_means, dtype=np.float64)
    if not np.isfinite(means).all():
        raise ValueError(
            f"the hardness of class {np.flatnonzero(~np.isfinite(means))[0]} is not finite"
        )
    spread = means.max() - means.min()
    return (means - means.min()) / spread if spread else np.zeros_like(means)


def ratios_study(hardness_means: np.ndarray, rho: float) -> np.ndarray:
    """Resampling ratios of mode study: 1 + (rho - 1) z_c, so that the hardest class is to get rho
    times the easiest's.

    hardness_means: (k,), up = hard. Returns (k,) float64 in 1..rho. Raises ValueError if rho is
    below 1.
    """
    if not 1 <= rho < np.inf:
        raise ValueError(
            f"rho is {rho}; the ratio of the hardest class to the easiest must be a number of at least 1"
        )
    return 1 + (rho - 1) * scaled_hardness(hardness_means)


def amplify(ratios: np.ndarray, alpha: float) -> np.ndarray:
    """Stretch the ratios around their unweighted mean, by alpha (Eqs. 4, 5). Returns (k,); values
    <= 0 can come out.

    Raises ValueError if alpha is negative.
    """
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha is {alpha}; it must be a number of at least 0")
    return np.mean(ratios) + alpha * (ratios - np.mean(ratios))


def largest_remainder(shares: np.ndarray, total: int) -> np.ndarray:
    """Round shares, scaled to sum to `total`, to whole numbers that sum to exactly `total`.

    shares: (k,) float, >= 0, not all zero. Returns (k,) int64, each less than 1 from its share.
    Raises ValueError if a share is negative or not finite, or all are zero.
    Source: Hamilton's method; ties (remainders equal to nine decimals) go to the lower index.
    """
    shares = np.asarray(shares, dtype=np.float64)
    if not np.isfinite(shares).all() or (shares < 0).any() or not shares.any():
        raise ValueError(f"shares must be finite, at least 0 and not all 0; they are {shares}")
    exact = shares * (total / shares.sum())
    whole = np.floor(exact)
    most_cut_off = np.argsort(-np.round(exact - whole, 9), kind="stable")
    sizes = whole.astype(np.int64)
    sizes[most_cut_off[: total - sizes.sum()]] += 1
    return sizes


def allocate(
    ratios: np.ndarray, counts: np.ndarray, alpha: float | None = 1.0, floor: int = FLOOR
) -> Allocation:
    """Class sizes S_c = N n_c R_c / sum(n_c R_c), rounded to sum to N = sum(n_c), none below the
    floor (Eqs. 4 to 6).

    ratios: (k,) before alpha, >= 0; counts: (k,) the n_c; alpha: None in mode study, which has
    none. Eq. 6 as printed sums to about N / k; the N is put back here. A class whose stretched
    ratio is not above 0 gets the floor before any share is computed (sum n_c R_c may be negative);
    then so does every class whose share falls below it, until none does; then all are rounded.
    Raises ValueError if N < k floors, a count or the floor is below 1, or the ratios are negative,
    not finite or all 0.
    """
    ratios, counts = np.asarray(ratios, dtype=np.float64), np.asarray(counts, dtype=np.int64)
    if not np.isfinite(ratios).all() or (ratios < 0).any() or not ratios.any():
        raise ValueError(f"ratios must be finite, at least 0 and not all 0; they are {ratios}")
    if floor < 1 or counts.min() < 1:
        raise ValueError(
            f"the floor and every class's count must be at least 1; they are {floor} and {counts}"
        )
    total = int(counts.sum())
    if total < floor * len(counts):
        raise ValueError(
            f"{total} samples are too few for {len(counts)} classes of at least {floor}"
        )

    stretched = ratios if alpha is None else amplify(ratios, alpha)
    clipped = stretched <= 0
    while True:
        weights = np.where(clipped, 0, counts * stretched)
        rest = total - floor * clipped.sum()
        shares = np.where(clipped, floor, rest * weights / weights.sum())
        below = shares < floor * (
            1 - 1e-12
        )  # a share that is the floor, but for float rounding, is not clipped
        if not below.any():
            break
        clipped |= below

    sizes = largest_remainder(shares, total)
    change = sizes / counts
    return Allocation(
        sizes=sizes,
        ratios=stretched,
        clipped=clipped,
        largest_alpha=np.nan if alpha is None else _largest_alpha(ratios, counts, floor),
        achieved=float(change.max() / change.min()),
        displaced=float(np.abs(sizes - counts).sum() / (2 * total)),
    )


def _largest_alpha(ratios: np.ndarray, counts: np.ndarray, floor: int) -> float:
    """The alpha up to which every S_c is at least the floor: slope * alpha + room >= 0 in each
    class.
    """
    if counts.min() < floor:
        return np.nan
    if np.ptp(ratios) == 0:
        return np.inf
    total, mean = counts.sum(), ratios.mean()
    room = total * mean * (counts - floor)
    slope = total * counts * (ratios - mean) - floor * (counts @ (ratios - mean))
    falling = slope < 0
    return float(np.min(room[falling] / -slope[falling], initial=np.inf))


def hard_classes(
    counts: np.ndarray, paper_ratios: np.ndarray | None, z: np.ndarray | None
) -> tuple[np.ndarray, str]:
    """Which classes are hard, for every comparison of easy with hard ones; and the rule that said
    so.

    counts: (k,); paper_ratios: (k,) of Eq. 3, or None where it is undefined; z: (k,) of
    scaled_hardness, then needed.
    Returns (k,) bool, and "paper" (S_c > n_c at alpha 1, before clipping and rounding: R_c above
    its mean weighted by n_c) or "study" (z_c above its mean weighted by n_c). Classes on the mean
    are easy.
    Raises ValueError if there is neither.
    """
    if paper_ratios is None and z is None:
        raise ValueError(
            "hard classes need the paper's ratios, or z where these are undefined; both are missing"
        )
    values, rule = (paper_ratios, "paper") if paper_ratios is not None else (z, "study")
    mean = np.average(values, weights=counts)
    return values > mean * (1 + 1e-12), rule


def bootstrap_class_means(
    values: np.ndarray, labels: np.ndarray, k: int, seed: int, resamples: int = 2000
) -> tuple[np.ndarray, np.ndarray]:
    """95% percentile bootstrap interval of each class's mean, over the class's samples.

    values, labels: (n,). Returns (low, high), each (k,) float64. Raises as class_means.
    """
    class_means(values, labels, k)
    rng = np.random.default_rng([seed, BOOTSTRAP])
    bounds = np.empty((2, k))
    for c in range(k):
        own = np.asarray(values, dtype=np.float64)[labels == c]
        rows = max(1, CHUNK // len(own))
        sizes = [min(rows, resamples - start) for start in range(0, resamples, rows)]
        drawn = (rng.integers(len(own), size=(size, len(own)), dtype=np.int32) for size in sizes)
        means = np.concatenate([own[chosen].mean(axis=1) for chosen in drawn])
        bounds[:, c] = np.percentile(means, [2.5, 97.5])
    return bounds[0], bounds[1]


def sizes_of(
    scores: Scores,
    labels: np.ndarray,
    class_names: Sequence[str],
    members: int | np.ndarray,
    alpha: float | None = None,
    rho: float | None = None,
) -> Allocation:
    """Class sizes by one estimator's scores: mode `paper` with an alpha, mode `study` with a rho.
    Raises as ratios_paper.
    """
    k = len(class_names)
    means = class_means(hardness(scores, members), labels, k)
    return sizes_of_means(means, class_counts(labels, k), scores.direction, alpha, rho, class_names)


def sizes_of_means(
    means: np.ndarray,
    counts: np.ndarray,
    direction: str,
    alpha: float | None,
    rho: float | None,
    class_names: Sequence[str] | None = None,
) -> Allocation:
    """Class sizes by class means (k,) of hardness, up = hard: with an alpha by Eq. 3 of the raw
    score, or by a rho.
    """
    if alpha is None:
        return allocate(ratios_study(means, rho), counts, alpha=None)
    return allocate(
        ratios_paper(-means if direction == "down" else means, direction, class_names),
        counts,
        alpha,
    )


def groups(
    scores: Scores, labels: np.ndarray, class_names: Sequence[str], members: int
) -> dict[str, Sequence]:
    """Columns of groups.csv: class, name, n, group (easy or hard), rule."""
    k = len(class_names)
    counts, up = class_counts(labels, k), class_means(hardness(scores, members), labels, k)
    try:
        ratios = ratios_paper(
            -up if scores.direction == "down" else up, scores.direction, class_names
        )
    except Undefined as undefined:
        print(f"mode paper is undefined, mode study groups the classes: {undefined}")
        ratios = None
    hard, rule = hard_classes(counts, ratios, scaled_hardness(up))
    return {
        "class": range(k),
        "name": class_names,
        "n": counts,
        "group": np.where(hard, "hard", "easy"),
        "rule": [rule] * k,
    }


def table(
    estimator: str,
    scores: Scores,
    labels: np.ndarray,
    class_names: Sequence[str],
    members: int,
    alphas: Sequence[float],
    rhos: Sequence[float],
) -> dict[str, list]:
    """Columns of allocation/{estimator}.csv: a row a mode, setting and class; the raw class mean
    with two 95% intervals, the bootstrap's over the class's samples (sample_*) and Student's t over
    members (member_*).

    Recall is one number a class and member: no interval over samples. Where Eq. 3 is undefined the
    rows of mode paper have no ratio and no size.
    """
    k = len(class_names)
    mean = scores.scores[:members].mean(axis=0, dtype=np.float64)
    low, high = (
        bootstrap_class_means(mean, labels, k, seed=0)
        if estimator != "recall"
        else ([None] * k, [None] * k)
    )
    _, member_low, member_high = t_interval(class_means(scores.scores[:members], labels, k))
    described = {
        "estimator": [estimator] * k,
        "class": range(k),
        "name": class_names,
        "n": class_counts(labels, k),
        "hardness": class_means(mean, labels, k),
        "sample_low": low,
        "sample_high": high,
        "member_low": member_low,
        "member_high": member_high,
    }
    columns = {
        name: []
        for name in (
            "estimator",
            "mode",
            "alpha",
            "rho",
            "effective_alpha",
            "class",
            "name",
            "n",
            "hardness",
            "sample_low",
            "sample_high",
            "member_low",
            "member_high",
            "ratio",
            "size",
            "clipped",
            "hard",
            "achieved",
            "displaced",
        )
    }
    for alpha, rho in [*((alpha, None) for alpha in alphas), *((None, rho) for rho in rhos)]:
        try:
            made = sizes_of(scores, labels, class_names, members, alpha, rho)
        except Undefined as undefined:
            print(f"{estimator}, alpha {alpha}: no class sizes: {undefined}")
            results = dict.fromkeys(
                ("effective_alpha", "ratio", "size", "clipped", "hard", "achieved", "displaced"),
                [None] * k,
            )
        else:
            effective = (
                None if alpha is None else alpha if not made.clipped.any() else made.largest_alpha
            )
            results = {
                "effective_alpha": [effective] * k,
                "ratio": made.ratios,
                "size": made.sizes,
                "clipped": made.clipped,
                "hard": made.sizes > described["n"],
                "achieved": [made.achieved] * k,
                "displaced": [made.displaced] * k,
            }
        fixed = {
            "mode": ["study" if alpha is None else "paper"] * k,
            "alpha": [alpha] * k,
            "rho": [rho] * k,
        }
        for name, column in columns.items():
            column.extend((described | results | fixed)[name])
    return columns


def scores_of_recall(evaluation: dict[str, np.ndarray], labels: np.ndarray, k: int) -> Scores:
    """Recall as a hardness score ("down"): each training sample gets its class's recall, a row a
    member of an evaluation csv.
    """
    seeds = np.unique(evaluation["seed"])
    recall = np.empty((len(seeds), k))
    recall[np.searchsorted(seeds, evaluation["seed"]), evaluation["class"]] = evaluation["recall"]
    return Scores(recall[:, labels], np.empty((0, len(seeds), len(labels))), seeds, "down")
