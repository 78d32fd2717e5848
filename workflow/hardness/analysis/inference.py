"""Is there a change, is there none, and could so few members have shown it? Tests on changes paired
by seed.

`changes` is always (M, c): row m is member m of a training set minus the same seed's member of the
baseline, column j a cell of the table (set x metric x group), all in the units of the metric. A
change is tested by sign flips: without a change a member's row is as likely as its negative,
whatever the correlation of its cells, so it does no harm that all sets share one baseline. The
absence of a change is tested by two one-sided t tests (TOST) against a margin.
"""

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import chdtri, gammaln, nctdtrinc, ndtr, stdtr, stdtrit

from hardness.core.intervals import t_interval

CHANGED, CHANGED_BELOW, NONE, UNDECIDED = (
    "changed",
    "changed, below the margin",
    "none",
    "undecided",
)
NOTHING, COULD_NOT = "nothing in the table", "undecided (this M could not have shown it)"
ALPHA, POWER = 0.05, 0.8
REJECTS_FROM = 6  # members: the smallest p of M sign flips is 2 / 2^M
FLIPS = 611  # random stream id of the sign flips
ROWS = 4096  # flips at a time: 72 cells take 2 MB
NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)  # for integrals over -1..1
TIE = 1e-9  # relative: sums of the same numbers in another order count as equal


def scales(full: np.ndarray, changes: np.ndarray, column: np.ndarray) -> np.ndarray:
    """What max_t divides each cell's mean change by: the baseline's own spread, one number per
    column of the table.

    full: (m, k) members of `full` x columns (metric x group); changes: (M, c); column: (c,) each
    cell's column, 0..k-1.
    Returns (c,): the standard deviation (ddof 1) of the cell's column over the members of full;
    where that is 0, or m is 1, the root mean square of all changes in the column, over members and
    sets (0 where nothing changes at all).

    Sign flips keep their level only if the scale does not depend on the changes' signs, and the
    compared members of full are in both. With 36 cells, 8 members and independent noise the
    family-wise error is .047 with a scale from members of full that are not compared, .055 with one
    from 20 members of which 8 are compared, .09 with one from those 8 alone.
    """
    full, changes = np.asarray(full, dtype=np.float64), _table(changes)
    spread = np.zeros(full.shape[1])
    varies = np.ptp(full, axis=0) > 0  # equal numbers may have a standard deviation of 1e-17
    if varies.any():
        spread[varies] = full[:, varies].std(axis=0, ddof=1)
    for j in np.flatnonzero(~varies):
        cells = changes[:, column == j]
        spread[j] = math.sqrt((cells**2).mean()) if cells.size else 0
    return spread[column]


def max_t(changes: np.ndarray, scale: np.ndarray, seed: int = 0) -> np.ndarray:
    """Is there a change? A p-value for each cell, corrected for all cells, by step-down max-T over
    sign flips.

    changes: (M, c); scale: (c,) of `scales`. The statistic is |mean change| / scale. A member's
    sign is flipped in all cells at once: in all 2^M ways up to M = 12; beyond, in 99,999 random
    ways and the identity. A cell's p is the share of flips whose largest statistic, over the cells
    whose observed statistic is no larger than this cell's, reaches the cell's own; and it is at
    least the p of every cell with a larger statistic. Returns (c,); 1 where the scale is 0. Below 6
    members no p reaches .05.
    Raises ValueError if a change is not finite, or does not vanish though its scale is 0.
    Source: Westfall and Young (1993), algorithm 4.1, with the flips of Fisher's randomization test.
    """
    scaled = _scaled(changes, scale)
    order = np.argsort(-np.abs(scaled.mean(axis=0)), kind="stable")
    scaled = scaled[:, order]
    reached = np.abs(scaled.mean(axis=0)) - TIE * np.abs(scaled).mean(axis=0)
    count, flips = np.zeros(len(order)), 0
    for means in _flipped_means(scaled, seed):
        largest = np.maximum.accumulate(np.abs(means)[:, ::-1], axis=1)[:, ::-1]
        count += (largest >= reached).sum(axis=0)
        flips += len(means)
    p = np.empty(len(order))
    p[order] = np.maximum.accumulate(count / flips)
    return p


def largest_point(changes: np.ndarray, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """The largest |mean change| over cells, and the point that it exceeds by chance in at most 1 -
    level of the flips.

    changes: (M, c), unscaled. Returns (largest, point). point: the smallest value that the largest
    |mean| of at least `level` of the sign flips does not exceed. largest > point is significant at
    1 - level; with level .95 it never is below 6 members.
    """
    changes = _table(changes)
    largest = np.abs(changes.mean(axis=0)).max()
    of_flips = np.concatenate(
        [np.abs(means).max(axis=1) for means in _flipped_means(changes, seed)]
    )
    of_flips[np.isclose(of_flips, largest, rtol=TIE, atol=0)] = largest
    return float(largest), float(np.quantile(of_flips, level, method="inverted_cdf"))


def tost(values: np.ndarray, margin: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Is every change smaller than the margin? Two one-sided t tests at .05 each.

    values: (M, ...) changes. Returns (passes, p), each (...): p is the larger of the two sides',
    and passes means p <= .05, that is, the 90% t interval lies inside -margin..margin. One member
    or no margin: p nan, passes False.
    Source: Schuirmann (1987).
    """
    values = np.asarray(values, dtype=np.float64)
    if margin is None or len(values) < 2:
        p = np.full(values.shape[1:], np.nan)
        return p <= ALPHA, p
    beyond, error = (
        np.abs(values.mean(axis=0)) - margin,
        values.std(axis=0, ddof=1) / math.sqrt(len(values)),
    )
    exact = error == 0  # all members agree to the bit: the interval is a point
    p = np.where(exact, beyond >= 0, stdtr(len(values) - 1, beyond / np.where(exact, 1, error)))
    return p <= ALPHA, p


def smallest_margin(values: np.ndarray) -> np.ndarray:
    """The smallest margin that `tost` passes: the absolute value of the 90% t interval's end that
    is farther from 0.

    values: (M, ...). Returns (...); nan for one member.
    """
    _, low, high = t_interval(values, 1 - 2 * ALPHA)
    return np.maximum(np.abs(low), np.abs(high))


def verdict(p: float | None, passes: bool, members: int) -> str:
    """One of the four verdicts, from the p of max_t and whether tost passes.

    No p (None or nan: not tested) or fewer than 6 members, which cannot reject: "undecided",
    whatever TOST says.
    """
    if p is None or math.isnan(p) or members < REJECTS_FROM:
        return UNDECIDED
    if p <= ALPHA:
        return CHANGED_BELOW if passes else CHANGED
    return NONE if passes else UNDECIDED


def nothing_in_table(changes: np.ndarray, margin: float | None, seed: int = 0) -> tuple[str, float]:
    """Is there no change in any cell? An intersection-union test (every cell passes TOST, without
    correction) and its power.

    changes: (M, c). Returns the verdict ("nothing in the table"; "undecided"; or, if the power is
    below .5, "undecided (this M could not have shown it)") and the power if no cell truly changed:
    the share of sign flips of the members' centred changes in which all cells pass. The power is 0
    for one member, nan without a margin. Checked by simulation: right on average to .06 with 36
    cells and 8 members. (Normal noise with the members' covariance would give .40 where .63 is
    true, because the scatter of the sds would count twice.)
    Source: Berger (1982) for the test.
    """
    changes = _table(changes)
    members = len(changes)
    if margin is None:
        return UNDECIDED, np.nan
    if members == 1:
        return COULD_NOT, 0.0
    seed_noise, quantile = _seed_noise(changes), stdtrit(members - 1, 1 - ALPHA)
    squares, passed, flips = (seed_noise**2).sum(axis=0), 0, 0
    for means in _flipped_means(seed_noise, seed):
        # a flip leaves the squares as they are
        variance = np.maximum(squares - members * means**2, 0) / (members - 1)
        passed += (
            (np.abs(means) + quantile * np.sqrt(variance / members) <= margin).all(axis=1).sum()
        )
        flips += len(means)
    power = passed / flips
    if tost(changes, margin)[0].all():
        return NOTHING, power
    return (UNDECIDED if power >= 0.5 else COULD_NOT), power


def sd_interval(sd: np.ndarray, members: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Chi-square interval of a standard deviation over members: with 8 members, .66 to 2.04 times
    the estimate. nan for one member.
    """
    df, tail = members - 1, (1 - level) / 2
    if not df:
        return np.full_like(sd, np.nan, dtype=np.float64), np.full_like(
            sd, np.nan, dtype=np.float64
        )
    return sd * math.sqrt(df / chdtri(df, tail)), sd * math.sqrt(df / chdtri(df, 1 - tail))


def detectable(changes: np.ndarray, scale: np.ndarray, seed: int = 0) -> np.ndarray:
    """The mean change of a single cell that max_t finds with 80% power, if no other cell changes.

    changes: (M, c); scale: (c,). Returns (c,) in the changes' units, proportional to the noise (so
    the factors of sd_interval give its interval); nan below 6 members, which find no change of any
    size, and where the scale is 0.
    It is simulated: an effect is added to sign flips of the members' centred changes, these are
    tested by sign flips again, and bisection finds the effect that 80% of them detect. max-T's
    critical value is not that of pure noise, about 3 standard errors over 36 cells: the flips
    contain the effect too, and 8 members need an effect of 4.1, not of 3.0 + .84. Up to 8 members
    all flips are used, beyond that 128. Checked by simulation: right on average to 5%, with 9 to 72
    cells and 6 to 20 members.
    """
    scaled = _scaled(changes, scale)
    members, cells = scaled.shape
    effects = np.full(cells, np.nan)
    known = np.asarray(scale) > 0
    if members < REJECTS_FROM or not known.any():
        return effects
    seed_noise = _seed_noise(scaled[:, known])
    signs = _signs(members, seed, all_up_to=8, drawn=127)
    # draws of the noise x members x cells
    drawn = np.concatenate([signs, -signs])[:, :, None] * seed_noise
    means = signs @ drawn / members  # draws x flips x cells; flip 0 is the identity
    others, share = _largest_of_others(np.abs(means)), signs.mean(axis=1)[:, None]

    def power(effect: np.ndarray) -> np.ndarray:
        largest = np.maximum(np.abs(means + effect * share), others)
        p = (largest >= np.abs(means[:, :1] + effect) * (1 - TIE)).mean(axis=1)
        return (p <= ALPHA).mean(axis=0)

    low = np.zeros(seed_noise.shape[1])
    # an effect that is always found: no flip and no other cell comes near it
    high = np.abs(seed_noise).max(axis=0) + np.abs(seed_noise).max()
    for _ in range(12):  # to 1/4,000 of the bracket
        middle = (low + high) / 2
        enough = power(middle) >= POWER
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    effects[known] = high * np.asarray(scale, dtype=np.float64)[known]
    return effects


def detectable_by_t(sd: np.ndarray, members: int) -> np.ndarray:
    """The mean change that a single paired t test (two-sided, .05) finds with 80% power; nan for
    one member.
    """
    if members < 2:
        return np.full_like(sd, np.nan, dtype=np.float64)
    df = members - 1
    return sd * nctdtrinc(df, 1 - POWER, stdtrit(df, 1 - ALPHA / 2)) / math.sqrt(members)


def tost_power(sd: float, margin: float, members: int) -> float:
    """The power of `tost` at a true change of 0: P(|mean| + t s / sqrt(M) <= margin), with a normal
    mean and chi-distributed s.

    sd: of the differences, > 0. Exact: 2 Phi(x - t u) - 1 integrated over the density of u = s /
    sd, up to x / t, with x = sqrt(M) margin / sd, by Gauss-Legendre quadrature. 0 for one member.
    """
    if members < 2:
        return 0.0
    df, x = members - 1, math.sqrt(members) * margin / sd
    # beyond 9 of its sds, u has no weight
    quantile, width = (
        stdtrit(df, 1 - ALPHA),
        9 / math.sqrt(2 * df),
    )
    low, high = max(0.0, 1 - width), min(x / quantile, 1 + width)
    if high <= low:
        return 0.0
    u = low + (high - low) * (NODES + 1) / 2
    log_density = (
        math.log(2)
        + df / 2 * math.log(df / 2)
        - gammaln(df / 2)
        + (df - 1) * np.log(u)
        - df / 2 * u**2
    )
    return float(
        (high - low) / 2 * WEIGHTS @ (np.exp(log_density) * (2 * ndtr(x - quantile * u) - 1))
    )


def detectable_margin(sd: np.ndarray, members: int) -> np.ndarray:
    """The margin that `tost` passes with 80% power at a true change of 0, with noise sd; nan for
    one member.
    """
    if members < 2:
        return np.full_like(sd, np.nan, dtype=np.float64)
    low, high = 0.0, 1.0
    while tost_power(1, high, members) < POWER:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if tost_power(1, middle, members) >= POWER else (middle, high)
    return sd * high


def members_needed(sd: float, margin: float | None) -> float:
    """The fewest members with which `tost` passes the margin with 80% power at a true change of 0,
    with noise sd.

    At least 2; nan without a margin or sd. Raises ValueError if the margin is not above 0, because
    then no number is enough.
    """
    if margin is None or math.isnan(sd):
        return np.nan
    if not margin > 0:
        raise ValueError(f"a margin is {margin}; it must lie above 0, such as 0.005")
    if not sd:
        return 2.0
    low, high = 1, 2
    while tost_power(sd, margin, high) < POWER:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if tost_power(sd, margin, middle) >= POWER else (middle, high)
    return float(high)


def _table(changes: np.ndarray) -> np.ndarray:
    changes = np.asarray(changes, dtype=np.float64)
    if changes.ndim != 2 or not changes.size:
        raise ValueError(
            f"changes must be members x cells, at least one of each; their shape is {changes.shape}"
        )
    if not np.isfinite(changes).all():
        cell = np.argwhere(~np.isfinite(changes))[0, 1]
        raise ValueError(
            f"changes of cell {cell} are not finite: leave out cells that have no value in every "
            "member"
        )
    return changes


def _scaled(changes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    changes, scale = _table(changes), np.asarray(scale, dtype=np.float64)
    if scale.shape != changes.shape[1:] or not (scale >= 0).all():
        raise ValueError(
            f"scale must be a number >= 0 for each of {changes.shape[1]} cells; it is {scale}"
        )
    if changes[:, scale == 0].any():
        cell = np.flatnonzero((scale == 0) & changes.any(axis=0))[0]
        raise ValueError(
            f"the scale of cell {cell} is 0, but its changes are not: take the scale from `scales`"
        )
    return changes / np.where(scale > 0, scale, 1)


def _seed_noise(changes: np.ndarray) -> np.ndarray:
    """The members' noise without a change: the changes centred, and scaled such that their root
    mean square is the standard deviation (ddof 1).
    """
    return (changes - changes.mean(axis=0)) * math.sqrt(len(changes) / max(len(changes) - 1, 1))


def _signs(members: int, seed: int, all_up_to: int = 12, drawn: int = 99_999) -> np.ndarray:
    """Sign flips of the members, (flips, M) of +1 and -1, the first the identity: all, or `drawn`
    more random ones.

    "All" are those that keep the first member's sign, because a flip and its opposite have the same
    |mean|.
    """
    if members <= all_up_to:
        bits = np.arange(2 ** (members - 1))[:, None] >> np.arange(members) & 1
        return 1.0 - 2 * bits[:, ::-1]
    rng = np.random.default_rng([seed, FLIPS])
    return np.concatenate(
        [np.ones((1, members)), 1.0 - 2 * rng.integers(0, 2, (drawn, members), dtype=np.int8)]
    )


def _flipped_means(changes: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """The cells' means under every sign flip, (flips, c), some thousand flips at a time."""
    signs = _signs(len(changes), seed)
    for start in range(0, len(signs), ROWS):
        yield signs[start : start + ROWS] @ changes / len(changes)


def _largest_of_others(statistic: np.ndarray) -> np.ndarray:
    """For each cell (the last axis) the largest of all other cells; 0 where there is no other."""
    if statistic.shape[-1] == 1:
        return np.zeros_like(statistic)
    second, first = np.moveaxis(np.partition(statistic, -2, axis=-1)[..., -2:], -1, 0)
    return np.where(statistic == first[..., None], second[..., None], first[..., None])
