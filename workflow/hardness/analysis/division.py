"""How an estimator's values are distributed, and where the distribution divides samples into easy,
medium and hard: the paper's three families of sorted values (App. B) and its adaptive division
points, and the points that Kneedle finds on the same curves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hardness.core.tables import columns_of
from hardness.scoring.estimation import direction
from hardness.scoring.scores import finite

INVERSE, LOGARITHMIC, EXPONENTIAL = "inverse-cumulative", "logarithmic", "exponential"
CONSTANT = "constant"  # no family: all values are equal
PAPER, KNEEDLE = "paper", "kneedle"
FULL_SIZE = 5_000  # with at least so many samples the windows are the paper's
FEWEST = 7  # samples: with fewer no window is left
SHARE = 0.025  # of the gradient's range, above its minimum: the threshold
ORDER = 2  # of Savitzky and Golay's polynomial
POINTS = 200  # of a curve that is drawn, and as many at its two ends


class Windows(NamedTuple):
    """Widths in samples. half: half of the moving mean's window; smooth: Savitzky and Golay's
    window; below, above: the windows that must lie entirely below, or above, the threshold.
    """

    half: int
    smooth: int
    below: int
    above: int


def windows(n: int) -> Windows:
    """The paper's windows, scaled with n where there are fewer than 5,000 samples."""
    share = min(1, n / FULL_SIZE)
    half, smooth, below, above = (max(1, round(size * share)) for size in (100, 500, 1_000, 10))
    return Windows(half, max(2 * smooth + 1, ORDER + 3), below, above)


class Curve(NamedTuple):
    """Sorted values, and how steep they are.

    order: (n,) samples by rising value; values: (n,) scaled to 0..1; gradient: (n - 2 half,)
    smoothed, at the places half..n-half-1; threshold: of the gradient.
    """

    order: np.ndarray
    values: np.ndarray
    gradient: np.ndarray
    threshold: float
    windows: Windows


def curve(values: np.ndarray) -> Curve:
    """The curve of an estimator's values (n,), which are finite.

    Raises ValueError for fewer than 7 samples.
    """
    from scipy.signal import savgol_filter  # half a second to import

    n = len(values)
    if n < FEWEST:
        raise ValueError(f"{n} samples cannot be divided by the shape of their values: 7 or more")
    size, order = windows(n), np.argsort(values, kind="stable")
    ranked = values[order].astype(np.float64)
    spread = ranked[-1] - ranked[0]
    scaled = (ranked - ranked[0]) / spread if spread else np.zeros(n)
    mean = np.convolve(
        np.gradient(scaled), np.full(2 * size.half + 1, 1 / (2 * size.half + 1)), "valid"
    )
    gradient = savgol_filter(mean, min(size.smooth, len(mean) - (len(mean) + 1) % 2), ORDER)
    least, most = gradient.min(), gradient.max()
    least = 0 if least < most / 100 else least
    return Curve(order, scaled, gradient, float(least + SHARE * (most - least)), size)


def family(made: Curve) -> str:
    """Which of the paper's families a curve belongs to, by its two ends.

    Inverse-cumulative: steep at both ends, the right one above the left one. Else logarithmic where
    the left end is the steeper one, and exponential where it is not.
    """
    if not made.values[-1]:
        return CONSTANT
    ends = made.windows.above
    left, right = made.gradient[:ends].mean(), made.gradient[-ends:].mean()
    if right > left > made.threshold:
        return INVERSE
    return LOGARITHMIC if left > right else EXPONENTIAL


def divisions(made: Curve, kind: str) -> list[int]:
    """The paper's division points: at most two places 0..n in the sorted values, which separate
    samples of different difficulty. Fewer where no window lies on one side of the threshold.

    kind: the curve's family.
    """
    steep, half = made.gradient > made.threshold, made.windows.half
    if kind == INVERSE:
        flat = _all(~steep, made.windows.below)
        return [flat[0] + half, flat[-1] + made.windows.below + half] if len(flat) else []
    rising = _all(steep, made.windows.above)
    if kind == CONSTANT or not len(rising):
        return []
    return [rising[-1] + made.windows.above + half if kind == LOGARITHMIC else rising[0] + half]


def _all(flags: np.ndarray, size: int) -> np.ndarray:
    """The places, ascending, where windows of this size begin in which all flags are True."""
    counts = np.concatenate([[0], np.cumsum(flags)])
    return np.flatnonzero(counts[size:] - counts[:-size] == size)


def knees(made: Curve, kind: str) -> list[int]:
    """The division points of Kneedle: where the curve lies farthest from the line between its ends,
    above it where it bends down, below it where it bends up. An inverse-cumulative curve has one in
    each half.

    Source: Satopaa et al. (2011). Sorted values rise all the way: they need no smoothing, and have
    one knee.
    """
    n = len(made.values)
    if kind == INVERSE:
        middle = n // 2
        return [_knee(made.values[:middle], 1), middle + _knee(made.values[middle:], -1)]
    return [] if kind == CONSTANT else [_knee(made.values, 1 if kind == LOGARITHMIC else -1)]


def _knee(values: np.ndarray, side: int) -> int:
    line = np.linspace(values[0], values[-1], len(values))
    return int(np.argmax(side * (values - line)))


def groups(points: list[int], n: int, direction: str) -> dict[str, int]:
    """How many of n samples are easy, medium and hard, if their sorted values are divided at these
    points. Without a point all are medium. direction: "up" if high values are hard.
    """
    if not points:
        return {"easy": 0, "medium": n, "hard": 0}
    low, high = points[0], n - points[-1]
    easy, hard = (low, high) if direction == "up" else (high, low)
    return {"easy": easy, "medium": n - low - high, "hard": hard}


Scored = tuple[str, str, np.ndarray]  # setting, estimator, scores (n,) of samples


def of_samples(
    arrays: Mapping[str, np.ndarray], settings: Sequence[str], estimators: Sequence[str]
) -> Iterator[Scored]:
    """The scores of samples in the arrays named {setting}-{estimator}. Estimators at class level
    have no such arrays.
    """
    for setting in settings:
        for name in estimators:
            if f"{setting}-{name}" in arrays:
                yield setting, name, arrays[f"{setting}-{name}"]


FAMILIES = (
    "setting", "estimator", "direction", "n", "infinite", "family", "threshold", "variant",
    "first", "second", "easy", "medium", "hard",
)  # fmt: skip
CURVES = ("setting", "estimator", "place", "value", "gradient")


def _rows(
    setting: str, name: str, raw: np.ndarray
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of difficulty/families.csv, one per variant, and of difficulty/curves.csv, some hundred
    points of the sorted values. raw: (n,), one estimator's scores.

    place: the share of the samples below; gradient: of the scaled values, with respect to place;
    None at the two ends, where the moving mean is undefined.
    """
    made, n, up = curve(finite(raw)), len(raw), direction(name)
    kind, described = family(made), {"setting": setting, "estimator": name}
    shape = {
        "direction": up,
        "n": n,
        "infinite": int(np.isinf(raw).sum()),
        "family": kind,
        "threshold": n * made.threshold,
    }
    families = []
    for variant, points in ((PAPER, divisions(made, kind)), (KNEEDLE, knees(made, kind))):
        first, second = [point / n for point in points] + [None] * (2 - len(points))
        families.append(
            {**described, **shape, "variant": variant, "first": first, "second": second}
            | groups(points, n, up)
        )
    return families, list(_drawn(described, made))


def tables(scored: Iterable[Scored]) -> dict[str, dict[str, list]]:
    """The columns of difficulty/families.csv and difficulty/curves.csv. scored: setting, estimator
    and scores of samples.
    """
    families: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    for one in scored:
        rows, points = _rows(*one)
        families += rows
        curves += points
    return {"families": columns_of(families, FAMILIES), "curves": columns_of(curves, CURVES)}


def _drawn(described: dict[str, str], made: Curve) -> Iterator[dict[str, Any]]:
    n, half = len(made.values), made.windows.half
    ends = np.geomspace(1, n / 2, POINTS // 2).astype(int)
    places = np.unique([*np.linspace(0, n - 1, POINTS).astype(int), *(ends - 1), *(n - ends)])
    for place in places.tolist():
        inner = half <= place < n - half
        gradient = n * made.gradient[place - half] if inner else None
        yield described | {"place": place / n, "value": made.values[place], "gradient": gradient}
