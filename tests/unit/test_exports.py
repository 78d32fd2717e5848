"""Exports, in the columns of other tools."""

import json

import numpy as np
import pytest

from hardness.data.datasets import Data, TrainingSet
from hardness.evidence import exports

DATA = Data(
    train_inputs=np.zeros((4, 2, 2, 1), np.uint8), train_labels=np.array([0, 0, 1, 1]),
    test_inputs=np.zeros((0, 2, 2, 1), np.uint8), test_labels=np.zeros(0, np.int64),
    class_names=np.array(["cat", "dog"]), mean=np.zeros(1), std=np.ones(1),
    files=np.array(["cat/a.png", "cat/b.png", "dog/a.png", "dog/c.jpg"]),
)  # fmt: skip


def test_places_say_which_sample_how_often_and_which_are_new():
    made = TrainingSet(
        source=np.array([[3, 1, 1, -1, 1, -1]]), labels=np.array([1, 0, 0, 1, 0, 0]),
        synthetic=np.zeros((1, 2, 2, 2, 1), np.uint8),
    )  # fmt: skip
    columns = exports.places(DATA, made, 0)
    assert columns["file"].tolist() == [
        "dog/c.jpg", "cat/b.png", "cat/b.png", "", "cat/b.png", ""
    ]  # fmt: skip
    assert columns["name"].tolist() == ["dog", "cat", "cat", "dog", "cat", "cat"]
    assert columns["repeat"].tolist() == [0, 0, 1, 0, 2, 0]
    assert columns["synthetic"] == [None, None, None, 0, None, 1]


@pytest.mark.parametrize(
    ("file", "expected"),
    [("a/b.png", "000007-2.png"), ("a.b/c", "000007-2"), (".png", "000007-2"), ("", "000007-2")],
)
def test_a_links_name_keeps_the_end_of_the_file(file, expected):
    assert exports.link_name(7, 2, file) == expected


def test_the_numbers_of_dataset_cartography():
    """By hand: p = .5, .25, 1, 1 in four epochs: mean .6875, variance .0996."""
    p = np.array([[0.5, 0.1], [0.25, 0.1], [1, 0.1], [1, 0.1]])
    correct = np.array([[True, False], [False, False], [True, False], [True, False]])
    columns = exports.cartography(-np.log(p), correct)
    assert columns["confidence"] == pytest.approx([0.6875, 0.1])
    assert columns["variability"] == pytest.approx([np.sqrt(0.10546875), 0])
    assert columns["threshold_closeness"] == pytest.approx([0.6875 * 0.3125, 0.09])
    assert columns["correctness"].tolist() == [3, 0]
    assert columns["forgetfulness"].tolist() == [1, 1000]  # never learned
    first, _ = map(json.loads, exports.json_lines({"guid": ["a", "b"], **columns}).splitlines())
    assert {*first} == {
        "guid", "index", "threshold_closeness", "confidence", "variability", "correctness",
        "forgetfulness",
    }  # fmt: skip


def found_in_digits():
    """Out-of-fold rows in another order than the samples, and a duplicate across the parts."""
    judged = {
        "part": ["test", "train", "train", "train"], "index": [0, 2, 0, 1],
        "self_confidence": [0.9, 0.2, 0.7, 0.8], "predicted_name": ["cat", "cat", "dog", "cat"],
    }  # fmt: skip
    review = {
        "part": ["train", "test", "train"], "index": [2, 0, 1],
        "reason": ["likely-mislabelled", "likely-mislabelled", "hard"],
    }  # fmt: skip
    duplicates = {
        "part": ["train", "train", "train", "test"], "index": [2, 0, 1, 5], "group": [0, 0, 1, 1]
    }  # fmt: skip
    tables = {"out-of-fold": judged, "review": review, "duplicates": duplicates}
    return {
        name: {key: np.array(values) for key, values in table.items()}
        for name, table in tables.items()
    }


SAMPLES = {
    "index": np.arange(3), "name": np.array(["dog", "dog", "cat"]), "aum": np.array([3.0, 2.0, 1.0])
}  # fmt: skip


def test_columns_of_datalab_are_of_the_sample_in_the_row():
    columns = exports.datalab(SAMPLES, found_in_digits())
    assert columns["is_label_issue"].tolist() == [False, False, True]
    assert columns["label_score"].tolist() == [0.7, 0.8, 0.2]
    assert columns["predicted_label"].tolist() == ["dog", "cat", "cat"]
    assert columns["given_label"] is SAMPLES["name"] and columns["aum"] is SAMPLES["aum"]
    # of the second group only one sample is a training sample: its twin is in the test part
    assert columns["is_near_duplicate_issue"] == [True, False, True]
    assert columns["near_duplicate_sets"] == ["[2]", "[]", "[0]"]


def test_what_is_not_there_is_no_column():
    columns = exports.datalab(SAMPLES, {"duplicates": found_in_digits()["duplicates"]})
    assert not {"is_label_issue", "label_score", "predicted_label"} & {*columns}
    assert [*exports.datalab(SAMPLES, {})] == [*SAMPLES]


def test_scores_by_file_are_numbers_of_json():
    scores = {"aum": np.array([1.5, np.nan], np.float32), "adoc": np.array([np.inf, 2.0])}
    found = exports.by_file(["/a.png", "/b.png"], scores)
    assert found == {"aum": {"/a.png": 1.5, "/b.png": None}, "adoc": {"/a.png": None, "/b.png": 2}}
    json.dumps(found, allow_nan=False)
