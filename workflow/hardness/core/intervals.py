"""Small statistics on arrays: intervals, correlations, reliability, the spread of an effect."""

import numpy as np

# From this many draws on, each with several members, the draw is the unit of an interval; of 2 to 5
# draws only the RANGE is given, which is no interval
SHARED = 6
RANGE = "range over draws"


def t_interval(
    values: np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Student's t interval of the mean over members: mean -+ t sd / sqrt(M), with M - 1 degrees of
    freedom.

    values: (M, ...). Returns (mean, low, high), each without the first axis; for one member the
    bounds are nan.
    Raises ValueError if there are no members or the level is not between 0 and 1.

    >>> mean, low, high = t_interval([1, 2, 3])
    >>> float(mean), round(float(low), 3), round(float(high), 3)
    (2.0, -0.484, 4.484)
    """
    from scipy.special import stdtrit  # takes 0.25 s to import, and most small jobs do without it

    values = np.asarray(values, dtype=np.float64)
    members = len(values)
    if not members:
        raise ValueError("an interval needs at least one member; there is none")
    if not 0 < level < 1:
        raise ValueError(
            f"the level of an interval is {level}; it must lie between 0 and 1, such as 0.95"
        )
    mean = values.mean(axis=0)
    if members == 1:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    half = stdtrit(members - 1, (1 + level) / 2) * values.std(axis=0, ddof=1) / np.sqrt(members)
    return mean, mean - half, mean + half


def pearson(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's correlation of two (n,) arrays; nan where one of them does not vary.

    >>> pearson([1, 2, 3], [3, 2, 1])
    -1.0
    """
    first = np.subtract(first, np.mean(first), dtype=np.float64)
    second = np.subtract(second, np.mean(second), dtype=np.float64)
    scale = np.sqrt((first @ first) * (second @ second))
    return float(np.clip(first @ second / scale, -1, 1)) if scale else np.nan


def spearman_brown(correlation: float, factor: float) -> float:
    """Reliability of an ensemble `factor` times as large as two whose scores have the correlation
    r: f r / (1 + (f - 1) r).

    factor: > 0; below 1 for a smaller ensemble. nan where a negative correlation leaves no positive
    denominator.
    Source: Spearman (1910), Brown (1910).

    >>> round(spearman_brown(0.5, 2), 3)
    0.667
    """
    denominator = 1 + (factor - 1) * correlation
    return factor * correlation / denominator if denominator > 0 else np.nan


def spread(effect: np.ndarray, draw: np.ndarray) -> tuple[float, float, str]:
    """The uncertainty of a mean change: low, high, and how they were found.

    effect: (M,) each member's change; draw: (M,) the draw of the training set that it was trained
    on. If all members share one draw, or each has its own: Student's t over members. With 2 to 5
    draws: the range of the draws' means. From 6 draws: Student's t over draws. nan for one member.
    """
    if len(effect) < 2:
        return np.nan, np.nan, "none: one member"
    draws = np.unique(draw)
    if len(draws) in (1, len(effect)):
        _, low, high = t_interval(effect)
        return float(low), float(high), "t over members"
    means = np.array([effect[draw == d].mean() for d in draws])
    if len(draws) < SHARED:
        return float(means.min()), float(means.max()), RANGE
    _, low, high = t_interval(means)
    return float(low), float(high), "t over draws"
