"""Duplicates: exactly those that a direct comparison of all pairs finds, in groups that say whether
labels agree.
"""

import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import pdist

from hardness.core import artifacts
from hardness.data import datasets, duplicates, provenance

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ["group", "part", "index", "file", "label", "name", "conflict", "kind", "distance"]


def flat(*values, side=9):
    """Images of one value each: their root mean square difference is the difference of the
    values.
    """
    return np.stack([np.full((side, side, 1), value, np.uint8) for value in values])


def data_of(train, train_labels, test, test_labels, names=("cat", "dog", "owl")):
    statistics = [0.5] * train.shape[-1], [0.2] * train.shape[-1]
    return datasets.checked(
        train, np.array(train_labels), test, np.array(test_labels), names, statistics
    )


def groups_of(columns):
    """Each group as the places of its images: (part, index)."""
    found = {}
    for group, part, index in zip(columns["group"], columns["part"], columns["index"], strict=True):
        found.setdefault(group, []).append((part, index))
    return list(found.values())


@pytest.fixture
def pets():
    """Value 7 twice in training and once in test, under two labels; 90 twice in test; 11 and 13 are
    near 7.
    """
    return data_of(flat(40, 7, 250, 7, 11), [2, 1, 0, 0, 1], flat(90, 7, 90, 13), [2, 1, 2, 0])


def test_exact_duplicates_by_hand(pets):
    found = duplicates.exact(pets)
    assert list(found) == COLUMNS
    rows = list(zip(*found.values(), strict=True))
    assert rows == [
        (0, "train", 1, None, 1, "dog", True, "exact", 0.0),
        (0, "train", 3, None, 0, "cat", True, "exact", 0.0),
        (0, "test", 1, None, 1, "dog", True, "exact", 0.0),
        (1, "test", 0, None, 2, "owl", False, "exact", 0.0),
        (1, "test", 2, None, 2, "owl", False, "exact", 0.0),
    ]


def test_near_duplicates_by_hand_are_a_chain_with_the_exact_ones_in_it(pets):
    """7 to 11 is 4 and 11 to 13 is 2: one group, in which 13 is 6 away from the first. 90 and 90 do
    not differ.
    """
    found = duplicates.near(pets, 4)
    rows = list(zip(*found.values(), strict=True))
    assert rows == [
        (0, "train", 1, None, 1, "dog", True, "near", 0.0),
        (0, "train", 3, None, 0, "cat", True, "near", 0.0),
        (0, "train", 4, None, 1, "dog", True, "near", 4.0),
        (0, "test", 1, None, 1, "dog", True, "near", 0.0),
        (0, "test", 3, None, 0, "cat", True, "near", 6.0),
    ]
    assert groups_of(duplicates.near(pets, 3.999)) == [[("train", 4), ("test", 3)]]
    assert groups_of(duplicates.near(pets, 1.999)) == []


def test_the_table_is_the_exact_groups_and_then_the_near_ones_numbered_on(pets):
    exact, near, both = (
        duplicates.exact(pets),
        duplicates.near(pets, 2.5),
        duplicates.find(pets, 2.5),
    )
    assert both["group"] == [0, 0, 0, 1, 1, 2, 2] and both["kind"] == ["exact"] * 5 + ["near"] * 2
    for name in COLUMNS[1:]:
        assert both[name] == exact[name] + near[name]
    assert duplicates.find(pets, None) == exact


def test_images_have_their_files_where_these_are_known(pets):
    files = np.array([f"train/{i}.png" for i in range(5)])
    test_files = np.array([f"test/{i}.png" for i in range(4)])
    filed = pets._replace(files=files)
    names = ["train/1.png", "train/3.png", "test/1.png", "test/0.png", "test/2.png"]
    assert duplicates.exact(filed, test_files)["file"] == names
    assert duplicates.exact(filed)["file"] == [*names[:2], None, None, None]
    near = duplicates.near(filed, 4, test_files)["file"]
    assert near == ["train/1.png", "train/3.png", "train/4.png", "test/1.png", "test/3.png"]


def test_the_log_says_how_many_groups_there_are_and_in_how_many_labels_differ(pets):
    assert duplicates.described(duplicates.find(pets, 2.5)) == (
        "7 inputs in 3 groups: 2 of equal inputs, 1 of nearly equal ones; in 2 labels differ"
    )


def test_a_data_set_without_duplicates_has_none(tmp_path):
    data = data_of(flat(0, 50, 100), [0, 1, 2], flat(150, 200, 250), [0, 1, 2])
    found = duplicates.find(data, 49.9)
    assert list(found) == COLUMNS and not any(found.values())
    artifacts.save_csv(tmp_path / "duplicates.csv", found)
    assert (tmp_path / "duplicates.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert list(artifacts.load_csv(tmp_path / "duplicates.csv")) == COLUMNS


# Against a comparison of all pairs


@given(hnp.arrays(np.uint8,
    st.tuples(st.integers(2, 12), st.just(1), st.integers(1, 2), st.just(1)),
                  elements=st.integers(0, 2)), st.integers(1, 3))  # fmt: skip
def test_exact_groups_are_those_of_a_comparison_of_all_pairs(images, parts):
    train = max(len(images) // parts, 1)
    data = datasets.Data(images[:train], np.zeros(train, int), images[train:],
        np.zeros(len(images) - train, int),
                         np.array(["a"]), np.zeros(1), np.ones(1))  # fmt: skip
    places = [("train", i) for i in range(train)] + [
        ("test", i) for i in range(len(images) - train)
    ]
    expected = {
        frozenset(places[j] for j in range(len(images)) if images[j].tolist() == images[i].tolist())
        for i in range(len(images))
    }
    found = groups_of(duplicates.exact(data))
    assert {frozenset(group) for group in found} == {group for group in expected if len(group) > 1}
    assert found == sorted(
        [sorted(group, key=places.index) for group in found], key=lambda g: places.index(g[0])
    )


def families(seed, shape, count=40):
    """Smooth and rough images, and copies that differ from them by noise of many strengths."""
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 256, (count // 4, *shape)).astype(float)
    # of these, means over blocks tell little
    base[::2] = base[::2].mean(axis=(1, 2), keepdims=True)
    copies = base[rng.integers(len(base), size=count - len(base))]
    copies = copies + rng.normal(size=copies.shape) * rng.uniform(0, 30, (len(copies), 1, 1, 1))
    return np.clip(np.rint(np.concatenate([base, copies])), 0, 255).astype(np.uint8)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**16),
    shape=st.tuples(st.integers(1, 13), st.integers(1, 17), st.sampled_from([1, 3])),
    quantile=st.floats(0, 1),
    tile=st.sampled_from([3, 7, 2048]),
)
def test_near_pairs_are_those_of_a_comparison_of_all_pairs(seed, shape, quantile, tile):
    """The threshold is the distance of one of the pairs, which is at most itself."""
    images = families(seed, shape)
    squared = np.rint(pdist(images.reshape(len(images), -1).astype(float), "sqeuclidean"))
    threshold = np.sqrt(np.quantile(squared, quantile * 0.5, method="nearest") / images[0].size) * (
        1 + 1e-12
    )
    near = squared <= threshold**2 * images[0].size
    expected = {
        pair
        for pair, is_near in zip(combinations(range(len(images)), 2), near, strict=True)
        if is_near
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "TILE", tile)
        found = duplicates.near_pairs(images, threshold, np.arange(len(images)))
    assert (
        found.shape == (len(expected), 2)
        and {(int(i), int(j)) for i, j in found} == expected
        and expected
    )


@pytest.mark.parametrize("value", [0, 255])
def test_no_near_pair_is_lost_to_rounding(value):
    """The largest values, and a difference that is the threshold to the last bit."""
    images = np.full((300, 32, 32, 3), value, np.uint8)
    images[1:] ^= np.uint8(255)
    images[200:, :16, :16] ^= np.uint8(1)  # a quarter of the pixels differs by 1
    found = duplicates.near_pairs(images, 0.5, np.array([0, 1, 199, 200, 299]))
    assert found.tolist() == [[1, 199], [1, 200], [1, 299], [199, 200], [199, 299], [200, 299]]
    assert duplicates.near_pairs(images, 0.4999999, np.array([1, 200])).tolist() == []


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**16), st.floats(2, 25))
def test_near_groups_are_connected_and_apart(seed, rms):
    """Every image has another of its group within reach, or its own copy; no image of another group
    is.
    """
    images = families(seed, (6, 5, 3))
    images[-3:] = images[:3]
    data = data_of(images[:25], [0, 1, 2] * 8 + [0], images[25:], [0, 1, 2] * 5)
    found = duplicates.near(data, rms)
    flat_images = images.reshape(len(images), -1).astype(float)
    distance = np.sqrt(((flat_images[:, None] - flat_images) ** 2).mean(axis=2))
    group = np.full(len(images), -1)
    places = [
        index + (25 if part == "test" else 0)
        for part, index in zip(found["part"], found["index"], strict=True)
    ]
    group[places] = found["group"]
    linked = (distance <= rms) & ~np.eye(len(images), dtype=bool)
    assert (group[np.nonzero(linked)[0]] == group[np.nonzero(linked)[1]]).all()
    assert linked[places].any(axis=1).all()
    alone = group < 0
    assert not (linked & (distance > 0))[alone].any()
    first = {
        g: min(places[i] for i in range(len(places)) if found["group"][i] == g)
        for g in set(found["group"])
    }
    expected = [distance[first[g], place] for g, place in zip(found["group"], places, strict=True)]
    np.testing.assert_allclose(found["distance"], expected, atol=1e-4)


def test_a_threshold_at_which_all_is_near_is_refused(monkeypatch, pets):
    monkeypatch.setattr(duplicates, "MOST_PAIRS", 5)
    assert len(groups_of(duplicates.near(pets, 4))) == 1
    with pytest.raises(
        ValueError,
        match=r"more than 5 pairs of inputs differ by at most 200 .* a smaller near_duplicates",
    ):
        duplicates.near(pets, 200)


# Real images


@pytest.fixture(scope="module")
def cifar100():
    folder = os.environ.get("HARDNESS_DATA")
    if not folder or not (Path(folder) / "cifar-100-python" / "train").exists():
        pytest.skip("needs CIFAR-100's files in the folder that HARDNESS_DATA names")
    return datasets.read({"kind": "cifar100"}, Path(folder))


def test_cifar100s_known_duplicate_is_found_with_its_two_labels(cifar100):
    found = duplicates.exact(cifar100)
    rows = list(zip(*(found[name] for name in ("group", "part", "index", "conflict")), strict=True))
    group = next(group for group, part, index, _ in rows if (part, index) == ("train", 46752))
    members = [row[1:] for row in rows if row[0] == group]
    assert ("train", 18461, True) in members and ("train", 46752, True) in members
    images = [image.tobytes() for image in (*cifar100.train_inputs, *cifar100.test_inputs)]
    assert len(rows) - len(set(found["group"])) == len(images) - len(set(images)) == 26
    for label, name in zip(found["label"], found["name"], strict=True):
        assert cifar100.class_names[label] == name


def test_noisy_copies_of_real_images_are_found(cifar100):
    rng = np.random.default_rng(5)
    chosen = rng.choice(50_000, 1500, replace=False)
    images = cifar100.train_inputs[chosen]
    noise = rng.normal(size=images[:60].shape) * np.repeat([3, 9], 30)[:, None, None, None]
    copies = np.clip(np.rint(images[:60] + noise), 0, 255).astype(np.uint8)
    every = np.concatenate([images, copies])
    flat_images = every.reshape(len(every), -1).astype(np.float64)
    squares = (flat_images**2).sum(axis=1)
    squared = np.rint(squares[:, None] + squares - 2 * flat_images @ flat_images.T)
    expected = np.argwhere(np.triu(squared <= 36 * flat_images.shape[1], k=1)).tolist()
    found = duplicates.near_pairs(every, 6, np.arange(len(every)))
    assert sorted(found.tolist()) == expected
    assert [[i, i + 1500] for i in range(30)] == [
        pair for pair in expected if pair[0] < 60 and pair[1] >= 1500
    ]


def test_the_script_writes_the_table(tmp_path, pets):
    known = provenance.of_files([f"{i}.png" for i in range(4)])
    provenance.save(tmp_path / "data.npz", pets, known)
    job = {"input": [str(tmp_path / "data.npz")], "output": [str(tmp_path / "duplicates.csv")],
           "log": [str(tmp_path / "log")], "params": {"near": 2.5, "overlap": False},
           "wildcards": {}}  # fmt: skip
    (tmp_path / "job.json").write_text(json.dumps(job))
    script = ROOT / "workflow" / "scripts" / "find_duplicates.py"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    subprocess.run([sys.executable, script, tmp_path / "job.json"], check=True, env=environment)
    table = artifacts.load_csv(tmp_path / "duplicates.csv")
    assert list(table) == COLUMNS and table["group"].tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert table["distance"].tolist() == [0, 0, 0, 0, 0, 0, 2]
    assert table["file"].tolist() == ["", "", "1.png", "0.png", "2.png", "", "3.png"]
    assert "7 inputs in 3 groups" in (tmp_path / "log").read_text()


# Rows of a table


def rows_data(train, test):
    train, test = (np.array(rows, np.float32) for rows in (train, test))
    labels = np.arange(len(train)) % 2, np.arange(len(test)) % 2
    return datasets.checked(train, labels[0], test, labels[1], ["cat", "dog"])


def test_equal_rows_of_a_table_are_found_in_both_parts():
    data = rows_data([[1, 2.5], [0, 0], [1, 2.5], [3, 0]], [[0, 0], [2.5, 1]])
    found = duplicates.exact(data)
    assert groups_of(found) == [[("train", 0), ("train", 2)], [("train", 1), ("test", 0)]]
    assert found["conflict"] == [False, False, True, True]


def test_near_rows_are_those_within_the_root_mean_square_of_their_columns():
    """By scipy's distances, over columns of any scale and sign."""
    from scipy.spatial.distance import pdist, squareform

    rows = np.random.default_rng(0).normal(0, 2, (60, 13)).astype(np.float32)
    data = rows_data(rows[:40], rows[40:])
    far = squareform(pdist(rows.astype(np.float64))) / np.sqrt(13)
    for rms in np.quantile(far[far > 0], [0.001, 0.01, 0.03]):
        pairs = duplicates.near_pairs(rows[:, None, :, None], rms, np.arange(60))
        expected = np.argwhere(np.triu(far <= rms, 1))
        assert len(pairs) and sorted(map(tuple, pairs)) == sorted(map(tuple, expected))
    found = duplicates.near(data, far[far > 0].min() * 1.0001)
    assert len(found["group"]) == 2 and found["distance"][1] == round(far[far > 0].min(), 4)
