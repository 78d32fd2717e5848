import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardness.core import artifacts, tables

SIZES = {
    "set": np.array(["full", "full", "half"]),
    "class": np.array([0, 1, 0]),
    "n": np.array([5, 7, 3]),
}


def test_pick_takes_the_rows_with_all_values():
    picked = tables.pick(SIZES, set="full", **{"class": 1})
    assert {name: column.tolist() for name, column in picked.items()} == {
        "set": ["full"],
        "class": [1],
        "n": [7],
    }
    assert tables.pick(SIZES, set="other")["n"].tolist() == []


@pytest.mark.parametrize(("wanted", "rows"), [("", 2), ("el2n", 0)])
def test_a_column_of_missing_texts_is_read_from_a_csv_as_empty_ones(tmp_path, wanted, rows):
    artifacts.save_csv(tmp_path / "families.csv", {"suffix": ["", ""], "n": [1, 2]})
    read = artifacts.load_csv(tmp_path / "families.csv")
    assert len(tables.pick(read, suffix=wanted)["n"]) == rows


def test_take_reads_rows_by_number_and_by_choice():
    assert tables.take(SIZES, np.array([2, 0]))["n"].tolist() == [3, 5]
    assert tables.take(SIZES, SIZES["n"] > 4)["n"].tolist() == [5, 7]


@given(st.lists(st.tuples(st.integers(), st.text()), min_size=1))
def test_rows_and_columns_are_the_same_table(values):
    rows = [{"number": number, "text": text} for number, text in values]
    columns = tables.columns_of(rows, ["text", "number"])
    assert list(columns) == ["text", "number"]
    assert tables.rows_of(columns) == rows
    assert columns["number"] == pd.DataFrame(rows)["number"].tolist()


def test_stacked_tables_stand_below_each_other_with_their_keys_in_front():
    parts = {
        ("aum", "a"): {"class": [0, 1], "size": [5, 7]},
        ("el2n", "b"): {"class": range(1), "size": np.array([9])},
    }
    expected = {
        "estimator": ["aum", "aum", "el2n"],
        "letter": ["a", "a", "b"],
        "class": [0, 1, 0],
        "size": [5, 7, 9],
    }
    stacked = tables.stacked(parts, ["estimator", "letter"])
    assert stacked == expected and list(stacked) == list(expected)
    del expected["class"]
    assert tables.stacked(parts, ["estimator", "letter"], ["size"]) == expected
