"""A user's own images: from a folder of photographs to the report, and one message where the folder
is not right.
"""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

CLASSES = ("disc", "rings", "stripes")
COUNT = 30  # images of a class


def picture(label, rng):
    """A disc, rings or stripes in two random colors, with noise, of a size of its own: (H, W, 3)
    uint8.
    """
    height, width = rng.integers(20, 50, 2)
    y, x = np.mgrid[:height, :width] / min(height, width) - 0.5
    radius = np.hypot(x, y)
    mask = (radius < 0.35, np.sin(40 * radius) > 0, np.sin(25 * x) > 0)[label]
    dark, bright = rng.integers(0, 100, 3), rng.integers(150, 256, 3)
    noise = rng.normal(0, 8, (height, width, 3))
    return np.clip(np.where(mask[..., None], bright, dark) + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def photographs(tmp_path):
    """Class folders with PNG, JPEG and WebP images of many sizes, and a file of another type."""
    folder = tmp_path / "my photographs"
    rng = np.random.default_rng(7)
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for i in range(COUNT):
            extension = ("png", "JPG", "webp")[i % 3]
            Image.fromarray(picture(label, rng)).save(folder / name / f"{i}.{extension}")
    (folder / "disc" / "notes.txt").write_text("taken in the garden")
    return folder


def configure(project, folder, **options):
    """The project's only data set: the folder, by the tiny study's recipe and a small grid."""
    config = yaml.safe_load((project / "config.yaml").read_text())
    source = {"kind": "image-folder", "path": str(folder), "size": 12, **options}
    own = {"source": source, "recipe": "digits-cnn", "estimators": ["aum", "el2n"],
           "ensembles": {"stability": 4, "recall": 3, "hardness": 2, "retraining": 2},
           "resampling": [{"over": ["smote"], "under": ["easy"], "rhos": [2]}],
           "pruning": [{"levels": ["dlp", "clp"], "rates": [50]}],
           "stability": {"rates": [20, 50], "orders": 5, "splits": 5}}  # fmt: skip
    config |= {"study": {"datasets": ["own"]}, "datasets": {"own": own}}
    (project / "config.yaml").write_text(yaml.safe_dump(config))


def test_from_a_folder_of_photographs_to_the_report(empty, photographs):
    configure(empty, photographs)
    empty.complete("--cores", "2")

    with np.load(empty.results("own", "data.npz")) as data:
        assert data["class_names"].tolist() == list(CLASSES)
        assert data["train_inputs"].shape == (72, 12, 12, 3) and data["test_inputs"].shape == (
            18,
            12,
            12,
            3,
        )
        assert np.bincount(data["train_labels"]).tolist() == [24] * 3
        assert np.bincount(data["test_labels"]).tolist() == [6] * 3
        files = data["files"].tolist()
    assert "not read: 1 .txt" in empty.log("make_data.log", dataset="own")
    with open(empty.results("own", "samples.csv"), newline="") as file:
        samples = list(csv.DictReader(file))
    assert [row["file"] for row in samples] == files and len(set(files)) == 72
    assert all(
        (photographs / row["file"]).is_file() and row["file"].startswith(f"{row['name']}/")
        for row in samples
    )
    with open(empty.results("own", "evaluation", "overall.csv"), newline="") as file:
        accuracy = [float(row["accuracy"]) for row in csv.DictReader(file) if row["set"] == "full"]
    assert len(accuracy) == 4 and np.mean(accuracy) > 0.6  # a third is chance
    assert empty.results("own", "duplicates.csv").read_text().count("\n") == 1
    report = empty.results("own", "report.html").read_text()
    assert "is missing" not in report and report.count("data:image/png") > 5


def test_files_that_are_not_right_stop_the_study_with_one_message_until_the_config_says_what_to_do(
    empty, photographs
):
    (photographs / "disc" / "cut.png").write_bytes(
        (photographs / "disc" / "0.png").read_bytes()[:200]
    )
    (photographs / "rings" / "empty.webp").touch()
    (photographs / "disc" / "copy.png").write_bytes((photographs / "disc" / "3.png").read_bytes())
    configure(empty, photographs)
    status, output = empty.run("--cores", "2", "results/own/data.npz")
    assert status != 0 and not empty.results("own", "data.npz").exists()
    said = empty.log("make_data.log", dataset="own").splitlines()[-1]
    assert (
        said.startswith("make_data failed: ")
        and f"make_data failed: {photographs}: of 93 images" in output
    )
    for part in (str(photographs), "of 93 images", "1 unreadable", "1 empty", "1 duplicate", "disc/cut.png (",
                 "rings/empty.webp (0 bytes)", "(the pixels of disc/", "unreadable: drop"):  # fmt: skip
        assert part in said

    configure(empty, photographs, unreadable="drop", duplicates="drop")
    empty.complete("--cores", "2", "results/own/data.npz")
    with np.load(empty.results("own", "data.npz")) as data:
        assert len(data["train_labels"]) + len(data["test_labels"]) == 3 * COUNT


def test_images_of_unequal_size_need_a_size(empty, photographs):
    configure(empty, photographs, size=None)
    status, _ = empty.run("--cores", "2", "results/own/data.npz")
    said = empty.log("make_data.log", dataset="own").splitlines()[-1]
    assert (
        status != 0
        and "pixels (height x width)" in said
        and "give the data set's source a size" in said
    )


def test_the_readmes_own_network_on_ones_own_images(empty, photographs):
    text = (
        (Path(__file__).parents[2] / "README.md")
        .read_text()
        .split("## Your own images, your own network")[1]
    )
    blocks = dict.fromkeys(("yaml", "python"), "")
    for kind, content in re.findall(r"```(yaml|python)\n(.*?)```", text, re.DOTALL):
        blocks[kind] = content  # the last of each: the network, and the recipe that names it
    (empty / "workflow" / "hardness" / "models" / "tiny_net.py").write_text(blocks["python"])
    configure(empty, photographs)
    config = yaml.safe_load((empty / "config.yaml").read_text())
    own = yaml.safe_load(blocks["yaml"])
    own["datasets"]["photos"]["source"]["path"] = str(photographs)
    own["datasets"]["photos"] |= {
        "ensembles": dict.fromkeys(("stability", "recall", "hardness", "retraining"), 2)
    }
    config |= {"recipes": config["recipes"] | own["recipes"], "datasets": own["datasets"]}
    config["study"]["datasets"] = ["photos"]
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    empty.complete("--cores", "2")
    log = empty.log("train_full", "tiny", "block-1.log", dataset="photos")
    assert "epoch 20/20" in log and "test accuracy" in log
    assert "is missing" not in empty.results("photos", "report.html").read_text()
