"""`python -m study`: exports of results, and explanations of names."""

import csv
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import yaml
from conftest import ROOT
from PIL import Image

from hardness.core import artifacts
from hardness.data import datasets
from study import catalog, layout
from study.config import load
from study.plan import Plan

CONFIG = {
    "recipes": {
        "quick": {
            "model": {"name": "lenet"}, "epochs": 2, "batch_size": 2,
            "optimizer": {"name": "sgd", "lr": 0.1}, "members_per_job": 2,
        }
    },
    "datasets": {
        "photos": {
            "source": {"kind": "image-folder", "path": "my photos", "size": 8}, "recipe": "quick",
            "ensembles": dict.fromkeys(["stability", "recall", "hardness", "retraining"], 2),
            "resampling": [{"over": ["smote"], "under": ["none"], "rhos": [2], "draws": 2}],
        },
        "digits": {"source": {"kind": "digits"}, "recipe": "quick"},
    },
}  # fmt: skip
FILES = ["cat/a.png", "cat/b.png", "dog/c.png"]
SET = "resample-smote-none-r2"


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Results as if a study of three photos had been computed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    for number, file in enumerate(FILES):
        path = tmp_path / "my photos" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number, 0, 0)).save(path)
    inputs = np.zeros((3, 8, 8, 3), np.uint8)
    data = datasets.Data(
        inputs, np.array([0, 0, 1]), inputs[:0], np.zeros(0, np.int64), np.array(["cat", "dog"]),
        np.zeros(3, np.float32), np.ones(3, np.float32), files=np.array(FILES),
    )  # fmt: skip
    datasets.save(layout.DATA.path(dataset="photos"), data)
    made = datasets.TrainingSet(
        np.array([[2, 0, 0, -1], [1, 1, 2, -1]], np.int32), np.array([1, 0, 0, 1]),
        np.arange(2 * 192, dtype=np.uint8).reshape(2, 1, 8, 8, 3),
    )  # fmt: skip
    made = made._replace(labels=np.array([[1, 0, 0, 1], [0, 0, 1, 1]]))
    datasets.save_set(layout.SET.path(dataset="photos", set=SET), made)
    columns = {
        "index": range(3), "file": FILES, "label": [0, 0, 1], "name": ["cat", "cat", "dog"],
        "aum": [1.5, 2.5, np.inf], "aum_rank": [1, 2, 3],
    }  # fmt: skip
    artifacts.save_csv(layout.SAMPLES.path(dataset="photos"), columns)
    return tmp_path


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "study", *arguments], capture_output=True, text=True,
        encoding="utf-8", env={"PYTHONPATH": str(ROOT / "workflow")}, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_training_set_as_csv_links_and_synthetic_images(photos):
    status, output, _ = command("export", "photos", SET)
    assert (
        status == 0
        and "Draw 0 of 2: network m" in output
        and "only in synthetic.npz: 1\n" in output
    )
    folder = photos / "exports" / "photos" / SET
    with open(folder / "samples.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["dog/c.png", "cat/a.png", "cat/a.png", ""]
    assert [row["synthetic"] for row in rows] == ["", "", "", "0"]
    # a loader of image folders finds each sample as often as the set has it
    links = sorted(path.relative_to(folder / "links") for path in folder.glob("links/*/*"))
    assert [*map(str, links)] == ["cat/000000-1.png", "cat/000000.png", "dog/000002.png"]
    assert Image.open(folder / "links" / "dog/000002.png").getpixel((0, 0)) == (2, 0, 0)
    synthetic = artifacts.load_npz(folder / "synthetic.npz")
    assert synthetic["labels"].tolist() == [1]
    assert synthetic["inputs"].ravel().tolist() == [*range(192)]


def test_another_draw_into_another_folder(photos):
    status, output, _ = command("export", "photos", SET, "--draw", "1", "--to", "mine")
    assert status == 0 and "mine/samples.csv" in output
    rows = artifacts.load_csv("mine/samples.csv")
    assert rows["index"].tolist() == [1, 1, 2, -1] and rows["label"].tolist() == [0, 0, 1, 1]


def test_scores_for_fiftyone_go_by_the_whole_path(photos):
    assert command("export", "photos", "fiftyone")[0] == 0
    scores = json.loads((photos / "exports/photos/fiftyone/scores.json").read_text())
    own = photos / "my photos"
    assert scores == {"aum": {str(own / file): value for file, value in
                              zip(FILES, [1.5, 2.5, None], strict=True)}}  # fmt: skip


def test_cartography_has_a_file_for_each_network_with_its_seed(photos):
    path = layout.BLOCK.path(dataset="photos", set="full", recipe="quick", block=0,
                             file="dynamics.npz")  # fmt: skip
    loss = np.log(2) * np.arange(12).reshape(2, 2, 3)
    artifacts.save_npz(path, seeds=np.array([0, 1]), loss=loss, correct=loss < 3)
    assert command("export", "photos", "cartography")[0] == 0
    folder = photos / "exports/photos/cartography"
    texts = {file.name: file.read_text() for file in folder.glob("*.jsonl")}
    assert {*texts} == {"td_metrics-seed-0.jsonl", "td_metrics-seed-1.jsonl"}
    first = json.loads(texts["td_metrics-seed-0.jsonl"].splitlines()[0])
    assert first["guid"] == "cat/a.png" and first["confidence"] == pytest.approx((1 + 1 / 8) / 2)


def test_all_figures_are_one_zip_with_the_same_bytes(photos):
    planned = catalog.figures(Plan(load(photos))).files("photos")
    assert len(planned) > 9
    for path in planned:
        artifacts.save_text(path, path)
    assert command("export", "photos", "figures")[0] == 0
    assert command("export", "photos", "figures", "--to", "again")[0] == 0
    first = (photos / "exports/photos/figures/figures.zip").read_bytes()
    assert first == (photos / "again/figures.zip").read_bytes()
    with zipfile.ZipFile("again/figures.zip") as archive:
        names = archive.namelist()
        assert archive.read(names[0]).decode() in planned
    assert sorted(names) == names and len(names) == len(planned)


def test_datalabs_columns_stand_before_the_scores(photos):
    found = {"part": ["train", "train"], "index": [0, 1], "group": [0, 0]}
    artifacts.save_csv(layout.DUPLICATES.path(dataset="photos"), found)
    artifacts.save_csv(
        layout.REVIEW.path(dataset="photos"),
        {"part": ["train"], "index": [1], "reason": ["likely-mislabelled"]},
    )
    judged = {
        "part": ["train"] * 3, "index": [0, 1, 2], "self_confidence": [0.5, 0.25, 0.75],
        "predicted_name": ["cat", "dog", "dog"],
    }  # fmt: skip
    artifacts.save_csv(layout.OUT_OF_FOLD.path(dataset="photos", table="samples"), judged)
    assert command("export", "photos", "datalab")[0] == 0
    rows = artifacts.load_csv("exports/photos/datalab/issues.csv")
    assert [*rows][:6] == [
        "is_label_issue", "label_score", "given_label", "predicted_label",
        "is_near_duplicate_issue", "near_duplicate_sets",
    ]  # fmt: skip
    assert rows["is_label_issue"].tolist() == [False, True, False]
    assert rows["near_duplicate_sets"].tolist() == ["[1]", "[0]", "[]"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["photo", SET], "unknown data set 'photo': did you mean 'photos'?"),
        (["photos", "resample-smote-none-r3"], f"did you mean '{SET}'"),
        (["photos", "cartografy"], "did you mean 'cartography'"),
        (
            ["photos", "prune-dlp-50"],
            "datasets.photos asks for no such training set (in resampling or ",
        ),
        (
            ["", ""],
            "DATASET and WHAT missing: expected such as make export DATASET=digits WHAT=datalab",
        ),
        (["photos", ""], "WHAT missing: expected such as make export DATASET="),
        (["photos", SET, "--draw", "2"], f"--draw 2: {SET} of photos has 2, 0 to 1"),
        (["photos", "full"], "sets/full.npz is missing: compute it first (make study ARGS=results"),
        (["photos", "cartography"], "dynamics.npz is missing: compute it first"),
        (["photos", "figures"], "is missing: compute it first"),
        (["digits", "fiftyone"], "results/digits/samples.csv is missing"),
    ],
)
def test_what_cannot_be_exported_leaves_nothing(photos, arguments, message):
    status, output, error = command("export", *arguments)
    assert status == 1 and output == "" and message in error and "Traceback" not in error
    assert not [path for path in photos.glob("exports/**/*") if path.is_file()]


def test_a_folder_that_is_there_stays_as_it_is(photos):
    (photos / "mine").mkdir()
    status, _, error = command("export", "photos", SET, "--to", "mine")
    assert status == 1 and "mine exists already: remove it" in error
    assert not [*(photos / "mine").iterdir()]


def test_a_damaged_file_is_not_taken_away(photos):
    with open(layout.SAMPLES.path(dataset="photos"), "a", encoding="utf-8") as file:
        file.write("3,x,0,cat,1,1\n")
    status, _, error = command("export", "photos", "fiftyone")
    assert status == 1 and "samples.csv" in error and "Traceback" not in error


def test_a_name_is_explained_without_any_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, output, _ = command("describe", "prune-dlp-50")
    assert status == 0 and output.startswith("A pruned set: 50% of the samples are left out.")
    status, _, error = command("describe", "prune-dpl-50")
    assert status == 1 and "did you mean 'dlp'" in error and "Traceback" not in error
    status, _, error = command("describe", "")
    assert status == 1 and error.startswith("SET missing: expected such as make describe SET=")
