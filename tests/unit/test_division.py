"""Families of sorted values and their division points: on curves whose shape is known."""

import numpy as np
import pytest
from scipy import stats

from hardness.analysis import division
from hardness.analysis.division import CONSTANT, EXPONENTIAL, INVERSE, LOGARITHMIC
from hardness.core.tables import rows_of

N = 20_000
X = np.linspace(0, 1, N)
BENT = 0.3  # where a curve of two straight parts bends
CURVES = {
    INVERSE: stats.norm.ppf(np.linspace(0.0005, 0.9996, N)),
    LOGARITHMIC: np.minimum(X / BENT, 1 + 1e-4 * (X - BENT)),
    EXPONENTIAL: np.maximum(1e-4 * X, (X - 1 + BENT) / BENT),
    CONSTANT: np.ones(N),
}


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize("n", [N, 1_437])
def test_the_family_of_a_known_curve(kind, n):
    values = CURVES[kind][np.linspace(0, N - 1, n).astype(int)]
    shuffled = np.random.default_rng(0).permutation(values)
    made = division.curve(shuffled)
    assert division.family(made) == kind
    np.testing.assert_array_equal(shuffled[made.order], np.sort(values))


def test_a_gaussian_is_divided_where_its_density_says():
    """The gradient of sorted normal values is one by their density, up to the smoothing."""
    made = division.curve(CURVES[INVERSE])
    first, second = division.divisions(made, INVERSE)
    gradient = 1 / stats.norm.pdf(CURVES[INVERSE])
    gradient *= np.median(made.gradient) / np.median(gradient)
    flat = np.flatnonzero(gradient <= made.threshold)
    assert first == pytest.approx(flat[0], abs=150) and second == pytest.approx(flat[-1], abs=150)
    assert 0 < first < N / 2 < second < N


@pytest.mark.parametrize(("kind", "expected"), [(LOGARITHMIC, BENT), (EXPONENTIAL, 1 - BENT)])
def test_a_bent_curve_is_divided_where_it_bends(kind, expected):
    """To half of the windows that smooth it: 600 of 20,000 samples."""
    made = division.curve(CURVES[kind])
    (point,) = division.divisions(made, kind)
    assert point / N == pytest.approx(expected, abs=600 / N)
    (knee,) = division.knees(made, kind)
    assert knee / N == pytest.approx(expected, abs=2 / N)


def test_kneedle_by_calculus():
    """The square's distance from the diagonal is largest at 1/2, the square root's at 1/4."""
    (low,) = division.knees(division.curve(X**2), EXPONENTIAL)
    (high,) = division.knees(division.curve(np.sqrt(X)), LOGARITHMIC)
    assert low / N == pytest.approx(0.5, abs=1e-3) and high / N == pytest.approx(0.25, abs=1e-3)
    # both halves of x + x^3 around 0 bend away from their line: 3 x^2 = 1 at their knees
    first, second = division.knees(division.curve((2 * X - 1) ** 3), INVERSE)
    root = 1 / np.sqrt(3)
    assert first / N == pytest.approx((1 - root) / 2, abs=1e-3)
    assert second / N == pytest.approx((1 + root) / 2, abs=1e-3)


def test_the_smoothed_gradient_is_at_its_own_place():
    """The moving mean drops 100 places at each end: of a straight part that jumps to another slope
    the smoothed gradient passes the middle of both where the slope changes.
    """
    made = division.curve(np.maximum(X, 3 * X - 1))  # slope 1 up to 1/2, then 3
    middle = (made.gradient[4_000] + made.gradient[-4_000]) / 2
    crossing = np.flatnonzero(made.gradient > middle)[0] + made.windows.half
    assert crossing == pytest.approx(N / 2, abs=5) and made.windows.half == 100
    assert len(made.gradient) == N - 200


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (60_000, (100, 1001, 1000, 10)),
        (5_000, (100, 1001, 1000, 10)),
        (2_500, (50, 501, 500, 5)),
        (7, (1, 5, 1, 1)),
    ],
)
def test_windows_are_the_papers_and_shrink_with_fewer_than_5000_samples(n, expected):
    assert division.windows(n) == expected
    division.curve(np.arange(n, dtype=float))  # no window is longer than the curve


def test_too_few_samples_are_told():
    with pytest.raises(ValueError, match="6 samples cannot be divided"):
        division.curve(np.arange(6.0))


def test_a_threshold_near_zero_counts_from_zero():
    made = division.curve(CURVES[EXPONENTIAL])
    assert made.threshold == pytest.approx(0.025 * made.gradient.max())
    made = division.curve(np.maximum(X, 3 * X - 1))
    low, high = made.gradient.min(), made.gradient.max()
    assert made.threshold == pytest.approx(low + 0.025 * (high - low))


def test_two_values_have_a_family_and_a_point_beside_their_jump():
    """N3 is 0 or 1: flat at both ends, and so exponential; P's N3 is one of both, too."""
    made = division.curve((X > 0.9).astype(float))
    assert division.family(made) == EXPONENTIAL
    (point,) = division.divisions(made, EXPONENTIAL)
    assert 0.9 - 600 / N < point / N <= 0.9
    (knee,) = division.knees(made, EXPONENTIAL)
    assert knee == np.flatnonzero(X > 0.9)[0] - 1  # the last 0


@pytest.mark.parametrize(
    ("points", "direction", "expected"),
    [
        ([10, 80], "up", (10, 70, 20)),
        ([10, 80], "down", (20, 70, 10)),
        ([30], "up", (30, 0, 70)),
        ([30], "down", (70, 0, 30)),
        ([], "up", (0, 100, 0)),
    ],
)
def test_low_values_are_easy_where_high_ones_are_hard(points, direction, expected):
    assert tuple(division.groups(points, 100, direction).values()) == expected


def test_the_tables_of_an_estimator_with_infinite_scores():
    values = np.where(X > 0.95, np.inf, 1 + X**3)
    made = division.tables([("full", "mdsc", values)])
    families, curves = rows_of(made["families"]), rows_of(made["curves"])
    assert [row["variant"] for row in families] == ["paper", "kneedle"]
    assert all(set(row) == set(division.FAMILIES) for row in families)
    assert all(row["infinite"] == 1000 and row["family"] == EXPONENTIAL for row in families)
    assert all(row["easy"] + row["medium"] + row["hard"] == N for row in families)
    places = [row["place"] for row in curves]
    assert places == sorted(set(places)) and places[0] == 0 and len(places) < 500
    assert curves[-1]["value"] == 1 and curves[0]["gradient"] is None


def test_scores_of_classes_are_not_divided():
    arrays = {"part-dcc": np.arange(50), "part-n3": np.arange(50), "full-dcc": np.arange(9)}
    made = list(division.of_samples(arrays, ["part"], ["dcc", "volume"]))
    assert [one[:2] for one in made] == [("part", "dcc")] and len(made[0][2]) == 50
    assert list(division.of_samples(arrays, ["part"], ["volume"])) == []
