"""The search for neighbours against scikit-learn and against every distance, its ties and its
degenerate cases; local coordinates against scikit-learn's PCA; the spaces; a member's features.
"""

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_block
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from hardness.core import artifacts
from hardness.data import datasets, neighbours, spaces
from hardness.scoring import sources
from hardness.training import features, networks
from hardness.training.checks import PartError

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
CIFAR = Path(os.environ.get("HARDNESS_DATA", "data"))
rng = np.random.default_rng(0)


def every_distance(points, queries=None):
    """All squared distances, in whole numbers or float64; a point's to itself infinite."""
    own, queries = queries is None, points if queries is None else queries
    differences = queries[:, None].astype(np.float64) - points[None]
    squared = (differences**2).sum(axis=2)
    if own:
        np.fill_diagonal(squared, np.inf)
    return squared


def expected(points, k, queries=None):
    squared = every_distance(points, queries)
    order = np.argsort(squared, axis=1, kind="stable")[:, :k]
    return order, np.sqrt(np.take_along_axis(squared, order, 1))


POINTS = {
    "images": rng.integers(0, 256, (700, 50)).astype(np.uint8),
    "few values: many ties and duplicates": rng.integers(0, 3, (600, 4)).astype(np.uint8),
    "rows": rng.normal(size=(500, 30)).astype(np.float32),
    "rows far from 0": (1e4 + rng.normal(size=(400, 20))).astype(np.float32),
    "one row far away": np.vstack([rng.normal(size=(300, 20)), np.full(20, 1e6)]).astype("float32"),
    "all the same": np.full((200, 6), 7, dtype=np.uint8),
}


@pytest.mark.parametrize("name", POINTS)
def test_neighbours_are_those_of_all_distances_with_ties_by_index(name, monkeypatch):
    points = POINTS[name]
    order, distances = expected(points, 40)
    found = neighbours.nearest(points, 40)
    assert found.indices.dtype == np.int32 and found.distances.dtype == np.float32
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-6)
    monkeypatch.setattr(neighbours, "BLOCK", 7 * len(points))  # seven rows at once
    monkeypatch.setattr(neighbours, "CHUNK", 1)
    again = neighbours.nearest(points, 40)
    np.testing.assert_array_equal(again.indices, order)
    np.testing.assert_array_equal(again.distances, found.distances)


@pytest.mark.parametrize("name", ["images", "rows"])
def test_neighbours_are_scikit_learns(name):
    points, queries = POINTS[name][:300], POINTS[name][300:]
    theirs = NearestNeighbors(n_neighbors=15, algorithm="brute").fit(points.astype(np.float64))
    distances, indices = theirs.kneighbors(queries.astype(np.float64))
    found = neighbours.nearest(points, 15, queries)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-6)
    if name == "rows":  # it does not order the ties of whole numbers
        np.testing.assert_array_equal(found.indices, indices)


def test_a_point_is_left_out_by_its_index_and_its_duplicates_are_at_0():
    points = np.array([[5, 1], [9, 9], [5, 1], [5, 1], [0, 0]], dtype=np.float32)
    found = neighbours.nearest(points, 2)
    assert found.indices.tolist() == [[2, 3], [0, 2], [0, 3], [0, 2], [0, 2]]
    assert (found.distances[[0, 2, 3]] == 0).all() and found.distances[4, 0] == np.float32(26**0.5)
    asked = neighbours.nearest(points, 2, points[:1])  # of others a query is no point
    assert asked.indices.tolist() == [[0, 2]] and asked.distances.tolist() == [[0, 0]]


def test_with_fewer_others_than_neighbours_all_are_returned():
    points = POINTS["rows"][:6]
    found = neighbours.nearest(points, 40)
    assert [sorted(row) for row in found.indices.tolist()] == [
        [j for j in range(6) if j != i] for i in range(6)
    ]
    assert neighbours.nearest(points, 40, points[:2]).indices.shape == (2, 6)


@pytest.mark.parametrize(("points", "k"), [(POINTS["rows"][:1], 5), (POINTS["rows"], 0)])
def test_a_search_without_neighbours_is_refused(points, k):
    with pytest.raises(ValueError, match=f"{k} neighbours among {len(points) - 1} other points"):
        neighbours.nearest(points, k)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_of_many_equal_points_few_are_searched_and_the_neighbours_are_those_of_all(
    kind, monkeypatch
):
    draw, k = np.random.default_rng(4), 6
    few, lone = draw.integers(0, 256, (3, 8)), draw.integers(0, 256, (20, 8))
    every = np.concatenate([np.repeat(few, [k + 1, k + 2, 300], axis=0), lone, lone[:4]])
    points = draw.permutation(every).astype(kind)
    compared, squared = [], neighbours._squared
    monkeypatch.setattr(
        neighbours, "_squared", lambda *given: compared.append(given[2].size) or squared(*given)
    )
    for queries in (None, points[::3]):
        order, distances = expected(points, k, queries)
        found = neighbours.nearest(points, k, queries)
        np.testing.assert_array_equal(found.indices, order)
        np.testing.assert_allclose(found.distances, distances, rtol=1e-6)
        # the candidates, and where they do not settle it at most the copies once more
        assert sum(compared) <= len(distances) * (k + neighbours.SPARE + 3 * (k + 1))
        compared.clear()


def test_a_row_with_all_points_as_candidates_holds_a_chunk_of_differences():
    """A point far away makes the rounding's bound larger than all other distances."""
    points = np.random.default_rng(5).normal(size=(4000, 400)).astype(np.float32)
    points[-1] = 1e7
    order, distances = expected(points, 5, points[:2])
    neighbours.nearest(points[:50], 5)  # imports
    tracemalloc.start()
    found = neighbours.nearest(points, 5, points[:2])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 8 * neighbours.CHUNK < 4000 * 400 * 8  # all differences of one row
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", POINTS)
def test_neighbours_on_a_gpu_are_the_same(name):
    here, there = (neighbours.nearest(POINTS[name], 40, device=one) for one in ("cpu", "cuda"))
    np.testing.assert_array_equal(there.indices, here.indices)
    np.testing.assert_array_equal(there.distances, here.distances)


@pytest.mark.skipif(
    not (CIFAR / "cifar-10-batches-py").exists(), reason="needs CIFAR-10 (HARDNESS_DATA)"
)
def test_neighbours_of_cifar10_are_those_of_all_distances():
    data = datasets.read({"kind": "cifar10"}, CIFAR)
    points = data.train_inputs.reshape(50_000, -1)
    queries = data.test_inputs.reshape(10_000, -1)[:500]
    found = neighbours.nearest(points, 40, queries)
    asked, parts = queries.astype(np.float64), []
    for start in range(0, len(points), 5000):  # in whole numbers below 2^53: exact
        part = points[start : start + 5000].astype(np.float64)
        parts.append(np.vecdot(part, part) - 2 * (asked @ part.T))
    squared = np.vecdot(asked, asked)[:, None] + np.concatenate(parts, axis=1)
    order = np.argsort(squared, axis=1, kind="stable")[:, :40]
    np.testing.assert_array_equal(found.indices, order)
    distances = np.sqrt(np.take_along_axis(squared, order, 1)).astype(np.float32)
    np.testing.assert_array_equal(found.distances, distances)


# What is measured of neighbours


def test_local_coordinates_are_those_of_scikit_learns_pca_from_the_query_on():
    points = (rng.normal(size=(120, 12)) * np.arange(1, 13)).astype(np.float32)
    found = neighbours.nearest(points, 15)
    made = neighbours.local_coordinates(points, points, found.indices)
    assert made.shape == (120, 15, 8) and made.dtype == np.float32
    for i in (0, 17, 119):
        away = points[found.indices[i]] - points[i]
        theirs = away @ PCA(8).fit(away).components_.T
        np.testing.assert_allclose(np.abs(made[i]), np.abs(theirs), rtol=1e-3, atol=1e-3)


def test_axes_without_variance_are_0_and_no_more_than_there_are_columns():
    line = np.outer(np.arange(50), [3, 4, 0, 0, 0]).astype(np.float32)
    found = neighbours.nearest(line, 10)
    made = neighbours.local_coordinates(line, line, found.indices)
    assert made.shape == (50, 10, 5) and (made[..., 1:] == 0).all()
    np.testing.assert_allclose(np.abs(made[..., 0]), found.distances, rtol=1e-5)
    same = np.ones((9, 3), dtype=np.uint8)
    assert not neighbours.local_coordinates(same, same, neighbours.nearest(same, 4).indices).any()


def test_centroid_distances_by_hand():
    points = np.array([[0, 0], [2, 0], [1, 3], [9, 9]], dtype=np.uint8)
    labels = np.array([0, 0, 1, 2])
    found = neighbours.centroid_distances(points, labels, 3, points)
    expected = [[1, 10**0.5, 162**0.5], [1, 10**0.5, 130**0.5]]
    np.testing.assert_allclose(found[:2], expected, rtol=1e-6)
    assert found[2, 1] == found[3, 2] == 0  # alone in its class


# Spaces


@pytest.fixture(scope="module")
def images():
    return toy_block.DATA


def test_pixels_count_in_0_to_1_and_rows_as_they_are(images):
    points = spaces.pixels(images)
    assert points.train.dtype == np.uint8 and points.unit == 1 / 255
    expected = images.train_inputs.reshape(len(images.train_inputs), -1) / 255
    np.testing.assert_allclose(points.scaled("train"), expected, rtol=1e-6)
    rows = images._replace(train_inputs=POINTS["rows"][:300], test_inputs=POINTS["rows"][300:])
    np.testing.assert_array_equal(spaces.pixels(rows).scaled("test"), rows.test_inputs)


@pytest.mark.parametrize("components", [5, 1000])
def test_pca_is_scikit_learns_and_keeps_distances_where_all_components_are_kept(images, components):
    points = spaces.pca(images, components)
    given = spaces.pixels(images)
    kept = min(components, given.train.shape[1])
    assert points.train.shape == (len(given.train), kept) and points.unit == 1
    theirs = PCA(min(5, kept)).fit(given.scaled("train"))
    for part in ("train", "test"):
        projected = theirs.transform(given.scaled(part))
        found = np.abs(getattr(points, part)[:, :5])
        np.testing.assert_allclose(found, np.abs(projected), rtol=1e-3, atol=1e-4)
    if kept == given.train.shape[1]:
        distances = [neighbours.nearest(one, 6).distances for one in (points.train, given.train)]
        np.testing.assert_allclose(distances[0], distances[1] / 255, rtol=1e-4)


@pytest.mark.parametrize("copies", [1, 3, 20])
def test_equal_inputs_are_equal_points_of_pca_in_both_parts(images, copies):
    """Products with few rows round otherwise than products with many."""
    draw = np.random.default_rng(copies)
    rows = draw.normal(size=(500, 300)).astype(np.float32)
    rows[40] = rows[7]
    copied = draw.choice(500, copies, replace=False)
    points = spaces.pca(images._replace(train_inputs=rows, test_inputs=rows[copied]), 64)
    np.testing.assert_array_equal(points.test, points.train[copied])
    np.testing.assert_array_equal(points.train[40], points.train[7])
    found = neighbours.nearest(points.train, 1, points.test)
    assert (found.distances == 0).all()


@pytest.fixture(scope="module")
def block(tmp_path_factory):
    return toy_block.run(tmp_path_factory.mktemp("store"))


@pytest.mark.parametrize("seed", [0, 2])
def test_features_are_what_a_members_head_reads(images, block, seed):
    """Its head makes of them the logits that training left of the test set."""
    weights = artifacts.load_npz(block / "weights.npz")
    points = features.of_member(block / "weights.npz", seed, images, toy_block.SGD, toy_block.CPU)
    assert points.train.shape == (len(images.train_labels), 64) and points.train.dtype == np.float32
    share = np.split(weights["dense2.weight"], 3)[seed], np.split(weights["dense2.bias"], 3)[seed]
    logits = artifacts.load_npz(block / "test.npz")["logits"][seed]
    np.testing.assert_allclose(points.test @ share[0].T + share[1], logits, rtol=2e-3, atol=2e-3)


def test_features_are_extracted_on_one_core(images, block, tmp_path):
    """Other numbers round differently."""
    datasets.save(tmp_path / "data.npz", images)
    files = {"data": str(tmp_path / "data.npz"), "weights": str(block / "weights.npz")}
    job = {
        "input": {"all": list(files.values()), "names": files},
        "output": [str(tmp_path / "features.npz")],
        "log": [str(tmp_path / "job.log")],
        "params": {"recipe": toy_block.SGD},
        "wildcards": {"dataset": "toy"},
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    code = """
import runpy, sys
import torch
from hardness.training import features
of_member = features.of_member
def said(*given):
    print("threads:", torch.get_num_threads())
    return of_member(*given)
features.of_member = said
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""
    script = SCRIPTS / "extract_features.py"
    subprocess.run(
        [sys.executable, "-c", code, str(script), str(tmp_path / "job.json")],
        check=True, timeout=120, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{SCRIPTS}:{SCRIPTS.parent}", "OMP_NUM_THREADS": "2"},
    )  # fmt: skip
    assert "threads: 1\n" in (tmp_path / "job.log").read_text()
    made = artifacts.load_npz(tmp_path / "features.npz")
    points = features.of_member(block / "weights.npz", 0, images, toy_block.SGD, toy_block.CPU)
    np.testing.assert_allclose(made["train"], points.train, rtol=1e-4, atol=1e-5)


def test_features_of_a_member_that_is_not_there_or_has_none_are_refused(images, block, monkeypatch):
    weights = block / "weights.npz"
    with pytest.raises(ValueError, match=r"weights\.npz holds the seeds \[0, 1, 2\], not 7"):
        features.of_member(weights, 7, images, toy_block.SGD, toy_block.CPU)
    monkeypatch.setattr(networks, "build", lambda **options: torch.nn.Identity())
    with pytest.raises(PartError, match=r"digits_cnn\.py: .*no features.*neighbours\.spaces"):
        features.of_member(weights, 0, images, toy_block.SGD, toy_block.CPU)


# The file, and what is read of it


def test_each_setting_has_its_samples_and_their_neighbours(images, tmp_path):
    points = spaces.pixels(images)
    arrays = neighbours.measured(points, images, 5)
    empty = {f"{part}_inputs": getattr(points, part)[:0] for part in ("train", "test")}
    artifacts.save_npz(tmp_path / "pixels.npz", **arrays, **empty)
    names = ("neighbour_labels", "distances", "centroid_distances", "coordinates", "inputs")
    for setting, (rows, among) in spaces.SETTINGS.items():
        there, asked = points.scaled(among), points.scaled(rows)
        order, distances = expected(there, 5, None if rows == among else asked)
        found = sources.load_neighbours(tmp_path / "pixels.npz", images, names, setting)
        labels = getattr(images, f"{among}_labels")
        np.testing.assert_array_equal(found.labels, getattr(images, f"{rows}_labels"))
        np.testing.assert_array_equal(found.neighbour_labels, labels[order])
        np.testing.assert_allclose(found.distances, distances, rtol=1e-5)
        np.testing.assert_allclose(found.inputs, asked)
        centers = np.stack([there[labels == c].mean(axis=0) for c in range(images.classes)])
        apart = np.linalg.norm(asked[:, None] - centers, axis=2)
        np.testing.assert_allclose(found.centroid_distances, apart, rtol=1e-4)
        reach = np.linalg.norm(found.coordinates, axis=2)  # five neighbours have four axes
        assert (reach <= distances * (1 + 1e-4)).all() and (reach > 0).all()
    assert neighbours.measured(points, images, 5, ["train"]).keys() == {
        name for name in arrays if name.startswith("train")
    }


def test_points_that_are_not_the_data_sets_own_are_kept(images, tmp_path):
    points = spaces.pca(images, 3)
    arrays = neighbours.measured(points, images, 5, ["part"])
    artifacts.save_npz(
        tmp_path / "pca.npz", **arrays, train_inputs=points.train, test_inputs=points.test
    )
    found = sources.load_neighbours(tmp_path / "pca.npz", images, ["inputs"], "part")
    np.testing.assert_array_equal(found.inputs, points.test)
    assert found.distances is None


def test_fewer_neighbours_than_asked_for_are_said(images, capsys):
    few = images._replace(test_inputs=images.test_inputs[:3], test_labels=np.array([0, 1, 2]))
    arrays = neighbours.measured(spaces.pixels(few), few, 5)
    assert arrays["test_indices"].shape == (3, 2) and arrays["part_indices"].shape == (3, 5)
    assert capsys.readouterr().out == "test: 2 neighbours instead of 5: there are no more\n"
