"""Reading recordings: joining the networks of a folder, and refusing what does not fit."""

import numpy as np
import pytest
from PIL import Image
from test_recorder import CLASSES, LABELS, N, epoch_of, record

from hardness.core import artifacts
from hardness.data import recordings
from hardness.recorder import Recorder
from hardness.scoring import estimation, sources
from hardness.scoring.parts import ESTIMATORS, estimator_source


def save(folder, seed, epochs=3, labels=LABELS, first=0, **options):
    recorder = Recorder(N, CLASSES, **options)
    record(recorder, range(first, first + epochs), labels=labels)
    recorder.save(folder / f"seed-{seed}.npz", seed=seed)


@pytest.fixture
def folder(tmp_path):
    """Two networks, of the seeds 7 and 30, on 50 samples of 4 classes over 3 epochs."""
    save(tmp_path, 30, first=10)
    save(tmp_path, 7)
    return tmp_path


def message_of(folder, members=2, **options):
    with pytest.raises(ValueError) as error:
        recordings.read(str(folder), members, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


# What there is


def test_labels_alone(folder):
    data, _ = recordings.read(str(folder), 2)
    assert data.train_labels.tolist() == LABELS.tolist()
    assert data.class_names.tolist() == ["0", "1", "2", "3"]
    assert data.train_inputs.shape == (N, 0) and data.test_inputs.shape == (0, 0)
    assert data.files.tolist() == [] and len(data.test_labels) == 0


def test_members_stand_in_the_order_of_their_seeds(folder):
    made = recordings.dynamics(recordings.load(str(folder), 2))
    assert made["seeds"].tolist() == [0, 1]
    for member, first in enumerate((0, 10)):
        expected = epoch_of(first + 1)[1][np.arange(N), LABELS]
        np.testing.assert_allclose(made["true_logit"][member, 1], expected, rtol=1e-3)


def test_every_estimator_of_the_dynamics_but_el2n_scores_a_recording(folder, tmp_path):
    """By the file that the study reads."""
    file = tmp_path / "dynamics.npz"
    artifacts.save_npz(file, **recordings.dynamics(recordings.load(str(folder), 2)))
    names = [name for name in ESTIMATORS.names() if estimator_source(name) == "dynamics"]
    names.remove("el2n")
    assert len(names) >= 14
    for name in names:
        read = sources.load_dynamics([file], ESTIMATORS.find(name).NEEDS)
        scores = estimation.compute(name, read).scores
        assert scores.shape == (2, N) and scores.std() > 0, name
    el2n = sources.load_dynamics([file], ["el2n"])
    assert el2n.probe_epoch == 1
    p = np.exp(epoch_of(0)[1]) / np.exp(epoch_of(0)[1]).sum(axis=1, keepdims=True)
    expected = np.linalg.norm(p - np.eye(CLASSES)[LABELS], axis=1)
    found = estimation.compute("el2n-train", el2n).scores[0]
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-4)


def test_the_usual_probe_epoch_of_a_recording(tmp_path):
    for epochs, probe in ((1, 1), (30, 3), (200, 20)):
        el2n = np.zeros((1, epochs, 2), dtype=np.float16)
        artifacts.save_npz(tmp_path / "a.npz", seeds=np.arange(1), el2n=el2n)
        assert sources.load_dynamics([tmp_path / "a.npz"], ["el2n"]).probe_epoch == probe


def test_names_and_files_of_samples(folder):
    rows = "\n".join(f"{i}.png,class {label}" for i, label in enumerate(LABELS))
    (folder / "samples.csv").write_text(f"file,label\n{rows}\n")
    data, _ = recordings.read(str(folder), 2)
    assert data.class_names.tolist() == [f"class {label}" for label in range(CLASSES)]
    assert data.files.tolist() == [f"{i}.png" for i in range(N)]


def test_texts_of_samples_are_kept_short(folder):
    rows = "\n".join(["w" * 300] + ["so, so"] * (N - 1))
    (folder / "samples.csv").write_text("text\n" + rows.replace("so, so", '"so, so"') + "\n")
    files = recordings.read(str(folder), 2)[0].files
    assert files[0] == "w" * 200 + "..." and files[1] == "so, so"


def test_pictures_of_samples(folder):
    (folder / "images").mkdir()
    for i in range(N):
        image = Image.new("L", (20, 10), i)
        image.paste(255, (0, 0, 2, 10))
        image.save(folder / "images" / f"{i}.png")
    (folder / "samples.csv").write_text("file\n" + "".join(f"{i}.png\n" for i in range(N)))
    inputs = recordings.read(str(folder), 2, size=4)[0].train_inputs
    assert inputs.shape == (N, 4, 4, 3) and inputs.dtype == np.uint8
    assert (inputs == np.arange(N)[:, None, None, None]).all(), "the middle of each, in its place"
    Image.new("RGBA", (20, 10), (9, 9, 9, 0)).save(folder / "images" / "0.png")
    Image.fromarray(np.full((10, 20), 1023, np.uint16)).save(folder / "images" / "1.png")
    inputs = recordings.read(str(folder), 2, size=4)[0].train_inputs
    assert (inputs[:2] == 255).all(), "white behind transparent pixels, the largest value white"
    (folder / "images" / "3.png").write_bytes(b"none")
    assert "images/3.png is no readable image" in message_of(folder, size=4)
    files = recordings.files(str(folder))
    assert len(files) == 3 + N and files[2].name == "samples.csv"


# Folds


def save_fold(folder, fold, folds=3, held_out=True):
    """A network that trains on all but every third sample, and predicts these."""
    rows = np.flatnonzero(np.arange(N) % folds != fold)
    recorder = Recorder(N, CLASSES, rows=rows)
    for number in range(2):
        values = epoch_of(100 * fold + number)[1]
        recorder.update(rows, values[rows], LABELS[rows])
        recorder.end_epoch()
    if held_out:
        others = np.setdiff1d(np.arange(N), rows)
        recorder.held_out(others, np.eye(CLASSES)[LABELS[others]] * 5)
    recorder.save(folder / f"seed-{fold}.npz", seed=fold)


def test_networks_of_folds_make_members_that_trained_on_every_sample(tmp_path):
    """Sample 4 (fold 1) was trained on by the networks 0 and 2: its members 0 and 1."""
    for fold in range(3):
        save_fold(tmp_path, fold)
    assert (
        recordings.read(str(tmp_path), 2, held_out=True)[0].train_labels.tolist() == LABELS.tolist()
    )
    found = recordings.load(str(tmp_path), 2)
    made = recordings.dynamics(found)
    assert made["margin"].shape == (2, 2, N) and made["aum"].shape == (2, N)
    assert not np.isnan(made["margin"]).any()
    for member, network in enumerate((0, 2)):
        for epoch in range(2):
            expected = epoch_of(100 * network + epoch)[1][4, LABELS[4]]
            assert made["true_logit"][member, epoch, 4] == np.float16(expected)
    aum = made["margin"].astype(float).mean(axis=1)
    np.testing.assert_allclose(made["aum"], aum, rtol=1e-2, atol=1e-2)
    p = recordings.predicted_held_out(found)
    assert p.shape == (1, N, CLASSES) and (p[0].argmax(axis=1) == LABELS).all()
    stored = recordings.as_predictions(p)
    assert stored["logits"].shape == (1, N, CLASSES) and stored["seeds"].tolist() == [0]
    again = np.exp(stored["logits"][0].astype(float))
    np.testing.assert_allclose(again / again.sum(axis=1, keepdims=True), p[0], atol=2e-3)


def test_predictions_that_never_were_impossible_stay_finite():
    stored = recordings.as_predictions(np.array([[[1, 0]]], dtype=np.float16))
    assert np.isfinite(stored["logits"]).all() and stored["predicted"].tolist() == [[0]]


# What does not fit, one message each


def test_no_recording(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no seed-\*\.npz; expected a folder with a"):
        recordings.read(str(tmp_path), 1)


def test_another_number_of_networks(folder):
    found = message_of(folder, members=3)
    assert "2 networks, of which at least 2 trained on" in found and "write members: 2" in found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 2}, "seed-9.npz is of 2 epochs, {}/seed-7.npz of 3; expected the same"),
        ({"labels": (LABELS + 1) % CLASSES}, "seed-9.npz: sample 0 has the label"),
    ],
)
def test_networks_that_differ(folder, arguments, message):
    save(folder, 9, **arguments)
    assert message.format(folder) in message_of(folder, members=3)


def test_another_number_of_samples_or_classes_in_the_second_network(folder):
    for shape, message in (
        ((N + 1, CLASSES), "seed-8.npz is of 51 samples, "),
        ((N, CLASSES + 1), "seed-8.npz is of 5 classes, "),
    ):
        recorder = Recorder(*shape)
        n, k = shape
        recorder.update(np.arange(n), np.zeros((n, k)), np.arange(n) % k)
        recorder.end_epoch()
        recorder.save(folder / "seed-8.npz", seed=8)
        assert message in message_of(folder, members=3)


def test_one_seed_twice(folder):
    save(folder, 7)
    (folder / "seed-7.npz").rename(folder / "seed-8.npz")
    (folder / "seed-7.npz.sha256").rename(folder / "seed-8.npz.sha256")
    save(folder, 7)
    assert "are both of seed 7" in message_of(folder, members=3)


def test_a_damaged_recording(folder):
    (folder / "seed-7.npz").write_bytes(b"PK")
    with pytest.raises(artifacts.DamagedError, match=r"seed-7\.npz is damaged"):
        recordings.read(str(folder), 2)


def test_samples_that_are_missing_in_some_epochs(tmp_path):
    recorder = Recorder(N, CLASSES, missing=True)
    record(recorder, range(1))
    recorder.update(np.arange(1, N), np.zeros((N - 1, CLASSES)), LABELS[1:])
    recorder.end_epoch()
    recorder.save(tmp_path / "seed-0.npz", seed=0)
    found = message_of(tmp_path, members=1)
    assert "seed-0.npz: sample 0 did not come in epoch 2" in found and "missing: true" in found
    assert len(recordings.read(str(tmp_path), 1, missing=True)[0].train_labels) == N


def test_samples_that_never_came(tmp_path):
    recorder = Recorder(N, CLASSES, missing=True)
    recorder.update(np.arange(1, N), np.zeros((N - 1, CLASSES)), LABELS[1:])
    recorder.end_epoch()
    recorder.save(tmp_path / "seed-0.npz", seed=0)
    found = message_of(tmp_path, members=1, missing=True)
    assert "seed-0.npz: sample 0 came in no epoch" in found


def test_a_sample_that_no_network_trained_on(tmp_path):
    save_fold(tmp_path, 1)
    assert "no network trained on sample 1" in message_of(tmp_path, members=1)


def test_no_prediction_held_out(folder, tmp_path):
    assert "sample 0 has no prediction by a network that did not" in message_of(
        folder, held_out=True
    )
    other = tmp_path / "other"
    other.mkdir()
    for fold in range(3):
        save_fold(other, fold, held_out=fold != 2)
    assert "sample 2 has no prediction" in message_of(other, held_out=True)


def test_a_class_without_samples(tmp_path):
    recorder = Recorder(3, 3)
    recorder.update([0, 1, 2], np.zeros((3, 3)), [0, 2, 2])
    recorder.end_epoch()
    recorder.save(tmp_path / "seed-0.npz", seed=0)
    assert "class 1 (1) has no sample; expected labels 0..2" in message_of(tmp_path, members=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file\n1.png\n", "samples.csv has 1 rows, the recording 50 samples"),
        ("name\n" + "a\n" * N, "has the columns name; expected file or text, label, or both"),
        ("label\n" + "a\n" * N, "two labels have the same name: a, a, a, a"),
        ("label\n" + "".join(f"{i}\n" for i in range(N)), "expected one name for each label"),
    ],
)
def test_samples_csv_that_does_not_fit(folder, text, message):
    (folder / "samples.csv").write_text(text)
    assert message in message_of(folder)


def test_pictures_without_names(folder):
    found = message_of(folder, size=8)
    assert "size: 8 asks for pictures; expected" in found and "samples.csv with a column" in found
