"""From the hardness of samples to the sizes of classes (Eqs. 2 to 6).

A policy says how: PaperPolicy by ratios_paper with an alpha, StudyPolicy by ratios_study with a
rho. In both, the sizes sum to exactly the number of samples.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from hardness.core.classes import class_counts
from hardness.core.errors import HardnessError
from hardness.scoring.scores import Scores, class_hardness
from hardness.sets.spec import PAPER, Resampled

FLOOR = 2  # samples that every class keeps: the fewest from which SMOTE can interpolate


class UndefinedError(HardnessError, ValueError):
    """Eq. 3 has no meaning for these class means."""


class Allocation(NamedTuple):
    """Class sizes, and how far they realize the ratios that were asked for.

    sizes: (k,) int64, whose sum is that of the counts; ratios: (k,) after alpha;
    clipped: (k,) bool, the classes raised to the floor;
    largest_alpha: the largest alpha at which no class is clipped (inf: any; nan: none, or there is
    no alpha);
    achieved: largest over smallest S_c / n_c; displaced: the share of samples that change class,
    sum |S_c - n_c| / (2 N).
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
    Raises UndefinedError naming the classes whose mean is not above 0: Eq. 3 has no meaning there,
    and no offset is added.

    >>> ratios_paper(np.array([0.5, 2.0]), "down").tolist()  # of AUM: the first class is hard
    [2.0, 0.5]
    """
    means = np.asarray(means, dtype=np.float64)
    undefined = np.flatnonzero(~(means > 0) | ~np.isfinite(means)).tolist()
    if undefined:
        found = ", ".join(
            f"{class_names[c] if class_names is not None else c} ({means[c]:.4g})"
            for c in undefined
        )
        raise UndefinedError(
            f"Eq. 3 (mode paper, alpha) needs class means above 0, unlike those of class {found}. "
            "In the data set's part of the config, write rhos, such as rhos: [2], instead of "
            "alphas; or name another estimator for them, such as paper_estimator: el2n"
        )
    return {"down": 1 / means, "up": means}[direction]


def scaled_hardness(hardness_means: np.ndarray) -> np.ndarray:
    """z_c: class means of the hardness (up = hard), min-max scaled over classes to 0..1; all 0 if
    they are equal. hardness_means: (k,). Raises ValueError for a mean that is not finite.

    >>> scaled_hardness([2, 3, 6]).tolist()
    [0.0, 0.25, 1.0]
    """
    means = np.asarray(hardness_means, dtype=np.float64)
    if not np.isfinite(means).all():
        raise ValueError(
            f"the hardness of class {np.flatnonzero(~np.isfinite(means))[0]} is not finite"
        )
    spread = means.max() - means.min()
    return (means - means.min()) / spread if spread else np.zeros_like(means)


def ratios_study(hardness_means: np.ndarray, rho: float) -> np.ndarray:
    """Resampling ratios of mode study: 1 + (rho - 1) z_c. The hardest class's ratio is rho times
    that of the easiest.

    hardness_means: (k,), up = hard. Returns (k,) float64 in 1..rho. Raises ValueError if rho is
    below 1.

    >>> ratios_study([2, 3, 6], rho=3).tolist()
    [1.0, 1.5, 3.0]
    """
    if not 1 <= rho < np.inf:
        raise ValueError(
            f"rho is {rho}; the ratio of the hardest class to the easiest must be a number of at "
            "least 1"
        )
    return 1 + (rho - 1) * scaled_hardness(hardness_means)


def amplify(ratios: np.ndarray, alpha: float) -> np.ndarray:
    """Stretch the ratios around their unweighted mean, by alpha (Eqs. 4, 5). Returns (k,), in which
    values <= 0 are possible.

    Raises ValueError if alpha is negative or not finite.

    >>> amplify(np.array([1, 2, 3]), 2).tolist()
    [0.0, 2.0, 4.0]
    """
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha is {alpha}; it must be a number of at least 0")
    return np.mean(ratios) + alpha * (ratios - np.mean(ratios))


def largest_remainder(shares: np.ndarray, total: int) -> np.ndarray:
    """Round shares, scaled to sum to `total`, to whole numbers that sum to exactly `total`.

    shares: (k,) float, >= 0, not all zero. Returns (k,) int64, each less than 1 from its share.
    Raises ValueError if a share is negative or not finite, or all are zero.
    Source: Hamilton's method; ties (remainders equal to nine decimals) go to the lower index.

    >>> largest_remainder(np.array([1.0, 1.0, 1.0]), 10).tolist()
    [4, 3, 3]
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
    none. Eq. 6 as printed sums to about N / k; here the sizes sum to N. A class whose stretched
    ratio is not above 0 gets the floor before any share is computed (sum n_c R_c may be negative).
    Then every class whose share is below the floor gets it, until none is; then all are rounded.
    Raises ValueError if N is below k times the floor, a count or the floor is below 1, or the
    ratios are negative, not finite or all 0.

    >>> allocate([1, 3], [100, 100]).sizes.tolist()
    [50, 150]
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
        # a share that equals the floor up to rounding is not clipped
        below = shares < floor * (1 - 1e-12)
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
    """The largest alpha at which every S_c is at least the floor: slope * alpha + room >= 0 in each
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
    """Which classes are hard, for every comparison of easy with hard classes; and by which rule.

    counts: (k,); paper_ratios: (k,) of Eq. 3, or None where it is undefined; z: (k,) of
    scaled_hardness, needed if there are no paper_ratios.
    Returns (k,) bool, and "paper" (S_c > n_c at alpha 1, before clipping and rounding: R_c above
    its mean weighted by n_c) or "study" (z_c above its mean weighted by n_c). Classes on the mean
    are easy.
    Raises ValueError if there is neither.

    >>> hard_classes(np.array([10, 10]), None, np.array([0.2, 0.9]))
    (array([False,  True]), 'study')
    """
    if paper_ratios is not None:
        values, rule = paper_ratios, "paper"
    elif z is not None:
        values, rule = z, "study"
    else:
        raise ValueError(
            "hard classes need the paper's ratios, or z where these are undefined; both are missing"
        )
    mean = np.average(values, weights=counts)
    return values > mean * (1 + 1e-12), rule


@dataclass(frozen=True)
class PaperPolicy:
    """Mode paper: Eq. 3's ratios of the raw score, stretched around their mean by alpha."""

    alpha: float
    mode: ClassVar[str] = "paper"
    rho: ClassVar[None] = None

    @property
    def parameter(self) -> str:
        return f"a{self.alpha:g}"

    def allocate(
        self,
        means: np.ndarray,
        counts: np.ndarray,
        direction: str,
        class_names: Sequence[str] | None = None,
    ) -> Allocation:
        """Class sizes from the class means (k,) of the hardness, up = hard. direction: the score's.

        Raises UndefinedError, naming the classes, where Eq. 3 has no meaning.
        """
        ratios = ratios_paper(-means if direction == "down" else means, direction, class_names)
        return allocate(ratios, counts, self.alpha)

    def effective_alpha(self, allocation: Allocation) -> float:
        """The alpha asked for; where a class is clipped, the largest that clips none."""
        return allocation.largest_alpha if allocation.clipped.any() else self.alpha


@dataclass(frozen=True)
class StudyPolicy:
    """Mode study: ratios that rise linearly with the hardness, up to rho for the hardest class."""

    rho: float
    mode: ClassVar[str] = "study"
    alpha: ClassVar[None] = None

    @property
    def parameter(self) -> str:
        return f"r{self.rho:g}"

    def allocate(
        self,
        means: np.ndarray,
        counts: np.ndarray,
        direction: str,
        class_names: Sequence[str] | None = None,
    ) -> Allocation:
        """Class sizes from the class means (k,) of the hardness, up = hard. Neither the score's
        direction nor the class names matter in this mode.
        """
        return allocate(ratios_study(means, self.rho), counts, alpha=None)

    def effective_alpha(self, allocation: Allocation) -> None:
        return None


Policy = PaperPolicy | StudyPolicy


def policies(alphas: Iterable[float], rhos: Iterable[float]) -> list[Policy]:
    """The policies of mode paper, one per alpha, then those of mode study, one per rho."""
    return [*map(PaperPolicy, alphas), *map(StudyPolicy, rhos)]


def policy_of(spec: Resampled) -> Policy:
    """The policy of a resampled set."""
    return PaperPolicy(spec.setting) if spec.mode == PAPER else StudyPolicy(spec.setting)


def sizes_of(
    scores: Scores,
    labels: np.ndarray,
    class_names: Sequence[str],
    members: int | np.ndarray,
    policy: Policy,
) -> Allocation:
    """Class sizes from one estimator's scores. labels: (n,); members: as in scores.mean_score.
    Raises as the policy's allocate.
    """
    k = len(class_names)
    means = class_hardness(scores, members, labels, k)
    return policy.allocate(means, class_counts(labels, k), scores.direction, class_names)
