"""The recorder of a user's own training loop: what it writes, what it refuses, and that a crash
loses no epoch that has ended.
"""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hardness import recorder as module
from hardness.core import artifacts, logits
from hardness.recorder import Recorder, RecordingError
from hardness.training import measures
from hardness.training.observers.dynamics import Dynamics

N, CLASSES, BATCH = 50, 4, 8


def epoch_of(seed, n=N, classes=CLASSES):
    """An epoch's order (n,) and the samples' logits (n, classes), by their places."""
    rng = np.random.default_rng(seed)
    return rng.permutation(n), rng.normal(0, 3, (n, classes)).astype(np.float32)


LABELS = np.random.default_rng(7).integers(CLASSES, size=N)


def record(recorder, epochs, convert=np.asarray, labels=LABELS):
    """Feed epochs, numbered, in batches."""
    for number in epochs:
        order, values = epoch_of(number)
        for start in range(0, N, BATCH):
            rows = order[start : start + BATCH]
            recorder.update(convert(rows), convert(values[rows]), convert(labels[rows]))
        recorder.end_epoch()


def saved(recorder, path, seed=0):
    recorder.save(path, seed=seed)
    return artifacts.load_npz(path)


def test_importing_it_needs_numpy_alone():
    code = (
        "import sys, hardness.recorder, hardness.callbacks\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'torch', 'scipy', 'pandas',"
        " 'lightning', 'pytorch_lightning', 'transformers', 'numpy'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(Path(module.__file__).parents[1])},
    )  # fmt: skip
    assert done.stdout == "['numpy']\n"


# What it writes


def test_numpy_measures_what_training_measures_of_tensors():
    _, values = epoch_of(3, n=2000)
    labels = np.random.default_rng(1).integers(CLASSES, size=2000)
    ours = logits.measures(values, labels)
    theirs = measures.measures(torch.from_numpy(values)[:, None], torch.from_numpy(labels)[:, None])
    for name, expected in theirs.items():
        found = expected[:, 0].numpy()
        if name == "correct":
            assert np.array_equal(ours[name], found) and 0.1 < found.mean() < 0.9
        else:
            np.testing.assert_allclose(ours[name], found, rtol=1e-4, atol=1e-6)
    expected = torch.from_numpy(values).softmax(1).numpy()
    np.testing.assert_allclose(ours["p"], expected, rtol=1e-5, atol=1e-7)


def test_large_logits_leave_finite_measures():
    found = logits.measures(np.array([[30000.0, -30000.0]], dtype=np.float32), np.array([1]))
    assert found["loss"] == 60000 and found["margin"] == -60000 and found["p"].tolist() == [[1, 0]]


def test_a_recording_is_what_the_studys_own_observer_leaves(tmp_path):
    """The same logits shown to both: the same arrays, in the same format."""
    setting = SimpleNamespace(
        members=1, epochs=3, n=N, probe_epoch=99, name="toy", seeds=[0], labels=LABELS
    )
    observer = Dynamics(setting)
    recorder = Recorder(N, CLASSES)
    for epoch in range(3):
        order, values = epoch_of(epoch)
        tensors = torch.from_numpy(values[order])[:, None], torch.from_numpy(LABELS[order])[:, None]
        observer.after_epoch(epoch, torch.from_numpy(order)[:, None], measures.measures(*tensors))
    record(recorder, range(3))
    ours, theirs = saved(recorder, tmp_path / "seed-0.npz"), observer.arrays(None)
    for name in (*module.HALVES, "correct", "aum"):
        assert ours[name].dtype == theirs[name].dtype and ours[name].shape == theirs[name].shape
        np.testing.assert_allclose(
            ours[name].astype(float), theirs[name].astype(float), rtol=2e-3, atol=1e-6
        )
    assert ours["labels"].tolist() == LABELS.tolist() and ours["seeds"].tolist() == [0]
    expected = torch.from_numpy(epoch_of(2)[1]).softmax(1).numpy()
    np.testing.assert_allclose(ours["p"][0], expected, atol=1e-3)


@pytest.mark.parametrize(
    "convert",
    [
        lambda values: values.tolist(),
        torch.from_numpy,
        lambda values: torch.from_numpy(values).clone().requires_grad_(values.dtype == np.float32),
    ],
)
def test_lists_and_tensors_leave_the_same_bytes_as_arrays(tmp_path, convert):
    for name, by in (("a", np.asarray), ("b", convert)):
        recorder = Recorder(N, CLASSES)
        record(recorder, range(2), by)
        recorder.save(tmp_path / name, seed=3)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_half_precision_logits_and_what_is_changed_afterwards(tmp_path):
    """What a batch's arrays become after update does not count: it may be measured later."""
    recorder, (order, values) = Recorder(N, CLASSES), epoch_of(0)
    batch = torch.from_numpy(values[order]).bfloat16()
    expected = batch.float().numpy().copy()
    indices = torch.from_numpy(order.copy())
    recorder.update(indices, batch, torch.from_numpy(LABELS[order]))
    batch.zero_()
    indices.zero_()
    recorder.end_epoch()
    found = saved(recorder, tmp_path / "a.npz")["true_logit"][0, 0, order]
    np.testing.assert_allclose(found, expected[np.arange(N), LABELS[order]], rtol=1e-3)


def test_batches_that_wait_are_measured_when_they_are_many(tmp_path, monkeypatch):
    recorder = Recorder(N, CLASSES)
    record(recorder, range(2))
    recorder.save(tmp_path / "a", seed=0)
    monkeypatch.setattr(module, "BUFFER", 40)
    recorder = Recorder(N, CLASSES)
    record(recorder, range(2))
    recorder.save(tmp_path / "b", seed=0)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_recording_of_200_epochs_takes_9_bytes_a_sample_and_epoch(tmp_path):
    """50,000 samples then take 90 MB and their labels, and 1 MB of probabilities."""
    recorder = Recorder(N, CLASSES, folder=tmp_path / "epochs")
    record(recorder, range(200))
    during = sum(path.stat().st_size for path in (tmp_path / "epochs").glob("*.npz"))
    recorder.save(tmp_path / "seed-0.npz", seed=0)
    with np.load(tmp_path / "seed-0.npz", allow_pickle=False) as file:
        sizes = {name: file[name].nbytes for name in file.files}
    per_epoch = sum(sizes[name] for name in (*module.HALVES, "correct"))
    assert per_epoch == 200 * N * 9 and sum(sizes.values()) - per_epoch == N * (4 + 8 + 1 + 8) + 8
    overhead = 2000  # an npz's own, of five arrays
    assert during < 201 * overhead + 200 * N * 11 and not (tmp_path / "epochs").exists()


# Crash and resume


def test_what_ended_outlives_a_crash_and_the_rest_is_as_if_there_had_been_none(tmp_path):
    """Killed inside the third epoch; taken up at the second, from a checkpoint."""
    whole = Recorder(N, CLASSES)
    record(whole, range(5))
    whole.save(tmp_path / "whole.npz", seed=0)
    crashed = Recorder(N, CLASSES, folder=tmp_path / "epochs")
    record(crashed, range(3))
    order, values = epoch_of(3)
    crashed.update(order[:8], values[order[:8]], LABELS[order[:8]])
    del crashed
    again = Recorder(N, CLASSES, folder=tmp_path / "epochs")
    assert again.epochs == 3
    again.rewind(2)
    record(again, range(2, 5))
    again.save(tmp_path / "again.npz", seed=0)
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


def test_killed_inside_the_writing_of_an_epoch(tmp_path, monkeypatch):
    """Whichever file was being written: the epochs before are there."""
    save, calls = artifacts.save_npz, []

    def dying(path, *arguments, **arrays):
        calls.append(path)
        if len(calls) == stop:
            raise KeyboardInterrupt
        save(path, *arguments, **arrays)

    for stop in (5, 6):  # samples.npz, epoch-0003.npz
        folder = tmp_path / str(stop)
        monkeypatch.setattr(module.artifacts, "save_npz", dying)
        calls.clear()
        with pytest.raises(KeyboardInterrupt):
            record(Recorder(N, CLASSES, folder=folder), range(4))
        monkeypatch.setattr(module.artifacts, "save_npz", save)
        again = Recorder(N, CLASSES, folder=folder)
        assert again.epochs == 2
        again.rewind(2)
        record(again, range(2, 4))
        again.save(tmp_path / f"{stop}.npz", seed=0)
    assert (tmp_path / "5.npz").read_bytes() == (tmp_path / "6.npz").read_bytes()


def test_epochs_of_an_earlier_run_are_not_continued_unasked(tmp_path):
    record(Recorder(N, CLASSES, folder=tmp_path), range(2))
    again = Recorder(N, CLASSES, folder=tmp_path)
    with pytest.raises(RecordingError, match=r"holds 2 epochs of an earlier run: rewind\(2\) con"):
        record(again, range(1))
    with pytest.raises(RecordingError, match="resumes after epoch 3, but only 2 are recorded"):
        again.rewind(3)
    again.rewind(0)
    assert again.epochs == 0 and not list(tmp_path.glob("epoch-*"))
    record(again, range(1))
    with pytest.raises(RecordingError, match="of 50 of 50 samples and 4 classes; this recorder"):
        Recorder(N + 1, CLASSES, folder=tmp_path)


def test_a_damaged_or_lost_epoch_is_said(tmp_path):
    record(Recorder(N, CLASSES, folder=tmp_path), range(3))
    (tmp_path / "epoch-0002.npz").write_bytes(b"no epoch")
    with pytest.raises(artifacts.DamagedError, match=r"epoch-0002\.npz is damaged"):
        Recorder(N, CLASSES, folder=tmp_path)
    (tmp_path / "epoch-0002.npz").unlink()
    with pytest.raises(RecordingError, match="holds epoch 3 and lacks epoch 2: delete the"):
        Recorder(N, CLASSES, folder=tmp_path)


# What is refused, with one message each


def given(indices=(0, 1), values=((1.0, 0.0), (0.0, 1.0)), labels=(0, 1)):
    return np.array(indices), np.array(values), np.array(labels)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (given(indices=(1, 1)), r"epoch 1: 1 sample \(1\) came twice; expected once: give places"),
        (given(indices=(0, 2)), r"index 2 is out of range 0\.\.1, for Recorder\(n=2\)"),
        (given(indices=(0.0, 1.0)), "indices are float64; expected whole numbers"),
        (given(labels=(0, 2)), r"labels are int64 from 0 to 2; expected whole numbers 0\.\.1"),
        (given(labels=(0.5, 1)), "labels are float64"),
        (given(values=((1.0, np.nan), (0, 1))), r"a logit of 1 sample \(0\) is not finite"),
        (given(values=((1.0, np.inf), (0, 1))), "is not finite, or beyond 32752"),
        (given(values=((4e4, -4e4), (0, 1))), "training has diverged, lower the learning rate"),
        (given(values=((1.0, 0, 0), (0, 1, 0))), r"logits \(2, 3\).* expected \(b,\), \(b, 2\)"),
        (given(labels=(0,)), r"labels \(1,\); expected"),
        ((np.array(0), np.zeros(2), np.array(1)), r"indices \(\), logits \(2,\), labels \(\)"),
    ],
)
def test_a_batch_that_does_not_fit(batch, message):
    recorder = Recorder(n=2, classes=2)
    with pytest.raises(RecordingError, match=message):
        recorder.update(*batch)
        recorder.end_epoch()


def test_a_single_logit():
    with pytest.raises(RecordingError, match="classes 1; expected .* give the two logits 0 and z"):
        Recorder(n=2, classes=1)


def test_samples_that_do_not_come():
    recorder = Recorder(N, CLASSES)
    order, values = epoch_of(0)
    recorder.update(order[4:], values[order[4:]], LABELS[order[4:]])
    lost = ", ".join(map(str, np.sort(order[:4])[:3]))
    message = rf"epoch 1: 4 samples \({lost}, \.\.\.\) did not come.* drop_last=True"
    with pytest.raises(RecordingError, match=message):
        recorder.end_epoch()
    with pytest.raises(RecordingError, match="50 samples .* did not come"):
        Recorder(N, CLASSES, missing=True).end_epoch()


def test_a_label_that_changes():
    """Most often the indices are places in the batch."""
    recorder = Recorder(n=3, classes=2)
    recorder.update(np.arange(3), np.zeros((3, 2)), np.array([0, 1, 0]))
    recorder.end_epoch()
    recorder.update(np.arange(3), np.zeros((3, 2)), np.array([0, 0, 0]))
    message = r"epoch 2: the labels of 1 sample \(1\) change; sample 1 was 1 and is 0: expected the"
    with pytest.raises(RecordingError, match=message):
        recorder.end_epoch()


def test_saving_in_the_middle_of_an_epoch(tmp_path):
    recorder = Recorder(n=1, classes=2)
    with pytest.raises(RecordingError, match="epoch 1 has not ended"):
        recorder.save(tmp_path / "a.npz", seed=0)
    recorder.update([0], [[0.0, 1.0]], [1])
    with pytest.raises(RecordingError, match="epoch 1 has not ended"):
        recorder.save(tmp_path / "a.npz", seed=0)
    assert not list(tmp_path.iterdir())


# What is allowed on request


def test_of_a_sample_that_comes_twice_the_last_time_counts(tmp_path):
    recorder = Recorder(n=2, classes=2, repeated=True)
    recorder.update([0, 1, 0], [[1.0, 0], [0, 1], [5, 0]], [0, 1, 0])
    recorder.update([1], [[0.0, 7]], [1])
    recorder.end_epoch()
    assert saved(recorder, tmp_path / "a.npz")["margin"].tolist() == [[[5, 7]]]


def test_missing_samples_are_missing_and_aum_is_the_mean_of_those_that_came(tmp_path):
    recorder = Recorder(n=2, classes=2, missing=True)
    recorder.update([0, 1], [[1.0, 0], [0, 2]], [0, 1])
    recorder.end_epoch()
    recorder.update([0], [[4.0, 0]], [0])
    recorder.end_epoch()
    found = saved(recorder, tmp_path / "a.npz")
    assert found["aum"].tolist() == [[2.5, 2]] and found["correct"].tolist() == [[[1, 1], [1, 0]]]
    for name in module.HALVES:
        assert np.isnan(found[name]).tolist() == [[[False, False], [False, True]]]


def test_predictions_of_samples_held_out(tmp_path):
    recorder = Recorder(n=4, classes=2, rows=[0, 2])
    recorder.update([2, 0], [[1.0, 0], [0, 2]], [0, 1])
    recorder.end_epoch()
    recorder.held_out(torch.tensor([3]), torch.tensor([[0.0, np.log(3)]]))
    found = saved(recorder, tmp_path / "a.npz")
    assert found["trained"].tolist() == [[True, False, True, False]]
    assert found["labels"].tolist() == [1, -1, 0, -1]
    np.testing.assert_allclose(found["held_out"][0, 3], [0.25, 0.75], atol=1e-3)
    assert np.isnan(found["held_out"][0, :3]).all()


def test_held_out_samples_that_are_trained_on_or_come_twice():
    recorder = Recorder(n=3, classes=2, rows=[0])
    with pytest.raises(RecordingError, match=r"held_out: 1 sample \(0\) are trained on"):
        recorder.held_out([0, 1], np.zeros((2, 2)))
    recorder.held_out([1], np.zeros((1, 2)))
    with pytest.raises(RecordingError, match=r"held_out: 1 sample \(1\) came twice"):
        recorder.held_out([1, 2], np.zeros((2, 2)))
    with pytest.raises(RecordingError, match=r"epoch 1: 1 sample \(2\) are not among"):
        recorder.update([2], [[0.0, 0]], [1])
        recorder.end_epoch()
