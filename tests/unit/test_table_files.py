"""Tables: csv files as rows of float32; every odd value has a documented treatment, or a
message."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from hardness.data import csvfiles, splitting, tables

GOOD = "width,height,kind\n1,2.5,cat\n3,-4e1,dog\n5,6,cat\n7,8,dog\n"


@pytest.fixture
def table(tmp_path):
    """Write a csv file and read it: table(content, **options of the source)."""

    def read(content, **options):
        file = tmp_path / "pets.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tables.read(**{"path": str(file), "label": "kind", "test_share": 0.5, **options})[0]

    return read


def with_places(data):
    """The raw rows of the training part by their places."""
    return dict(zip(data.files.tolist(), data.train_inputs.tolist(), strict=True))


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    """scikit-learn's iris as a csv file, and as a data frame."""
    frame = load_iris(as_frame=True).frame
    frame["target"] = load_iris().target_names[frame["target"]]
    file = tmp_path_factory.mktemp("iris") / "iris.csv"
    frame.to_csv(file, index=False)
    return file, frame


def test_raw_rows_are_those_of_the_file(table):
    data = table(GOOD, standardize=False)
    values = {
        "pets.csv:2": [1, 2.5],
        "pets.csv:3": [3, -40],
        "pets.csv:4": [5, 6],
        "pets.csv:5": [7, 8],
    }
    assert with_places(data).items() <= values.items() and len(data.files) == 2
    tested = [row for place, row in values.items() if place not in data.files]
    assert data.test_inputs.tolist() == tested
    assert data.train_inputs.dtype == np.float32 and data.train_labels.dtype == np.int64
    assert data.class_names.tolist() == ["cat", "dog"]
    assert sorted(data.train_labels) == sorted(data.test_labels) == [0, 1]
    assert data.mean.tolist() == [0, 0] and data.std.tolist() == [1, 1]


def test_rows_are_standardized_as_scikit_learn_does_it_by_the_training_part(iris):
    file, frame = iris
    data, _ = tables.read(str(file), "target")
    lines = np.array([int(place.rpartition(":")[2]) - 2 for place in data.files])
    values = frame.drop(columns="target").to_numpy()
    scaler = StandardScaler().fit(values[lines])
    expected = scaler.transform(values).astype(np.float32)
    np.testing.assert_allclose(data.train_inputs, expected[lines], rtol=0, atol=1e-6)
    rest = np.setdiff1d(np.arange(len(frame)), lines)
    np.testing.assert_allclose(data.test_inputs, expected[rest], rtol=0, atol=1e-6)
    assert data.mean.tolist() == [0] * 4 and data.std.tolist() == [1] * 4
    names = data.class_names[data.train_labels]
    assert names.tolist() == frame["target"].iloc[lines].tolist()
    assert np.bincount(data.test_labels).tolist() == [10, 10, 10]


def test_a_folder_holds_both_parts(tmp_path, iris):
    """No row changes its part or its place; the columns are standardized by train.csv."""
    _, frame = iris
    frame.iloc[::2].to_csv(tmp_path / "train.csv", index=False)
    frame.iloc[1::2].to_csv(tmp_path / "test.csv", index=False)
    data, known = tables.read(str(tmp_path), "target")
    values = frame.drop(columns="target").to_numpy()
    scaler = StandardScaler().fit(values[::2])
    for found, expected in ((data.train_inputs, values[::2]), (data.test_inputs, values[1::2])):
        np.testing.assert_allclose(found, scaler.transform(expected), rtol=0, atol=1e-6)
    assert data.files[:2].tolist() == ["train.csv:2", "train.csv:3"] and len(data.files) == 75
    assert known.test_files[:2].tolist() == ["test.csv:2", "test.csv:3"]


def test_text_columns_become_one_input_for_each_value(table):
    content = "color,size,kind\n" + "".join(
        f"{color},{size},{kind}\n"
        for color, size, kind in zip("rgrbgrbg", range(8), "abababab", strict=True)
    )
    data = table(content, text="one-hot", standardize=False)
    colors = [["rgrbgrbg"[int(row[3])]] for row in data.train_inputs]
    encoded = OneHotEncoder(sparse_output=False).fit([["b"], ["g"], ["r"]]).transform(colors)
    np.testing.assert_array_equal(data.train_inputs[:, :3], encoded)
    scaled = table(content, text="one-hot")
    np.testing.assert_array_equal(scaled.train_inputs[:, :3], encoded)
    assert abs(scaled.train_inputs[:, 3].mean()) < 1e-6


def test_a_column_with_one_value_becomes_zero(table):
    """scikit-learn's StandardScaler does the same: its scale is 1 there."""
    data = table("same,other,kind\n.1,1,a\n.1,2,b\n.1,3,a\n.1,4,b\n")
    assert data.train_inputs[:, 0].tolist() == [0, 0] == data.test_inputs[:, 0].tolist()


def test_rows_that_miss_a_value_are_dropped_if_the_source_says_so(table, capsys):
    content = GOOD + "?,1,cat\n1,,dog\n2,NA,cat\n3,nan,dog\n4,5,?\n6,7,cat\n"
    data = table(content, missing="drop", standardize=False)
    rows = sorted(data.train_inputs.tolist() + data.test_inputs.tolist())
    assert rows == [[1, 2.5], [3, -40], [5, 6], [6, 7], [7, 8]]
    assert "dropped: 5 rows that lack a value: 'width' in pets.csv:6" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"5 of 10 rows lack a value: 'width' in pets.csv:6, 'h"):
        table(content)


def test_na_is_a_value_like_any_other_in_a_column_of_text(table):
    content = "alley,kind\n" + "NA,a\ngravel,b\n" * 4
    assert table(content, text="one-hot").train_inputs.shape == (4, 2)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (["01", "1", "02"], ["01", "1", "02"]),
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["b", "10", "9"], ["10", "9", "b"]),
        (["true", "NA", "false"], ["NA", "false", "true"]),
        (["2.0", "1.50", "1e0"], ["1e0", "1.50", "2.0"]),
    ],
    ids=["leading zeros", "numbers", "numbers and text", "like values", "fractions"],
)
def test_class_names_are_the_labels_text_in_the_order_of_numbers_or_of_text(table, fields, names):
    rows = [(field, number) for number, field in enumerate(fields * 3)]
    data = table("kind,x\n" + "".join(f"{field},{x}\n" for field, x in rows), standardize=False)
    assert data.class_names.tolist() == names
    for (x,), label in zip(data.train_inputs, data.train_labels, strict=True):
        assert dict((number, field) for field, number in rows)[x] == names[label]


def test_equal_rows_have_equal_bytes(table):
    data = table("x,kind\n-0.0,a\n0,a\n0.0,b\n-0,b\n", standardize=False)
    assert {row.tobytes() for row in (*data.train_inputs, *data.test_inputs)} == {bytes(4)}


@pytest.mark.parametrize("content", [GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD + "\n\n",
                                     GOOD.replace(",", ", "), GOOD.replace("cat", '"cat"')],
                         ids=["windows", "mark", "blank lines", "blanks", "quotes"])  # fmt: skip
def test_what_other_programs_write_is_read_alike(table, content):
    plain, data = table(GOOD), table(content)
    np.testing.assert_array_equal(data.train_inputs, plain.train_inputs)
    np.testing.assert_array_equal(data.train_labels, plain.train_labels)
    assert data.class_names.tolist() == ["cat", "dog"]


MESSAGES = {
    "no rows": ("width,height,kind\n", {}, "pets.csv has a line of column names and no rows"),
    "nothing": ("", {}, "pets.csv is empty; expected a line of column names"),
    "short row": (GOOD + "9,8\n", {}, "pets.csv, line 6: 2 values, expected 3, one per column"),
    "long row": (GOOD + "1,2,3,4\n", {}, "pets.csv, line 6: 4 values, expected 3"),
    "not UTF-8": (GOOD.encode() + b"1,2,caf\xe9\n", {},
        r"pets.csv is not UTF-8 \(byte 62 is 0xe9\): save it as UTF-8"),
    "open quote": (GOOD + '1,2,"cat\n', {}, "pets.csv, line 6: unexpected end of data"),
    "name twice": (GOOD.replace("height", "width"), {}, "2 columns are named 'width'; rename them"),
    "no name": (GOOD.replace("width", ""), {},
        "column 1 has no name; name it, or, if it is a data frame's index"),
    "no label": (GOOD, {"label": "kinds"},
        r"no column 'kinds' \(the source's label\): did you mean 'kind'\?"),
    "semicolons": (GOOD.replace(",", ";"), {},
        "no column 'kind' .*; columns must be separated by commas"),
    "no excluded": (GOOD, {"exclude": ["widht"]},
        r"no column 'widht' \(the source's exclude\): did you mean 'width'"),
    "all excluded": (GOOD, {"exclude": ["width", "height"]}, "exclude leaves no label or no input"),
    "label excluded": (GOOD, {"exclude": ["kind"]}, "exclude leaves no label or no input"),
    "missing": (GOOD + ",1,cat\n", {},
        "1 of 5 rows lack a value: 'width' in pets.csv:6. Repair them, say missing: drop"),
    "missing label": (GOOD + "1,1,\n", {}, "1 of 5 rows lack a value: 'kind' in pets.csv:6"),
    "no value": ("x,y,kind\n,1,a\n?,2,b\n,3,a\n", {"missing": "drop"},
        r"column 'x' has no value; exclude: \[x\]"),
    "all dropped": ("x,y,kind\n,1,a\n2,?,b\n", {"missing": "drop"}, "2 of 2 rows lack a value"),
    "text": ("x,y,kind\nup,1,a\nup,2,b\n", {},
        r'text in the columns \'x\' \("up" in pets.csv:2; 1 values in 2 rows\); expected numbers. '
        r'Say .* text: one-hot'),
    "identifier": ("x,y,kind\nu1,1,a\nu2,2,b\nu3,3,a\n", {"text": "one-hot"},
        "3 values in 3 rows.*name columns to leave out in exclude"),
    "both": (GOOD + "wide,1,cat\n", {"text": "one-hot"},
        r"column 'width' holds numbers and text \(\"wide\" in pets.csv:6\)"),
    "underscore": (GOOD + "1_000,1,cat\n", {},
        r"holds numbers and text \(\"1_000\" in pets.csv:6\)"),
    "infinite": (GOOD + "1,-inf,cat\n", {},
        r"column 'height' has infinite values \(\"-inf\" in pets.csv:6\)"),
    "beyond float64": (GOOD + "1,9007199254740993,cat\n", {},
        "column 'height' has whole numbers that no float holds"),
    "beyond float32": (GOOD + "1,16777217,cat\n1,2,dog\n", {"standardize": False},
        "has \"16777217\" in pets.csv:6, which float32 does not hold; expected standardize: true"),
    "too large": (GOOD + "1,1e39,cat\n1,2,dog\n", {"standardize": False},
        "has \"1e39\" in pets.csv:6, which float32 does not hold"),
    "far too large": (GOOD.replace("2.5", "1e308").replace("-4e1", "-1e308"), {"test_share": 0.1},
        "column 'height' has .*, which float32 does not hold; expected another unit"),
    "one class": (GOOD.replace("dog", "cat"), {},
        "all rows are of one class, 'cat'; expected two or more"),
    "one row": (GOOD + "1,2,cow\n", {},
        r"class 'cow' has 1 row\(s\); a split .* needs two of each class"),
}  # fmt: skip


@pytest.mark.parametrize("case", MESSAGES)
def test_what_is_wrong_with_a_table_is_said(table, case):
    content, options, said = MESSAGES[case]
    with pytest.raises(ValueError, match=said) as error:
        table(content, **options)
    assert "pets.csv" in str(error.value)


def test_whole_numbers_that_float32_lacks_are_told_apart_once_standardized(table):
    """16777216 and 16777217 are one float32; standardized they are -1 and 1."""
    data = table("x,kind\n16777216,a\n16777217,b\n16777216,a\n16777217,b\n")
    assert sorted(data.train_inputs[:, 0].tolist()) == [-1, 1]


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"none\.csv is not there; expected a csv file, or a"
    ):
        tables.read(str(tmp_path / "none.csv"), "kind")
    (tmp_path / "train.csv").write_text(GOOD)
    with pytest.raises(FileNotFoundError, match=r"test\.csv is not there"):
        tables.read(str(tmp_path), "kind")
    (tmp_path / "test.csv").write_text(GOOD.replace("width", "depth"))
    with pytest.raises(
        ValueError, match=r"test\.csv has the columns depth, height, kind; expected"
    ):
        tables.read(str(tmp_path), "kind")
    (tmp_path / "test.csv").write_text("width,height,kind\n1,2,cat\n")
    with pytest.raises(ValueError, match=r"test: class 1 \(dog\) has no sample"):
        tables.read(str(tmp_path), "kind")


def test_the_state_follows_the_files(tmp_path):
    (tmp_path / "train.csv").write_text(GOOD)
    (tmp_path / "test.csv").write_text(GOOD)
    files = csvfiles.files(str(tmp_path))
    before = csvfiles.state(files)
    (tmp_path / "notes.txt").write_text("not read")
    assert csvfiles.state(csvfiles.files(str(tmp_path))) == before
    (tmp_path / "test.csv").write_text(GOOD + "1,2,cat\n")
    assert csvfiles.state(files) != before


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6, width=32), st.sampled_from(["a", "b c", 'd"e', "é,ö"])),
        min_size=4,
        max_size=30,
    )
)
def test_a_data_frame_comes_back_as_it_was(tmp_path_factory, rows):
    """Written by pandas, read here: every value, every name."""
    rows = rows + [(0.5, "a"), (1.5, "b c")] * 2
    names = {name for _, name in rows}
    rows += [(2.5, name) for name in names]
    frame = pd.DataFrame(rows, columns=["x", "the label"])
    file = tmp_path_factory.mktemp("frame") / "frame.csv"
    frame.to_csv(file, index=False)
    data, _ = tables.read(str(file), "the label", standardize=False)
    found = [
        (float(x), str(data.class_names[label]))
        for inputs, labels in (
            (data.train_inputs[:, 0], data.train_labels), (data.test_inputs[:, 0], data.test_labels)
        )
        for x, label in zip(inputs, labels, strict=True)
    ]  # fmt: skip
    assert sorted(found) == sorted((np.float32(x) + 0.0, name) for x, name in rows)


# Splits


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(2, 60), min_size=2, max_size=8), st.floats(0.01, 0.99))
def test_a_split_has_the_share_asked_for_and_each_class_in_both_parts(counts, share):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    names = [str(label) for label in range(len(counts))]
    train, test = splitting.stratified(labels, share, 0, names, "toy")
    assert sorted([*train, *test]) == list(range(len(labels)))
    taken = np.bincount(labels[test], minlength=len(counts))
    assert (taken >= 1).all() and (taken < counts).all()
    n, k = len(labels), len(counts)
    assert len(test) == min(max(int(np.ceil(share * n - 1e-9)), k), n - k)
    free = (taken > 1) & (taken < np.array(counts) - 1)  # no class is bounded
    if free.all():
        assert np.abs(taken - share * np.array(counts)).max() < 1


def test_test_parts_of_the_ten_tables_have_the_sizes_of_the_papers_table_4():
    """Yu et al. (2022): 42, 125, 295, 68, ... test samples, whole numbers, a fifth of the rows."""
    counts = {
        "sonar": ([97, 111], 42),
        "balance": ([49, 288, 288], 125),
        "cmc": ([629, 333, 511], 295),
        "ecoli": ([143, 77, 2, 2, 35, 20, 5, 52], 68),
        "glass": ([70, 76, 17, 13, 9, 29], 43),
        "heart": ([120, 150], 54),
        "iris": ([50, 50, 50], 30),
        "robot": ([826, 2097, 2205, 328], 1092),
        "seeds": ([70, 70, 70], 42),
        "wine": ([59, 71, 48], 36),
    }
    for name, (held, tested) in counts.items():
        assert splitting.counts_of_test(np.array(held), 0.2).sum() == tested, name


def test_splits_follow_their_seed(iris):
    file, _ = iris
    files = [
        tables.read(str(file), "target", split_seed=seed)[0].files.tolist() for seed in (3, 3, 4)
    ]
    assert files[0] == files[1] != files[2]


def test_the_file_is_read_without_pandas(iris):
    """The csv module and pandas agree on a file with quotes, commas and line ends in its fields."""
    text = 'x,kind\n1,"a, b"\n2,"c\nd"\n3,"e ""f"""\n'
    rows = pd.read_csv(io.StringIO(text))["kind"].tolist()
    file = iris[0].with_name("quoted.csv")
    file.write_text(text)
    table = csvfiles.read(str(file))
    assert table.fields("kind") == rows and table.places[1:] == ["quoted.csv:4", "quoted.csv:5"]
