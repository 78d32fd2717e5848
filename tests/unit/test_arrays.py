"""A user's own arrays: an npz of images or rows; one message for whatever is wrong with it."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.preprocessing import StandardScaler

from hardness.data import arrays

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 4, 5, 3), dtype=np.uint8)
ROWS = RNG.normal(5, 3, (12, 4))
LABELS = np.arange(12) % 3
SPLIT = {"train_inputs": IMAGES[:6], "train_labels": LABELS[:6], "test_inputs": IMAGES[6:],
         "test_labels": LABELS[6:]}  # fmt: skip
WHOLE = {"inputs": IMAGES, "labels": LABELS}


@pytest.fixture
def stored(tmp_path):
    """Write arrays and read them: stored(held, **options of the source)."""

    def read(held, **options):
        file = tmp_path / "mine.npz"
        np.savez(file, **held)
        return arrays.read(str(file), **options)[0]

    return read


def test_images_in_two_parts_come_back_as_they_are(stored):
    data = stored({**SPLIT, "class_names": np.array(["01", "b", "é"])})
    for name, values in SPLIT.items():
        np.testing.assert_array_equal(getattr(data, name), values)
    assert data.train_inputs.dtype == np.uint8 and data.train_labels.dtype == np.int64
    assert data.class_names.tolist() == ["01", "b", "é"] and not len(data.files)
    pixels = IMAGES[:6].reshape(-1, 3) / 255
    np.testing.assert_allclose(data.mean, pixels.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(data.std, pixels.std(axis=0), rtol=1e-6)


def test_images_that_are_to_be_split(stored):
    data = stored(WHOLE, test_share=0.5)
    rows = [int(place[len("inputs[") : -1]) for place in data.files]
    np.testing.assert_array_equal(data.train_inputs, IMAGES[rows])
    np.testing.assert_array_equal(data.train_labels, LABELS[rows])
    rest = np.setdiff1d(np.arange(12), rows)
    np.testing.assert_array_equal(data.test_inputs, IMAGES[rest])
    assert np.bincount(data.test_labels).tolist() == [2, 2, 2]
    assert data.class_names.tolist() == ["0", "1", "2"]
    assert stored(WHOLE, test_share=0.5, split_seed=1).files.tolist() != data.files.tolist()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_rows_are_standardized_as_scikit_learn_does_it_by_the_training_part(stored, dtype):
    rows = ROWS.astype(dtype)
    rows[:, 3] = 7
    held = {**SPLIT, "train_inputs": rows[:6], "test_inputs": rows[6:]}
    data = stored(held, inputs="rows")
    scaler = StandardScaler().fit(rows[:6].astype(np.float64))
    for found, values in ((data.train_inputs, rows[:6]), (data.test_inputs, rows[6:])):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, scaler.transform(values.astype(np.float64)), atol=1e-6)
    assert data.mean.tolist() == [0] * 4 and data.std.tolist() == [1] * 4
    raw = stored(held, inputs="rows", standardize=False)
    np.testing.assert_array_equal(raw.train_inputs, rows[:6].astype(np.float32))


def without(name, held=SPLIT):
    return {key: value for key, value in held.items() if key != name}


FLOATS = {**WHOLE, "inputs": ROWS}
MESSAGES = {
    "another name": ({**without("train_labels"), "train_label": LABELS[:6]}, {},
        r"has no array 'train_labels': did you mean 'train_label' or"),
    "nothing": ({"x": ROWS}, {}, r"has no array 'train_inputs'.*; expected np\.savez"),
    "no labels": (without("labels", WHOLE), {}, "has no array 'labels'"),
    "both": ({**WHOLE, **SPLIT}, {}, "has inputs or labels, and train_inputs too"),
    "objects": ({**WHOLE, "labels": LABELS.astype(object)}, {},
        "holds Python objects, which are never read"),
    "rows for images": (FLOATS, {},
        r"inputs is float64 \(12, 4\), which are rows: say inputs: rows in the data set's source"),
    "images for rows": (WHOLE, {"inputs": "rows"},
        r"inputs is uint8 \(12, 4, 5, 3\), which are images: say inputs: images"),
    "whole numbers": ({**WHOLE, "inputs": ROWS.astype(int)}, {"inputs": "rows"},
        r"inputs is int64 \(12, 4\); expected rows: floats \(n, columns\)"),
    "no channels": ({**WHOLE, "inputs": IMAGES[..., 0]}, {},
        r"inputs is uint8 \(12, 4, 5\); expected uint8 .*; add the axis of channels: \[\.\.\., "
        r"None\]"),
    "channels first": ({**WHOLE, "inputs": IMAGES.transpose(0, 3, 1, 2)}, {},
        r"; channels come last: \.transpose\(0, 2, 3, 1\)"),
    "pixels in 0..1": ({**WHOLE, "inputs": IMAGES / 255}, {},
        r"inputs is float64 .*; pixels in 0\.\.1 become so by"),
    "other parts": ({**SPLIT, "test_inputs": IMAGES[6:, :3]}, {},
        r"a training input has the shape \(4, 5, 3\), a test input \(3, 5, 3\)"),
    "other columns": ({**SPLIT, "train_inputs": ROWS[:6], "test_inputs": ROWS[6:, :3]},
        {"inputs": "rows"}, r"has the shape \(4,\), a test input \(3,\)"),
    "empty": ({**WHOLE, "inputs": IMAGES[:0], "labels": LABELS[:0]}, {},
        "which is empty; expected at least one input"),
    "too few labels": ({**WHOLE, "labels": LABELS[:9]}, {},
        "12 inputs and 9 labels; expected a label each"),
    "too few labels, split": ({**SPLIT, "train_labels": LABELS[:5]}, {},
        "train: inputs are uint8 .* with 5 labels"),
    "label out of range": ({**WHOLE, "class_names": np.array(["a", "b"])}, {},
        r"labels\[2\] is 2; expected 0\.\.1"),
    "label below 0": ({**SPLIT, "train_labels": LABELS[:6] - 1}, {},
        r"train: label -1 of sample 0 is out of range 0\.\.2"),
    "label left out": ({**WHOLE, "labels": LABELS * 2}, {}, "class '1' has 0 row"),
    "float labels": ({**WHOLE, "labels": LABELS + 0.0}, {},
        r"labels is float64 \(12,\); expected whole numbers"),
    "text labels": ({**WHOLE, "labels": LABELS.astype(str)}, {},
        r"labels is <U\d+ \(12,\); expected whole numbers .* in class_names"),
    "one-hot labels": ({**WHOLE, "labels": np.eye(3, dtype=int)[LABELS]}, {},
        r"labels is int64 \(12, 3\); expected whole numbers"),
    "one class": ({**WHOLE, "labels": LABELS * 0}, {}, "is of one class; expected two or more"),
    "one of a class": ({**WHOLE, "labels": np.array([0] * 11 + [1])}, {},
        r"class '1' has 1 row\(s\)"),
    "names twice": ({**WHOLE, "class_names": np.array(["a", "b", "a"])}, {},
        r"class_names is <U1 \(3,\); expected text \(k,\)"),
    "names as numbers": ({**WHOLE, "class_names": np.arange(3)}, {}, "class_names is int64"),
    "not finite": ({**SPLIT, "train_inputs": np.where(ROWS[:6] > ROWS[2, 1], np.nan, ROWS[:6]),
        "test_inputs": ROWS[6:]}, {"inputs": "rows", "standardize": False},
        r"train: row \d has nan in column \d; expected a finite number"),
    "too large": ({**FLOATS, "inputs": ROWS * 1e40}, {"inputs": "rows", "standardize": False},
        "train: row 0 has -?inf in column 0; expected a finite number"),
}  # fmt: skip


@pytest.mark.parametrize("case", MESSAGES)
def test_what_is_wrong_with_the_arrays_is_said(stored, case):
    held, options, said = MESSAGES[case]
    with pytest.raises(ValueError, match=said) as error:
        stored(held, **options)
    assert "mine.npz" in str(error.value)


def test_files_that_are_no_npz_are_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"mine\.npz is not there; expected an npz: np\.sav"
    ):
        arrays.read(str(tmp_path / "mine.npz"))
    np.save(tmp_path / "one.npy", IMAGES)
    (tmp_path / "table.npz").write_text("a,b\n1,2\n")
    for name in ("one.npy", "table.npz"):
        with pytest.raises(ValueError, match=f"{name} is no npz; expected np.savez"):
            arrays.read(str(tmp_path / name))


def test_a_damaged_npz_is_named(tmp_path):
    file = tmp_path / "mine.npz"
    np.savez(file, **SPLIT)
    content = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        begin = archive.getinfo("train_inputs.npy").header_offset
    content[begin + 250] ^= 0xFF  # a pixel: the archive's checksum tells
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"mine\.npz is damaged \(Bad CRC-32"):
        arrays.read(str(file))


def test_the_example_of_the_docs_is_read(tmp_path, monkeypatch):
    text = (Path(__file__).parents[2] / "docs" / "images.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    source = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])["source"]
    assert source.pop("kind") == "arrays"
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    data, known = arrays.read(**source)
    assert data.class_names.tolist() == ["cat", "dog", "owl"] and data.train_inputs.shape[1] == 16
    assert len(data.files) == 48 and len(known.test_files) == 12
    assert not set(data.files) & set(known.test_files)


def test_test_inputs_that_are_split_off_have_their_places(tmp_path):
    np.savez(tmp_path / "mine.npz", **WHOLE)
    data, known = arrays.read(str(tmp_path / "mine.npz"), test_share=0.5)
    rows = [int(place[len("inputs[") : -1]) for place in known.test_files]
    np.testing.assert_array_equal(data.test_inputs, IMAGES[rows])
    np.savez(tmp_path / "mine.npz", **SPLIT)
    _, known = arrays.read(str(tmp_path / "mine.npz"))
    assert not len(known.test_files)
