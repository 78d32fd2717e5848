"""The store: a key of everything that matters, one writer at a time, damaged entries moved aside,
links that look new to Snakemake.
"""

import errno
import hashlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hardness.core import artifacts, codedigest
from hardness.data import datasets
from hardness.training import store
from study import prune

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
PARTS = {
    "data": "d1",
    "draws": ["a", "b"],
    "recipe": {"epochs": 2, "optimizer": {"lr": 0.1}},
    "seeds": [0, 1],
}
NAMES = ("test.npz", "weights.npz")
RECIPE = {
    "model": {"name": "lenet"},
    "head": {"name": "linear"},
    "objective": {"name": "cross-entropy"},
    "sampler": {"name": "permutation"},
    "observe": "dynamics",
    "epochs": 2,
}


@pytest.fixture
def entry(tmp_path):
    folder = tmp_path / "store" / "key"
    for number, name in enumerate(NAMES):
        artifacts.save_npz(folder / name, values=np.arange(5) + number)
    (folder / "lock").touch()
    return folder


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


WITH_CHECKSUMS = sorted(f"{name}{end}" for name in NAMES for end in ("", ".sha256"))


# The key


def test_a_key_does_not_depend_on_the_order_of_keys():
    other = {
        "seeds": [0, 1],
        "recipe": {"optimizer": {"lr": 0.1}, "epochs": 2},
        "draws": ["a", "b"],
        "data": "d1",
    }
    assert store.key(PARTS) == store.key(other)


def test_a_key_is_the_same_for_ever():
    canonical = b'{"a":[1,0.5],"b":null}'
    assert store.key({"b": None, "a": [1, 0.5]}) == hashlib.sha256(canonical).hexdigest()[:32]


@pytest.mark.parametrize(
    "change",
    [
        {"data": "d2"},
        {"draws": ["b", "a"]},
        {"draws": ["ab"]},
        {"seeds": [0, 1, 2]},
        {"seeds": [1, 0]},
        {"recipe": {"epochs": 3, "optimizer": {"lr": 0.1}}},
        {"recipe": {"epochs": 2, "optimizer": {"lr": 0.1000001}}},
        {"recipe": {"epochs": 2, "lr": 0.1, "optimizer": {}}},
        {"code": "c"},
    ],
    ids=str,
)
def test_a_key_sees_every_part(change):
    assert store.key({**PARTS, **change}) != store.key(PARTS)


# The lock


def writer(entry: Path, job: str, then: str) -> subprocess.Popen:
    """Another process that takes the entry's lock, prints "has it", does `then`."""
    code = f"""
        import time
        from pathlib import Path
        from hardness.training import store
        with store.only_writer(Path({str(entry)!r}), {job!r}):
            print("has it", flush=True)
            {then}
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def test_a_second_process_waits_says_for_whom_and_goes_on_when_the_first_is_killed(tmp_path):
    entry = tmp_path / "store" / "key"
    first = writer(entry, "digits, full, block 0", "time.sleep(60)")
    second = None
    try:
        assert first.stdout.readline() == "has it\n"
        second = writer(entry, "second", "pass")
        waiting = second.stdout.readline()
        assert waiting.startswith(
            f"waiting: key is being trained by digits, full, block 0 (process {first.pid} on "
        ), waiting
        assert second.poll() is None
        first.send_signal(signal.SIGKILL)
        assert second.stdout.readline() == "has it\n"
        assert second.wait(timeout=20) == 0
    finally:
        for process in filter(None, (first, second)):
            process.kill()
            process.wait()
            process.stdout.close()
    assert (entry / "lock").read_text().startswith(f"second (process {second.pid} on ")


def test_a_lock_is_given_back_after_an_error_and_another_entry_has_its_own(tmp_path):
    with pytest.raises(RuntimeError), store.only_writer(tmp_path / "key", "one"):
        raise RuntimeError
    done = [writer(tmp_path / name, "two", "pass") for name in ("key", "other")]
    with store.only_writer(tmp_path / "third", "one"):
        for process in done:
            assert process.communicate(timeout=20)[0] == "has it\n"


# What is finished


def test_an_entry_is_finished_when_all_its_outputs_are_whole(entry):
    assert store.finished(entry, NAMES)
    assert not store.finished(entry, [*NAMES, "dynamics.npz"])
    assert not store.finished(entry.with_name("another"), NAMES)
    assert files_in(entry) == sorted([*WITH_CHECKSUMS, "lock"])


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


@pytest.mark.parametrize(
    "damage", [cut, lambda path: artifacts.checksum_path(path).unlink()], ids=["cut", "no checksum"]
)
def test_a_damaged_entry_is_moved_aside_and_said(entry, capsys, damage):
    damage(entry / "weights.npz")
    there = files_in(entry)
    assert not store.finished(entry, NAMES)
    assert files_in(entry) == ["lock"]
    assert files_in(entry.with_name("key.damaged-1")) == [name for name in there if name != "lock"]
    said = capsys.readouterr().out
    assert "weights.npz" in said and "key.damaged-1" in said


def test_damaged_entries_do_not_overwrite_each_other(entry):
    for _ in range(2):
        artifacts.save_npz(entry / "test.npz", values=np.arange(5))
        cut(entry / "test.npz")
        assert not store.finished(entry, ["test.npz"])
    assert files_in(entry.parent) == ["key", "key.damaged-1", "key.damaged-2"]


# Links


def test_outputs_are_linked_with_their_checksums_and_are_new(entry, tmp_path):
    for path in entry.iterdir():
        os.utime(path, (1e9, 1e9))
    place = tmp_path / "results" / "block-0"
    store.link(entry, NAMES, place)
    assert files_in(place) == WITH_CHECKSUMS
    for name in WITH_CHECKSUMS:
        assert (place / name).stat().st_ino == (entry / name).stat().st_ino
        assert (place / name).stat().st_mtime > 1.7e9
    assert artifacts.load_npz(place / "weights.npz")["values"].tolist() == [1, 2, 3, 4, 5]


def test_only_the_named_outputs_are_linked(entry, tmp_path):
    store.link(entry, ["test.npz"], tmp_path / "place")
    assert files_in(tmp_path / "place") == ["test.npz", "test.npz.sha256"]


def test_the_key_follows_what_a_model_imports_of_the_project_and_not_where_it_lies(tmp_path):
    package = tmp_path / "workflow" / "hardness"
    shutil.copytree(WORKFLOW / "hardness", package)
    models = package / "training" / "models"
    (models / "own_net.py").write_text(
        "from hardness.training.layers import conv\nfrom ._own import SIZE\nfrom ..wide import "
        "A\nOWN = 2\n"
    )
    (models / "_own.py").write_text("SIZE = 3\n")
    (package / "training" / "wide.py").write_text("def first():\n    from other import B\n")
    other = tmp_path / "workflow" / "other.py"
    other.write_text("B = 1\n")
    code = """
        import json
        from pathlib import Path
        from hardness.data import datasets
        from hardness.training import store
        RECIPE = json.loads(RECIPE_AS_JSON)
        data = datasets.read({"kind": "digits", "test_share": 0.2, "split_seed": 0}, Path())
        full = datasets.full(data.train_labels, (8, 8, 1))
        recipe = RECIPE | {"model": {"name": "own-net"}}
        block = store.Block(data, full, recipe, [0], ("weights",), "toy")
        print(json.dumps(store.key_parts(block)["code"]))
    """

    def found():
        source = textwrap.dedent(code).replace("RECIPE_AS_JSON", repr(json.dumps(RECIPE)))
        run = [sys.executable, "-c", source]
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "workflow")}
        done = subprocess.run(
            run, env=environment, capture_output=True, check=True, text=True, encoding="utf-8"
        )
        return set(json.loads(done.stdout))

    def digest(source):
        return codedigest.digest_of_source(source, own=("hardness", "other")).own

    before = found()
    own = {digest(source) for source in ("OWN = 2", "SIZE = 3", "B = 1")}
    assert digest((package / "core" / "artifacts.py").read_text()) not in before
    assert own <= before
    other.write_text("B = 2\n")
    assert before - found() == {digest("B = 1")} and found() - before == {digest("B = 2")}
    other.rename(models / "_other.py")
    (models / "_other.py").write_text("B = 1\n")
    (package / "training" / "wide.py").write_text(
        "def first():\n    from hardness.training.models._other import B\n"
    )
    assert found() == before


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK])
def test_where_links_cannot_be_made_outputs_are_copied(entry, tmp_path, monkeypatch, code):
    def no_link(source, target):
        raise OSError(code, os.strerror(code), source, None, target)

    monkeypatch.setattr(os, "link", no_link)
    place = tmp_path / "place"
    store.link(entry, NAMES, place)
    assert files_in(place) == WITH_CHECKSUMS
    assert (place / "test.npz").stat().st_ino != (entry / "test.npz").stat().st_ino
    for name in NAMES:
        artifacts.check(place / name)


def test_another_error_in_linking_is_no_reason_to_copy(entry, tmp_path, monkeypatch):
    def no_link(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", no_link)
    with pytest.raises(OSError, match="No space"):
        store.link(entry, NAMES, tmp_path / "place")
    assert files_in(tmp_path / "place") == []


def test_linking_again_is_fine_and_touches_anew(entry, tmp_path):
    place = tmp_path / "place"
    store.link(entry, NAMES, place)
    os.utime(place / "test.npz", (1e9, 1e9))
    store.link(entry, NAMES, place)
    assert files_in(place) == WITH_CHECKSUMS
    assert (place / "test.npz").stat().st_ino == (entry / "test.npz").stat().st_ino
    assert (place / "test.npz").stat().st_mtime > 1.7e9


def test_a_link_takes_the_place_of_what_was_there_and_leaves_the_other_entry_alone(entry, tmp_path):
    other, place = entry.with_name("other"), tmp_path / "place"
    artifacts.save_npz(other / "test.npz", values=np.arange(9))
    store.link(other, ["test.npz"], place)
    store.link(entry, ["test.npz"], place)
    assert len(artifacts.load_npz(place / "test.npz")["values"]) == 5
    assert len(artifacts.load_npz(other / "test.npz")["values"]) == 9


def test_a_link_of_one_entry_to_a_second_place_does_not_make_the_first_look_new(entry, tmp_path):
    """Two training sets that came out the same share an entry: what follows from the first must not
    become stale.
    """
    store.link(entry, NAMES, tmp_path / "first")
    for path in (tmp_path / "first").iterdir():
        os.utime(path, (1e9, 1e9))
    store.link(entry, NAMES, tmp_path / "second")
    assert {path.stat().st_mtime for path in (tmp_path / "first").iterdir()} == {1e9}
    assert all(path.stat().st_mtime > 1.7e9 for path in (tmp_path / "second").iterdir())


# Blocks


def block(**changes):
    """Seeds 0 and 1 on a set of three draws of a toy data set."""
    images = np.arange(8, dtype=np.uint8).reshape(8, 1, 1, 1)
    labels = np.array([0, 1] * 4)
    data = datasets.checked(images, labels, images[:2], labels[:2], ["cat", "dog"])
    source = np.array([[0, 1, 2], [2, 1, 0], [4, 5, 6]], np.int32)
    good = {
        "data": data,
        "training_set": datasets.TrainingSet(
            source, np.array([0, 1, 0]), np.empty((3, 0, 1, 1, 1), np.uint8)
        ),
        "recipe": RECIPE,
        "seeds": [0, 1],
        "observe": (),
        "name": "toy, full",
    }
    return store.Block(**{**good, **changes})


def with_source(row, column, value):
    made = block().training_set
    source = made.source.copy()
    source[row, column] = value
    return made._replace(source=source)


def with_data(name):
    data = block().data
    array = getattr(data, name).copy()
    array.flat[0] += 1
    return data._replace(**{name: array})


@pytest.mark.parametrize(
    "changes",
    [
        {"training_set": with_source(0, 0, 3)},
        {"training_set": with_source(1, 2, 3)},
        {"data": with_data("train_inputs")},
        {"data": with_data("test_inputs")},
        {"data": with_data("mean")},
        {"recipe": RECIPE | {"epochs": 3}},
        {"recipe": RECIPE | {"model": {"name": "digits-cnn"}}},
        {"seeds": [1, 2]},
        {"observe": ("dynamics", "weights")},
    ],
    ids=[
        "draw 0",
        "draw 1",
        "training image",
        "test image",
        "mean",
        "recipe",
        "model",
        "seeds",
        "observe",
    ],
)
def test_a_blocks_key_sees_what_it_is_trained_on(changes):
    assert store.key(store.key_parts(block(**changes))) != store.key(store.key_parts(block()))


@pytest.mark.parametrize(
    "changes",
    [{"name": "toy, another"}, {"training_set": with_source(2, 0, 7)}],
    ids=["name", "draw of no member"],
)
def test_a_blocks_key_sees_nothing_else(changes):
    assert store.key(store.key_parts(block(**changes))) == store.key(store.key_parts(block()))


def test_a_block_is_trained_once_and_found_from_then_on_unless_damaged(tmp_path, capsys):
    trained = []

    def train(entry):
        trained.append(entry)
        artifacts.save_npz(entry / "test.npz", values=np.arange(3))

    entries = [store.obtain(block(), tmp_path, train, "job") for _ in range(2)]
    assert trained == entries[:1] == entries[1:]
    assert "toy, full, seeds 0 to 1: found in the store" in capsys.readouterr().out
    cut(entries[0] / "test.npz")
    assert store.obtain(block(), tmp_path, train, "job") == entries[0] and len(trained) == 2
    assert (
        store.obtain(block(seeds=[1, 2]), tmp_path, train, "job") != entries[0]
        and len(trained) == 3
    )


def test_an_error_in_training_leaves_an_entry_that_is_not_finished_and_is_trained_again(tmp_path):
    def fail(entry):
        raise RuntimeError("the loss is not finite")

    with pytest.raises(RuntimeError, match="not finite"):
        store.obtain(block(), tmp_path, fail, "job")
    trained = []
    store.obtain(block(), tmp_path, trained.append, "job")
    assert len(trained) == 1


def test_what_a_killed_job_left_half_written_is_dropped_and_its_state_is_not(tmp_path):
    entry = tmp_path / store.key(store.key_parts(block()))
    entry.mkdir()
    for name in (".weights.npz.ab12.part", store.RESUME):
        (entry / name).write_bytes(b"half")
    found = []
    store.obtain(block(), tmp_path, lambda entry: found.extend(files_in(entry)), "job")
    assert found == ["lock", store.RESUME]


def test_what_made_an_entry_is_written_beside_it(entry):
    assert store.origins(entry) == []
    store.note_origin(entry, block(), resumed=False, torch="2.9")
    artifacts.check(entry / "origin.json")
    (made_by,) = store.origins(entry)
    assert made_by["torch"] == "2.9" and made_by["name"] == "toy, full"
    key = json.loads((entry / "origin.json").read_text())["key"]
    assert store.key(key) == store.key(store.key_parts(block()))


def test_who_takes_a_block_up_stands_beside_who_began_it(entry):
    for torch, resumed, noted in (
        ("2.9", False, ["2.9"]),
        ("2.10", True, ["2.9", "2.10"]),
        ("2.10", True, ["2.9", "2.10"]),
        ("2.11", False, ["2.11"]),
    ):
        store.note_origin(entry, block(), resumed, torch=torch)
        assert [one["torch"] for one in store.origins(entry)] == noted
    os.truncate(entry / "origin.json", 20)
    assert store.origins(entry) == []
    store.note_origin(entry, block(), resumed=True, torch="2.12")
    assert [one["torch"] for one in store.origins(entry)] == ["2.12"]


def test_what_no_result_uses_is_unused_but_not_what_is_being_trained(tmp_path):
    folder = tmp_path / "results" / ".store"
    for name in ("used", "left", "begun", "aside.damaged-1", "training"):
        (folder / name).mkdir(parents=True)
        if name in ("used", "left"):
            artifacts.save_npz(folder / name / "test.npz", logits=np.array([ord(name[0])]))
    store.link(folder / "used", ["test.npz"], tmp_path / "results/toy/members/full/cnn/block-0")
    with store.only_writer(folder / "training", "a job"):
        dropped = [path.name for path in prune.drop_unused(tmp_path / "results")]
        assert dropped == ["aside.damaged-1", "begun", "left"]
        assert files_in(folder) == ["training", "used"]
    assert [path.name for path in prune.drop_unused(tmp_path / "results")] == ["training"]
    assert list(prune.drop_unused(tmp_path / "nowhere")) == []


def test_what_is_about_to_be_linked_is_not_dropped(tmp_path):
    results, dropped = tmp_path / "results", []
    target = results / "toy/members/full/cnn/block-0"

    def train(entry):
        for name in block().outputs:
            artifacts.save_npz(entry / name, logits=np.arange(3))
        dropped.extend(prune.drop_unused(results))

    entry = store.obtain(block(), results / ".store", train, "job", target)
    dropped.extend(prune.drop_unused(results))
    assert dropped == [] and (target / "test.npz").samefile(entry / "test.npz")


def test_who_waits_for_an_entry_that_is_dropped_makes_it_anew(tmp_path, monkeypatch):
    entry, told = tmp_path / store.key(store.key_parts(block())), queue.Queue()
    # By a queue: who reads captured output while a thread writes it may lose some of it.
    monkeypatch.setattr(store, "print", lambda text, **_: told.put(text), raising=False)
    with ThreadPoolExecutor() as pool:
        with store.only_writer(entry, "first"):
            second = pool.submit(
                store.obtain, block(), tmp_path, lambda entry: (entry / "made").touch(), "second"
            )
            assert "being trained by first" in told.get(timeout=30)
            shutil.rmtree(entry)
        assert second.result(timeout=30) == entry
    assert files_in(entry) == ["lock", "made"]
