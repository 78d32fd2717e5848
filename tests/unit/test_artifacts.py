"""Files: written completely or not at all, damage reported with the file's name, the same bytes for
the same content, nothing pickled.
"""

import csv
import hashlib
import io
import os
import pickle
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardness.core import artifacts

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
ARRAYS = {"scores": np.arange(6, dtype=np.float32).reshape(2, 3), "seeds": np.array([0, 1])}


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "scores.npz"
    artifacts.save_npz(path, **ARRAYS)
    return path


# Writing


@pytest.mark.parametrize(
    "error", [RuntimeError("no"), OSError(5, "broken"), KeyboardInterrupt()], ids=repr
)
def test_a_failing_writer_leaves_nothing(tmp_path, error):
    def write(file):
        file.write(b"half")
        raise error

    with pytest.raises(type(error)):
        artifacts.write_atomically(tmp_path / "new.csv", write)
    assert names_in(tmp_path) == []


def test_a_failing_writer_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "table.csv"
    artifacts.save_text(path, "a\n1\n")
    before = names_in(tmp_path)

    def write(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match=r"cannot write .*table\.csv: No space left"):
        artifacts.write_atomically(path, write)
    assert path.read_text() == "a\n1\n" and names_in(tmp_path) == before
    artifacts.check(path)


@pytest.mark.parametrize("kind", ["npz", "csv"])
def test_a_full_disk_is_one_error_that_names_the_file_and_leaves_nothing(tmp_path, kind):
    path = tmp_path / "deep" / f"full.{kind}"
    code = f"""
        import resource, numpy as np
        from hardness.core import artifacts
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        values = np.arange(100_000)
        try:
            if {kind!r} == "npz":
                artifacts.save_npz({str(path)!r}, values=values)
            else:
                artifacts.save_csv({str(path)!r}, {{"values": values}})
        except OSError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(path) in done.stdout and "File too large" in done.stdout
    assert names_in(path.parent) == []


def test_a_killed_writer_leaves_the_old_file_and_a_temporary_one_that_can_be_dropped(tmp_path):
    """In a process that dies in the midst of writing; what it was to replace can still be read."""
    artifacts.save_bytes(tmp_path / "file.txt", b"old")
    code = f"""
        import os, signal
        from hardness.core import artifacts
        def write(file):
            file.write(b"ne")
            os.kill(os.getpid(), signal.SIGKILL)
        artifacts.write_atomically({str(tmp_path / "file.txt")!r}, write)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
    )
    assert done.returncode == -signal.SIGKILL
    artifacts.check(tmp_path / "file.txt")
    assert (tmp_path / "file.txt").read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 3
    artifacts.drop_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.txt", "file.txt.sha256"]


def test_the_permissions_are_those_of_any_new_file(tmp_path):
    artifacts.save_text(tmp_path / "ours.csv", "a\n")
    (tmp_path / "plain.csv").write_text("a\n")
    assert stat.S_IMODE((tmp_path / "ours.csv").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "plain.csv").stat().st_mode
    )


def test_the_checksum_is_what_sha256sum_reads(tmp_path):
    artifacts.save_text(tmp_path / "a.csv", "a\n1\n")
    expected = hashlib.sha256(b"a\n1\n").hexdigest()
    assert (tmp_path / "a.csv.sha256").read_text() == f"{expected}  a.csv\n"


def test_the_same_arrays_give_the_same_bytes_and_others_do_not(tmp_path):
    for name in ("one", "two"):
        artifacts.save_npz(
            tmp_path / f"{name}.npz", **{key: value.copy() for key, value in ARRAYS.items()}
        )
    os.utime(tmp_path / "one.npz", (0, 0))
    artifacts.save_npz(tmp_path / "other.npz", **{**ARRAYS, "seeds": np.array([0, 2])})
    one, two, other = ((tmp_path / f"{name}.npz").read_bytes() for name in ("one", "two", "other"))
    assert one == two != other
    assert len(one) == len(other)


# Reading


def test_arrays_come_back_with_type_and_shape(stored):
    found = artifacts.load_npz(stored)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
    assert list(artifacts.load_npz(stored, "seeds")) == ["seeds"]


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def replaced_by_another(path: Path) -> None:
    np.savez(path, **{**ARRAYS, "seeds": np.array([0, 2])})


DAMAGE = {
    "first bit flipped": lambda path: flip(path, 0),
    "bit flipped inside": lambda path: flip(path, path.stat().st_size // 3),
    "last bit flipped": lambda path: flip(path, -1),
    "last byte gone": lambda path: os.truncate(path, path.stat().st_size - 1),
    "half gone": lambda path: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path: os.truncate(path, 0),
    "a byte more": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "another file": replaced_by_another,
    "checksum missing": lambda path: artifacts.checksum_path(path).unlink(),
    "checksum empty": lambda path: artifacts.checksum_path(path).write_text(""),
    "bit of the checksum flipped": lambda path: flip(artifacts.checksum_path(path), 3),
    "checksum no text": lambda path: artifacts.checksum_path(path).write_bytes(b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_told_by_the_files_name(stored, damage):
    damage(stored)
    for read in (artifacts.check, artifacts.load_npz):
        with pytest.raises(artifacts.DamagedError, match=r"scores\.npz.* delete .*run again"):
            read(stored)


@pytest.mark.parametrize("bit", [0, 3])
def test_without_a_checksum_every_flipped_bit_is_told_or_changes_nothing(tmp_path, bit):
    """The npz has a CRC of each array; of its directory, which has none, wherever it is not as it
    was, something fits no more.
    """
    path, told = tmp_path / "state.npz", 0
    artifacts.save_npz(path, checksum=False, **ARRAYS, step=np.array(7))
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(
            whole[:position] + bytes([whole[position] ^ 1 << bit]) + whole[position + 1 :]
        )
        try:
            found = artifacts.load_npz(path, *ARRAYS, "step", checksum=False)
        except artifacts.DamagedError:
            told += 1
        else:
            for name, array in {**ARRAYS, "step": np.array(7)}.items():
                np.testing.assert_array_equal(found[name], array, strict=True)
    assert told > len(whole) / 2


@pytest.mark.parametrize("read", [artifacts.load_npz, artifacts.load_csv, artifacts.read_csv])
def test_a_missing_file_is_told_by_its_name_and_what_makes_it(tmp_path, read):
    with pytest.raises(
        FileNotFoundError, match=r"gone\.npz is missing: run .*make study ARGS=.*gone\.npz"
    ):
        read(tmp_path / "gone.npz")


@pytest.mark.parametrize("read", [artifacts.load_csv, artifacts.read_csv])
def test_a_damaged_csv_is_not_read(tmp_path, read):
    path = tmp_path / "table.csv"
    artifacts.save_csv(path, {"a": [1, 2, 3]})
    path.write_text(path.read_text().replace("3", "4"))
    with pytest.raises(artifacts.DamagedError, match=r"table\.csv is damaged"):
        read(path)


@pytest.mark.parametrize(
    "names", [["01", "2", "10"], ["true", "false", "true"], ["1e3", "2.0", "NA"], ["1_0", "", "3"]]
)
def test_names_stay_as_they_are(tmp_path, names):
    path = tmp_path / "table.csv"
    artifacts.save_csv(path, {"class": [0, 1, 2], "name": names, "file": names})
    for column in ("name", "file"):
        assert artifacts.load_csv(path)[column].tolist() == names
        assert artifacts.read_csv(path)[column].fillna("").tolist() == names
    assert (
        artifacts.load_csv(path)["class"].dtype
        == np.int64
        == artifacts.read_csv(path)["class"].dtype
    )


def test_a_missing_array_is_named_beside_those_that_are_there(stored):
    with pytest.raises(
        artifacts.DamagedError, match=r"scores\.npz has no array 'keys'; it holds scores, seeds"
    ):
        artifacts.load_npz(stored, "seeds", "keys")


def npy() -> bytes:
    file = io.BytesIO()
    np.save(file, np.arange(3))
    return file.getvalue()


def npz_of_objects(target: Path) -> bytes:
    file = io.BytesIO()
    np.savez(file, seeds=np.array([Bomb(target)], dtype=object), allow_pickle=True)
    return file.getvalue()


FOREIGN = {
    "text": lambda target: b"no npz at all",
    "empty": lambda target: b"",
    "npy": lambda target: npy(),
    "pickle": lambda target: pickle.dumps(Bomb(target)),
    "npz of objects": npz_of_objects,
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused_though_its_checksum_is_right(tmp_path, content):
    path, exploded = tmp_path / "foreign.npz", tmp_path / "exploded"
    artifacts.save_bytes(path, content(exploded))
    with pytest.raises(artifacts.DamagedError, match=r"foreign\.npz"):
        artifacts.load_npz(path)
    assert not exploded.exists()


def test_the_bomb_of_these_tests_is_one(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "exploded")))
    assert (tmp_path / "exploded").exists()


def test_an_array_of_objects_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="[Oo]bject"):
        artifacts.save_npz(tmp_path / "objects.npz", names=np.array(["a", None], dtype=object))
    assert names_in(tmp_path) == []


# Tables

COLUMNS = {
    "count": ([3, -1, 0], np.int64),
    "share": ([0.1, np.nan, 1e-300], np.float64),
    "half": (np.array([0.1, 1 / 3, 1e10], dtype=np.float32), np.float64),
    "hard": ([True, False, True], np.bool_),
    "flag": (np.array([True, True, False]), np.bool_),
    "name": (['a, "b"', "line\nbreak", "ä é"], None),
    "missing": ([None, 2, None], np.float64),
    "nothing": ([None, np.nan, None], np.float64),
    "infinite": ([np.inf, -np.inf, 0.5], np.float64),
}


def test_a_table_comes_back_as_it_was(tmp_path):
    path = tmp_path / "table.csv"
    artifacts.save_csv(path, {name: values for name, (values, _) in COLUMNS.items()})
    ours, theirs = artifacts.load_csv(path), artifacts.read_csv(path)
    assert list(ours) == list(theirs) == list(COLUMNS)
    for name, (values, kind) in COLUMNS.items():
        if kind is None:
            assert ours[name].tolist() == theirs[name].tolist() == values
        else:
            expected = np.array([np.nan if value is None else value for value in values])
            assert ours[name].dtype == theirs[name].dtype == kind, name
            np.testing.assert_array_equal(ours[name].astype(expected.dtype), expected)
            np.testing.assert_array_equal(theirs[name].to_numpy().astype(expected.dtype), expected)


def test_an_empty_field_is_what_other_readers_expect_of_a_missing_value(tmp_path):
    artifacts.save_csv(
        tmp_path / "a.csv", {"alpha": [None, 3, np.nan], "hard": [True, False, True]}
    )
    assert (tmp_path / "a.csv").read_bytes() == b"alpha,hard\n,true\n3,false\n,true\n"


def test_an_empty_table_keeps_its_columns(tmp_path):
    path = tmp_path / "empty.csv"
    artifacts.save_csv(path, {"class": [], "name": []})
    ours, theirs = artifacts.load_csv(path), artifacts.read_csv(path)
    assert {name: len(values) for name, values in ours.items()} == {"class": 0, "name": 0}
    assert list(theirs.columns) == ["class", "name"] and len(theirs) == 0


def test_columns_of_unequal_length_are_refused_and_leave_nothing(tmp_path):
    with pytest.raises(ValueError):
        artifacts.save_csv(tmp_path / "a.csv", {"a": [1, 2], "b": [1]})
    assert names_in(tmp_path) == []


def test_a_frame_is_written_like_its_columns(tmp_path):
    columns = {"class": [0, 1], "mean": [0.25, np.nan], "hard": [True, False], "name": ["a", "b"]}
    artifacts.save_csv(tmp_path / "columns.csv", columns)
    artifacts.save_csv(tmp_path / "frame.csv", pd.DataFrame(columns))
    assert (tmp_path / "columns.csv").read_bytes() == (tmp_path / "frame.csv").read_bytes()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1).map(
    lambda text: f"x{text}"
)


@given(st.lists(st.tuples(st.floats(allow_infinity=False),
    st.floats(width=32, allow_infinity=False),
                          st.integers(-(2**62), 2**62), st.booleans(), WORDS), min_size=1,
                          max_size=5))  # fmt: skip
def test_both_readers_give_back_every_value_to_the_last_bit(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "table.csv"
    share, half, count, hard, name = map(list, zip(*rows, strict=True))
    artifacts.save_csv(
        path,
        {
            "share": share,
            "half": np.array(half, dtype=np.float32),
            "count": count,
            "hard": hard,
            "name": name,
        },
    )
    for read in (artifacts.load_csv, artifacts.read_csv):
        table = read(path)
        np.testing.assert_array_equal(
            np.asarray(table["share"], dtype=float), np.array(share, dtype=float)
        )
        np.testing.assert_array_equal(
            np.asarray(table["half"]).astype(np.float32), np.array(half, dtype=np.float32)
        )
        assert (list(table["count"]), list(table["hard"]), list(table["name"])) == (
            count,
            hard,
            name,
        )


@pytest.mark.parametrize("name", ["None", "NA", "null", "n/a", "nan"])
def test_a_class_may_be_called_by_a_word_that_some_read_as_missing(tmp_path, name):
    path = tmp_path / "table.csv"
    artifacts.save_csv(path, {"name": [name, "cat"]})
    assert artifacts.load_csv(path)["name"].tolist() == [name, "cat"]
    assert artifacts.read_csv(path)["name"].tolist() == [name, "cat"]


def test_a_table_is_plain_csv_to_others(tmp_path):
    path = tmp_path / "table.csv"
    artifacts.save_csv(path, {"name": ['a, "b"', "c"], "n": [1, 2]})
    with open(path, encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [{"name": 'a, "b"', "n": "1"}, {"name": "c", "n": "2"}]


# Digests


@pytest.mark.parametrize(
    "other",
    [
        [np.array([[1, 2, 3, 5]])],
        [np.array([1, 2, 3, 4])],
        [np.array([[1, 2, 3, 4]], dtype=np.int32)],
        [np.array([[1, 2], [3, 4]])],
        [np.array([[1, 2]]), np.array([[3, 4]])],
    ],
    ids=["value", "shape", "type", "rows", "two arrays"],
)
def test_the_digest_of_arrays_sees_type_shape_and_values(other):
    assert artifacts.array_digest(np.array([[1, 2, 3, 4]])) != artifacts.array_digest(*other)


def test_the_digest_of_arrays_does_not_see_how_they_lie_in_memory():
    array = np.arange(12).reshape(3, 4)
    assert artifacts.array_digest(np.asfortranarray(array)) == artifacts.array_digest(array)
    assert artifacts.array_digest(np.arange(24).reshape(3, 8)[:, ::2]) == artifacts.array_digest(
        2 * array
    )
