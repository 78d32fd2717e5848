"""Data-based estimators: formulas by hand, other packages, surfaces of known curvature, and the
degenerate cases: duplicates, a class with one sample, no neighbour of a class, constant features.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import skdim
from hypothesis import given
from hypothesis import strategies as st
from problexity import n3
from scipy.stats import hmean
from threadpoolctl import threadpool_info, threadpool_limits

from hardness.analysis import label_noise, stability
from hardness.data import neighbours
from hardness.evidence.samples import samples
from hardness.scoring import class_scores, estimation
from hardness.scoring.parts import ESTIMATORS, estimator_source
from hardness.scoring.scores import Scores, finite, hardness, ranking
from hardness.scoring.sources import Neighbours
from hardness.sets import class_tables, denoising, pruning
from hardness.sets.allocation import policies

NAMES = [name for name in ESTIMATORS.names() if estimator_source(name) == "neighbours"]
MAY_BE_INFINITE = {"mdsc", "adsc", "dnoc", "mdoc", "adoc", "cdr", "mdr", "adr", "lid"} | {
    "volume-printed"
}
INF = np.inf


def source_of(points, labels, k=40, classes=None):
    """Points (n, d) among each other."""
    points = np.asarray(points, dtype=np.float32)
    found = neighbours.nearest(points, k)
    classes = classes or int(labels.max()) + 1
    return Neighbours(
        classes, labels, labels[found.indices], found.distances,
        neighbours.centroid_distances(points, labels, classes, points),
        neighbours.local_coordinates(points, points, found.indices), points,
    )  # fmt: skip


def scores(name, source):
    return estimation.compute(name, source).scores


# By hand: four samples of three classes, three neighbours of each

BY_HAND = Neighbours(
    classes=3,
    labels=np.array([0, 0, 1, 2]),
    neighbour_labels=np.array([[0, 1, 0], [1, 2, 1], [1, 1, 1], [0, 2, 2]]),
    distances=np.array([[1, 2, 4], [2, 3, 7], [5, 6, 7], [0, 0, 6]], dtype=np.float32),
    centroid_distances=np.array([[1, 4, 8], [6, 3, 9], [5, 2, 7], [0, 1, 0]], dtype=np.float32),
)
EXPECTED = {
    "dcc": [1, 6, 2, 0],
    "mdsc": [1, INF, 5, 0],
    "adsc": [5 / 2, INF, 6, 3],
    "dnoc": [4, 3, 5, 0],
    "mdoc": [2, 2, INF, 0],
    "adoc": [2, 4, INF, 0],
    "n3": [0, 1, 0, 1],
    "cp": [1 / 3, 1, 0, 1 / 3],
    "cdr": [1 / 4, 2, 2 / 5, 1],  # 0 / 0: neither is nearer
    "mdr": [1 / 2, INF, 0, 1],
    "adr": [5 / 4, INF, 0, INF],
    "ad": [7 / 3, 4, 6, 2],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_formulas_by_hand(name):
    np.testing.assert_allclose(scores(name, BY_HAND), EXPECTED[name], rtol=1e-6)


@pytest.mark.parametrize("name", ["mdr", "adr", "cdr"])
@given(own=st.floats(0, 2.0**100, width=32), other=st.floats(0, 2.0**100, width=32))
def test_ratios_are_those_of_ieee_but_for_0_over_0(name, own, other):
    """A sample with one neighbour of its class and one of another; its centroids as far away."""
    source = Neighbours(
        2, np.array([0]), np.array([[0, 1]]), np.array([[own, other]], dtype=np.float32),
        np.array([[own, other]], dtype=np.float32),
    )  # fmt: skip
    with np.errstate(all="ignore"):
        expected = np.float32(own) / np.float32(other)
    found = scores(name, source)[0]
    assert found == (1 if own == other == 0 else pytest.approx(expected, rel=1e-6))


def test_n3_is_problexitys():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 400)
    points = rng.normal(size=(400, 6)) + labels[:, None]
    found = scores("n3", source_of(points, labels, k=5))
    assert 0.2 < found.mean() < 0.8
    assert found.mean() == pytest.approx(n3(points.astype(np.float32), labels))


# Intrinsic dimension


def test_lid_is_the_mean_of_scikit_dimensions_inverses():
    rng = np.random.default_rng(1)
    points = np.pad(rng.uniform(size=(300, 4)), ((0, 0), (0, 3)))
    source = source_of(points, np.zeros(300, dtype=int))
    inverses = []
    for k in range(10, 21):
        near = source.distances[:, :k].astype(np.float64)
        made = skdim.id.MLE().fit(points, precomputed_knn_arrays=(near, near))
        inverses.append(1 / made.dimension_pw_)
    found = scores("lid", source)
    np.testing.assert_allclose(found, 1 / np.mean(inverses, axis=0), rtol=1e-5)
    assert 3 < hmean(found) < 5  # of a cube of four dimensions


def test_lid_leaves_duplicates_out_and_has_no_estimate_where_too_many_are(capsys):
    steps = np.arange(1, 21, dtype=np.float32)
    rows = [[0, 0, 0, *steps, 30, 31], [*steps, 30, 31, 32, 33, 34], [0] * 6 + [*steps[:19]]]
    source = Neighbours(1, np.zeros(3, dtype=int), distances=np.array(rows, dtype=np.float32))
    found = scores("lid", source)
    by_hand = np.mean(
        [np.mean([np.log(steps[k - 1] / steps[j]) for j in range(k - 1)]) for k in range(10, 21)]
    )
    np.testing.assert_allclose(found[:2], 1 / by_hand, rtol=1e-6)
    assert (
        found[2] == 0
        and "lid: no estimate for 1 samples: fewer than 20 of 25" in capsys.readouterr().out
    )
    _, (row,) = class_scores.score("lid", source)
    assert row["score"] == pytest.approx(1 / by_hand) and row["infinite"] == 0


def test_lid_of_equal_distances_is_infinite_and_counts_in_harmonic_means():
    distances = np.array([[3] * 20, list(range(1, 21)), [3] * 20], dtype=np.float32)
    source = Neighbours(1, np.zeros(3, dtype=int), distances=distances)
    found = scores("lid", source)
    assert found.tolist() == [INF, found[1], INF]
    _, (row,) = class_scores.score("lid", source)
    assert row == {
        "class": 0,
        "infinite": 2,
        "score": pytest.approx(hmean(found[1] * np.array([2, 1, 2]))),
    }


def test_lids_class_value_is_the_same_in_class_scores_and_in_the_table_of_classes(tmp_path):
    rng = np.random.default_rng(3)
    points = np.concatenate([rng.normal(size=(80, 4)), np.repeat(rng.normal(size=(2, 4)), 45, 0)])
    labels = np.arange(len(points)) % 2
    source = source_of(points, labels)
    found = scores("lid", source)
    unknown = found == 0
    assert unknown.sum() == 90  # and they are ranked as the easiest
    expected = [hmean(finite(found)[~unknown & (labels == c)]) for c in range(2)]
    estimation.save(tmp_path / "lid.npz", estimation.compute("lid", source))
    loaded = estimation.load(tmp_path / "lid.npz", "lid")
    table = class_tables.table("lid", loaded, labels, ["a", "b"], 1, policies([], [2]))
    of_classes = [row["score"] for row in class_scores.score("lid", source)[1]]
    np.testing.assert_allclose(of_classes, expected, rtol=1e-6)
    assert table["hardness"] == of_classes
    assert unknown[ranking(loaded, 1)[:90]].all()


def test_lid_with_too_few_neighbours_has_no_estimate_and_says_so(capsys):
    assert scores("lid", BY_HAND).tolist() == [0, 0, 0, 0]
    assert "lid: no estimate for 4 samples: fewer than 20 of 3" in capsys.readouterr().out


# Curvature


def ball(radius, rng):
    points = rng.normal(size=(3000, 3))
    return radius * points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("radius", [0.5, 2, 10])
def test_quadric_curvatures_of_a_sphere(radius):
    points = ball(radius, np.random.default_rng(0))
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0][:3]
    source = source_of(points @ turned, np.zeros(len(points), dtype=int))  # in six dimensions
    np.testing.assert_allclose(scores("quadric-mean", source), 1 / radius, rtol=0.03)
    np.testing.assert_allclose(scores("quadric-gauss", source), 1 / radius**2, rtol=0.06)


def test_quadric_curvatures_of_a_saddle_and_a_cylinder():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-0.4, 0.4, (2, 4000))
    inside = np.hypot(x, y) < 0.1
    labels = np.zeros(4000, dtype=int)
    saddle = source_of(np.stack([x, y, 3 * x * y], axis=1), labels)
    slope = 1 + 9 * (x**2 + y**2)[inside]
    gauss, mean = -9 / slope**2, np.abs(27 * (x * y)[inside] / slope**1.5)
    np.testing.assert_allclose(scores("quadric-gauss", saddle)[inside], gauss, rtol=0.05)
    np.testing.assert_allclose(scores("quadric-mean", saddle)[inside], mean, atol=0.05)
    pipe = source_of(np.stack([2 * np.sin(x), y, 2 * np.cos(x)], axis=1), labels)
    np.testing.assert_allclose(scores("quadric-mean", pipe)[inside], 1 / 4, rtol=0.05)
    np.testing.assert_allclose(scores("quadric-gauss", pipe)[inside], 0, atol=0.01)


def published_curvatures(points, k):
    """What the code of Ma et al. computes of each point, rewritten from its description."""
    mean, gauss = [], []
    for i, point in enumerate(points):
        order = np.argsort(np.linalg.norm(points - point, axis=1), kind="stable")
        away = points[order[order != i][:k]] - point
        centered = away - away.mean(axis=0)
        directions = np.linalg.svd(centered, full_matrices=False)[2][: min(8, points.shape[1])]
        coordinates = centered @ directions.T
        products = coordinates.T @ coordinates
        matrix = np.cov(products, rowvar=False, bias=True)
        first, second = np.linalg.eigvals(matrix)[:2].real
        mean.append(abs(first + second) / 2)
        gauss.append(first * second)
    return np.array(mean), np.array(gauss)


@pytest.mark.parametrize("columns", [3, 40])
def test_ma2023_is_what_the_published_code_computes(columns):
    """But for a few points where LAPACK finds the eigenvalues in another order."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, columns)) * np.geomspace(1, 0.01, columns)
    source = source_of(points, np.zeros(200, dtype=int), k=40)
    mean, gauss = published_curvatures(points.astype(np.float32).astype(np.float64), 40)
    for name, expected in (("ma2023-mean", mean), ("ma2023-gauss", gauss)):
        found = scores(name, source)
        assert np.isclose(found, expected, rtol=1e-3).mean() > 0.97, name


# Classes


@pytest.fixture(scope="module")
def classes():
    """Two classes in three dimensions, of 300 and 200 samples, and one of two samples."""
    rng = np.random.default_rng(0)
    points = [rng.normal(size=(300, 3)) * [3, 2, 1], 5 + rng.normal(size=(200, 3)), np.eye(3)[:2]]
    labels = np.repeat([0, 1, 2], [300, 200, 2])
    return Neighbours(3, labels, inputs=np.concatenate(points).astype(np.float32))


def covariance(source, c):
    return np.cov(source.inputs[source.labels == c].astype(np.float64), rowvar=False, bias=True)


def test_eigenvalues_of_classes_are_those_of_their_covariance(classes):
    eigenvalues = [np.linalg.eigvalsh(covariance(classes, c)) for c in range(3)]
    largest, average = scores("max-lambda", classes), scores("avg-lambda", classes)
    np.testing.assert_allclose(largest, [values[-1] for values in eigenvalues], rtol=1e-6)
    np.testing.assert_allclose(average, [values.mean() for values in eigenvalues], rtol=1e-6)
    assert largest[2] == pytest.approx(
        0.5
    )  # (1, 0, 0) and (0, 1, 0): half of their distance, squared


@pytest.mark.parametrize(("name", "weight"), [("volume", 3), ("volume-unit", 1)])
def test_volumes_are_ma_et_als(classes, name, weight):
    expected = [
        np.log2(np.linalg.det(np.eye(3) + weight * covariance(classes, c))) / 2 for c in range(3)
    ]
    np.testing.assert_allclose(scores(name, classes), expected, rtol=1e-6)


def test_the_eigenvalues_of_a_source_are_computed_once_for_all_that_read_them(monkeypatch):
    calls, eigvalsh = [], np.linalg.eigvalsh
    monkeypatch.setattr(np.linalg, "eigvalsh", lambda a: calls.append(a.shape) or eigvalsh(a))
    points = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    labels = np.repeat([0, 1], [37, 3])
    first, second = (Neighbours(2, labels, inputs=points * scale) for scale in (1, 2))
    for source in (first, second):
        for name in ("volume", "volume-unit", "max-lambda"):
            scores(name, source)
    assert calls == [(5, 5), (3, 3)] * 2
    np.testing.assert_allclose(
        scores("max-lambda", second), 4 * scores("max-lambda", first), rtol=1e-6
    )


@pytest.mark.parametrize("name", ["volume", "quadric-mean"])
def test_scores_are_computed_on_one_core(name, monkeypatch):
    """Others round differently."""
    estimator, threads = ESTIMATORS.find(name), []
    score = estimator.score

    def noted(source):
        threads.extend(pool["num_threads"] for pool in threadpool_info())
        return score(source)

    monkeypatch.setattr(estimator, "score", noted)
    source = source_of(ball(1, np.random.default_rng(0))[:80], np.arange(80) % 2)
    with threadpool_limits(2):
        scores(name, source)
    assert threads and set(threads) == {1}


def test_the_printed_volume_is_0_with_fewer_samples_than_dimensions_the_repaired_ones_are_not(
    classes,
):
    printed = scores("volume-printed", classes)
    for c in range(2):
        own = classes.inputs[classes.labels == c].astype(np.float64)
        assert printed[c] == pytest.approx(np.linalg.det(own.T @ own / len(own)) ** 0.5)
    assert printed[2] == 0 and scores("volume", classes)[2] > 0
    assert scores("volume-unit", classes)[2] > 0


def test_the_printed_volume_beyond_a_float_is_0_or_infinite():
    rng = np.random.default_rng(0)
    many = rng.normal(size=(400, 90))
    constant = np.where(np.arange(90) == 7, 0, many)
    points = np.concatenate([many * 1e-2, many * 1e2, constant]).astype(np.float32)
    source = Neighbours(3, np.repeat([0, 1, 2], 400), inputs=points)
    found, rows = class_scores.score("volume-printed", source)
    assert found.tolist() == [0, INF, 0]
    assert [row["score"] for row in rows] == [0, 1, 0]
    assert [row["infinite"] for row in rows] == [0, 400, 0]


# Infinite scores in means and everywhere else


def test_infinite_values_count_as_twice_the_largest_finite_one():
    assert finite(np.array([1, INF, 3, INF])).tolist() == [1, 6, 3, 6]
    assert finite(np.array([0, INF])).tolist() == [0, 1]
    assert finite(np.array([-5, INF])).tolist() == [-5, 1]
    assert finite(np.array([INF, INF])).tolist() == [1, 1]
    assert finite(np.array([-2.0, 7])).tolist() == [-2, 7]


def test_class_values_by_hand():
    _, rows = class_scores.score("adsc", BY_HAND)  # 2.5, inf, 6, 3 of classes 0, 0, 1, 2
    assert [row["class"] for row in rows] == [0, 1, 2]
    assert [row["score"] for row in rows] == [(2.5 + 12) / 2, 6, 3]
    assert [row["infinite"] for row in rows] == [1, 0, 0]


@pytest.mark.parametrize("name", ["dcc", "cp", "ad", "quadric-mean"])
def test_what_says_nothing_of_infinite_scores_may_have_none(name, monkeypatch):
    monkeypatch.setattr(ESTIMATORS.find(name), "score", lambda source: np.array([1, INF, 2, 3]))
    with pytest.raises(
        ValueError, match=rf"{name.replace('-', '_')}\.py: score of sample 1 is inf"
    ):
        scores(name, BY_HAND)


@pytest.mark.parametrize("wrong", [np.nan, -INF])
def test_a_score_that_is_no_number_or_infinitely_small_is_refused(wrong, monkeypatch):
    monkeypatch.setattr(
        ESTIMATORS.find("mdsc"), "score", lambda source: np.array([1, INF, wrong, 3])
    )
    with pytest.raises(ValueError, match=r"mdsc\.py: score of sample 2 is -?(nan|inf)"):
        scores("mdsc", BY_HAND)


DEGENERATE = {
    "duplicates with other labels": (np.repeat(np.eye(6), 10, axis=0), np.arange(60) % 3),
    "a class with one sample": (
        np.random.default_rng(0).normal(size=(60, 6)),
        np.where(np.arange(60) == 9, 2, np.arange(60) % 2),
    ),
    "constant features": (np.ones((60, 6)), np.arange(60) % 3),
    "classes far apart": (
        np.random.default_rng(1).normal(size=(90, 6)) + 100 * np.repeat(np.arange(3), 30)[:, None],
        np.repeat(np.arange(3), 30),
    ),
    "one column": (np.random.default_rng(2).normal(size=(60, 1)), np.arange(60) % 3),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", DEGENERATE)
@pytest.mark.parametrize("name", NAMES)
def test_in_degenerate_cases_all_that_reads_scores_works(name, case):
    """Rankings, pruning, class sizes, overlap, noise detection and the table of samples."""
    points, labels = DEGENERATE[case]
    source = source_of(points, labels, k=25)
    made, rows = estimation.compute(name, source), class_scores.score(name, source)[1]
    assert not np.isnan(made.scores).any() and (made.scores > -INF).all()
    assert np.isfinite(made.scores).all() or name in MAY_BE_INFINITE
    assert np.isfinite([row["score"] for row in rows]).all()
    n = len(labels)

    order = ranking(made, 1)
    assert sorted(order.tolist()) == list(range(n))
    raw = made.of_samples(made.scores)[order]
    assert (raw[1:] >= raw[:-1]).all() if made.direction == "up" else (raw[1:] <= raw[:-1]).all()
    up = hardness(made, 1)
    assert np.isfinite(up).all()
    infinite = np.isposinf(made.of_samples(made.scores))
    if infinite.any() and not infinite.all():
        beyond = up[infinite] > up[~infinite].max()
        assert beyond.all() or (up[infinite] < up[~infinite].min()).all()

    table = class_tables.table(name, made, labels, ["a", "b", "c"], 1, policies([], [2]))
    assert sum(table["size"]) == n and np.isfinite(table["hardness"]).all()
    assert set(class_tables.groups(made, labels, ["a", "b", "c"], 1)["group"]) <= {"easy", "hard"}
    for level in ("dlp", "clp"):
        kept = pruning.prune(labels, order, level, 20, 1, points.shape[1:]).source
        assert kept.shape == (1, n - round(0.2 * n))
    overlap = stability.overlap({name: order, "reversed": order[::-1]}, [10, 50], labels)
    assert np.isfinite(overlap["replaced"]).all()
    detected = label_noise.detection({name: made}, np.arange(n) % 6 == 0, [1])
    assert np.isfinite(detected["value"]).all()
    assert (
        0 <= denoising.threshold(finite(made.of_samples(made.scores)), made.direction, "elbow") < n
    )

    data = SimpleNamespace(
        train_labels=labels,
        class_names=np.array(["a", "b", "c"]),
        files=[],
        rows=[],
        true_labels=[],
    )
    columns = samples(data, {name: made}, np.ones((1, 2, n), dtype=bool), 1)
    np.testing.assert_array_equal(columns[name], made.of_samples(made.scores))


def test_infinite_scores_are_written_and_read_back(tmp_path):
    made = estimation.compute("mdsc", BY_HAND)
    estimation.save(tmp_path / "mdsc.npz", made)
    read = estimation.load(tmp_path / "mdsc.npz", "mdsc")
    assert isinstance(read, Scores) and read.scores.tolist() == [1, INF, 5, 0]
    assert ranking(read, 8).tolist() == [3, 0, 2, 1]
