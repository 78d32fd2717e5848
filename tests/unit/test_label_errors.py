"""The benchmark of label errors: what it flips, and how it counts what is found."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hardness.analysis.held_out import HeldOut
from hardness.data import datasets

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import label_errors  # noqa: E402

NAMES = ("ape", "bee", "cat", "dog")


@pytest.fixture(scope="module")
def images():
    """A data set of four classes, each image of its own color."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 60)
    pixels = rng.integers(0, 256, (240, 4, 4, 3), dtype=np.uint8)
    return datasets.checked(pixels, labels, pixels[::2], labels[::2], NAMES)


def test_six_percent_of_the_labels_are_flipped_each_to_another_class(images):
    data = label_errors.subset(images, NAMES[1:], 50, seed=3)
    assert data.train_inputs.shape == (150, 4, 4, 3) and len(data.test_labels) == 3 * 12
    assert np.bincount(data.true_labels).tolist() == [50, 50, 50]
    flipped = data.train_labels != data.true_labels
    assert flipped.sum() == 9 and set(data.train_labels) == {0, 1, 2}
    known = {one.tobytes(): label for one, label in zip(*images[:2], strict=True)}
    assert [known[one.tobytes()] - 1 for one in data.train_inputs] == data.true_labels.tolist()
    again, other = (label_errors.subset(images, NAMES[1:], 50, seed=seed) for seed in (3, 4))
    assert (again.train_labels == data.train_labels).all()
    assert (other.train_labels != data.train_labels).any()


def test_found_is_what_stands_in_the_first_tenth(images):
    """AUM that knows the flips, and predictions that do not."""
    data = label_errors.subset(images, NAMES, 60, seed=0)
    flipped = data.train_labels != data.true_labels
    p = np.eye(4)[data.train_labels] * 0.9 + 0.025
    unseen = HeldOut("train", data.train_labels, data.files, p, p.argmax(axis=1)[None])
    aum = np.where(flipped, -1.0, np.linspace(1, 2, len(flipped)))
    run = label_errors.judge(data, label_errors.Trained(aum, unseen), seed=0)
    assert run["flipped"] == 14 and run["accuracy"] == 1
    assert run["recall"]["aum"] == 1 and 0 <= run["recall"]["random"] < 0.4
    assert run["recall"]["out of fold"] == round(flipped[:24].sum() / 14, 4)


def test_the_table_means_over_seeds():
    def run(recall, accuracy):
        return {"accuracy": accuracy, "recall": dict.fromkeys(label_errors.WAYS, recall)}

    runs = {"r, s, 0": run(0.9, 0.8), "r, s, 1": run(0.7, 0.8), "r, t, 0": run(0.2, 0.5)}
    text = label_errors.table(runs)
    assert "| r | s | 2 | 0.80 | 0.80 (0.70 to 0.90) |" in text
    assert "above 0.75: 2. Mean recall: aum 0.800" in text
