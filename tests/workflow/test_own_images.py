"""A user's own images: from a folder of photographs to the report, and one message if the folder is
invalid.
"""

import csv
import re
import shutil

import numpy as np
import pytest
import yaml
from conftest import ROOT, Project, rules
from PIL import Image

from hardness.core import artifacts
from hardness.data import classfolders, provenance

CLASSES = ("disc", "rings", "stripes")
COUNT = 30  # images of a class
PAGE = (ROOT / "docs" / "own-images.md").read_text(encoding="utf-8")


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
    return take(tmp_path / "my photographs")


def take(folder):
    """Class folders with images of many formats and sizes, and a file of another type."""
    rng = np.random.default_rng(7)
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for i in range(COUNT):
            extension = ("png", "JPG", "webp", "tif", "gif")[i % 5]
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
    output = empty.complete("--cores", "2")

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
    said = f"own: 90 files to read in 3 classes of {photographs}; left out: 1 no image (disc/notes"
    assert output.count(said) == 1
    table = artifacts.load_csv(empty.results("own", "data-quality", "left-out.csv"))
    assert [table[column].tolist() for column in ("reason", "n", "examples")] == [
        ["no image"],
        [1],
        ["disc/notes.txt"],
    ]
    with open(empty.results("own", "samples.csv"), encoding="utf-8", newline="") as file:
        samples = list(csv.DictReader(file))
    assert [row["file"] for row in samples] == files and len(set(files)) == 72
    assert all(
        (photographs / row["file"]).is_file() and row["file"].startswith(f"{row['name']}/")
        for row in samples
    )
    with open(
        empty.results("own", "evaluation", "overall.csv"), encoding="utf-8", newline=""
    ) as file:
        accuracy = [float(row["accuracy"]) for row in csv.DictReader(file) if row["set"] == "full"]
    assert len(accuracy) == 4 and np.mean(accuracy) > 0.6  # a third is chance
    assert empty.results("own", "duplicates.csv").read_text().count("\n") == 1
    report = empty.results("own", "report.html").read_text()
    assert "is missing" not in report and report.count("data:image/png") > 5


def test_the_page_from_its_file_of_config_to_what_it_says_there_is(empty):
    """The page's own text as config.d/photos.yaml, with the quicker recipe that it names."""
    take(empty / "photos")
    shutil.copy(ROOT / "config.yaml", empty.folder)
    first, resampling, *_ = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (empty / "config.d").mkdir()
    (empty / "config.d" / "photos.yaml").write_text(first + resampling)
    assert rules(empty.plan("photos"))["train_folds"] == 10, "own-images: a job for each network"
    quick = (first + resampling).replace("recipe: own-images ", "recipe: own-images-quick ")
    (empty / "config.d" / "photos.yaml").write_text(quick)
    empty.complete("photos", "--cores", "2")
    table = re.findall(r"^\| ([\w.]+) \| .+ \|$", PAGE, re.MULTILINE)
    assert {"report.html", "review.csv", "samples.csv", "duplicates.csv"} == {*table}
    more = {"out-of-fold/classes.csv", "class-differences.csv", "sets/resample-smote-easy-r2.npz"}
    assert not [name for name in {*table, *more} if not empty.results("photos", name).is_file()]
    log = empty.log("train_folds", "folds-5", "own-images-quick", "block-0.log", dataset="photos")
    assert "epoch 30/30" in log


def test_files_that_are_not_right_stop_the_study_with_one_message_until_the_config_says_what_to_do(
    empty, photographs
):
    (photographs / "disc" / "cut.png").write_bytes(
        (photographs / "disc" / "0.png").read_bytes()[:200]
    )
    (photographs / "rings" / "empty.webp").touch()
    (photographs / "disc" / "copy.png").write_bytes((photographs / "disc" / "5.png").read_bytes())
    configure(empty, photographs)
    status, output = empty.run("--cores", "2", "results/own/data.npz")
    assert status != 0 and not empty.results("own", "data.npz").exists()
    said = empty.log("make_data.log", dataset="own").splitlines()[-1]
    assert (
        said.startswith("make_data failed: ")
        and f"make_data failed: {photographs}: of 93 images" in output
    )
    for part in (str(photographs), "of 93 images", "1 unreadable", "1 empty", "1 duplicate",
        "disc/cut.png (",
                 "rings/empty.webp (0 bytes)", "(the pixels of disc/",
                 "unreadable: drop"):  # fmt: skip
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


def test_the_pages_own_network_on_ones_own_images(empty, photographs):
    blocks = dict.fromkeys(("yaml", "python"), "")
    for kind, content in re.findall(r"```(yaml|python)\n(.*?)```", PAGE, re.DOTALL):
        blocks[kind] = content  # the last of each: the network, and the recipe that names it
    (empty / "workflow" / "hardness" / "training" / "models" / "tiny_net.py").write_text(
        blocks["python"]
    )
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


# The folder is away: its drive is not mounted, it was moved, it may not be looked into


DUPLICATES = "results/own/duplicates.csv"


@pytest.fixture(scope="module")
def read_once(tmp_path_factory):
    """Photographs beside the results, read and searched for duplicates. Only to be read."""
    project = Project.new(tmp_path_factory.mktemp("read") / "project")
    take(project / "photos")
    configure(project, "photos")
    project.complete("--cores", "2", DUPLICATES)
    return project


@pytest.fixture
def made(read_once, tmp_path):
    return read_once.copy(tmp_path / "project")


def contents(project):
    """All results: their bytes and dates."""
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in project.results().rglob("*")
        if path.suffix in (".npz", ".csv") and "logs" not in path.parts
    }


def moved(folder):
    folder.rename(folder.with_name("elsewhere"))


def empty_mount_point(folder):
    moved(folder)
    folder.mkdir()


def a_class_is_an_empty_mount_point(folder):
    shutil.move(folder / "disc", folder.with_name("elsewhere"))
    (folder / "disc").mkdir()


def a_class_is_a_link_to_nowhere(folder):
    shutil.move(folder / "disc", folder.with_name("elsewhere"))
    (folder / "disc").symlink_to(folder.with_name("drive"))


def an_image_is_a_link_to_nowhere(folder):
    (folder / "disc" / "0.png").unlink()
    (folder / "disc" / "0.png").symlink_to(folder.with_name("drive") / "0.png")


AWAY = [moved, empty_mount_point, a_class_is_an_empty_mount_point, a_class_is_a_link_to_nowhere,
        an_image_is_a_link_to_nowhere]  # fmt: skip


@pytest.mark.parametrize("leave", AWAY)
def test_images_that_are_away_make_nothing_stale_and_what_needs_no_image_is_computed(made, leave):
    (made / DUPLICATES).unlink()
    before = contents(made)
    leave(made / "photos")
    assert rules(made.plan(DUPLICATES)) == {"find_duplicates": 1}
    output = made.complete("--cores", "1", DUPLICATES)
    kept = "results/own/data.npz is kept as it was read: some of its files are missing ("
    said = [line for line in output.splitlines() if kept in line]
    assert len(said) == 1 and "photos" in said[0]
    assert "mount the drive, or correct datasets.own.source.path" in said[0]
    assert output.index(kept) < output.index("1 of 1 jobs done")  # before any job
    after = contents(made)
    assert made / DUPLICATES in after and {path: after.get(path) for path in before} == before


def test_a_folder_that_is_back_is_nothing_new_and_one_that_has_changed_is_read(made):
    moved(made / "photos")
    assert made.plan(DUPLICATES) == []
    (made / "elsewhere").rename(made / "photos")
    assert made.plan(DUPLICATES) == []
    (made / "photos" / "rings" / "1.JPG").unlink()
    assert rules(made.plan(DUPLICATES)) == {"make_data": 1, "find_duplicates": 1}


@pytest.mark.parametrize(
    ("leave", "why"), [*((leave, "config") for leave in AWAY), (moved, "forced")]
)
def test_what_cannot_be_made_again_is_not_removed(made, leave, why):
    """Snakemake would delete data.npz, and only then run the job that finds no images."""
    if why == "config":
        configure(made, "photos", size=10, unreadable="drop")
    before, options = contents(made), ["--forcerun", "make_data"] if why == "forced" else []
    leave(made / "photos")
    status, output = made.run("--cores", "2", DUPLICATES, *options)
    assert status == 1 and contents(made) == before
    said = "results/own/data.npz has to be made again, because the config or the code has changed"
    assert output.count(said) == 1 and "photos" in output.split(said)[1]
    assert "Nothing was removed or computed" in output and "Traceback" not in output
    assert "make_data failed" not in output and "rule make_data" not in output
    if leave is moved and why == "config":
        (made / "elsewhere").rename(made / "photos")
        made.complete("--cores", "2", DUPLICATES)
        with np.load(made.results("own", "data.npz")) as data:
            assert data["train_inputs"].shape[1:] == (10, 10, 3)


def test_a_folder_that_is_laid_out_wrongly_removes_nothing_either(made):
    before = contents(made)
    (made / "photos" / "disc" / "more").mkdir()
    status, output = made.run("--cores", "2", DUPLICATES)
    assert status == 1 and contents(made) == before
    assert re.search(r"cannot be: class folder \S* ?\S*/disc holds folders \(more\)", output)


def test_without_the_images_and_without_what_was_read_there_is_one_error(made):
    (made / DUPLICATES).unlink()
    made.results("own", "data.npz").unlink()
    before = contents(made)
    moved(made / "photos")
    status, output = made.run("--cores", "2", DUPLICATES)
    assert status == 1 and contents(made) == before
    failed = re.findall(r"^  \| (\w+ failed: .*)$", output, re.MULTILINE)
    assert len(failed) == 1 and failed[0].startswith(
        f"make_data failed: {made.folder}/photos does not exist"
    )


def test_what_was_made_from_images_that_are_away_is_used_without_them(made):
    config = yaml.safe_load((made / "config.yaml").read_text(encoding="utf-8"))
    source = {"kind": "subset", "of": "own", "train": 40, "test": 10, "seed": 0}
    config["datasets"]["part"] = {"source": source, "recipe": "digits-cnn"}
    (made / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    made.complete("--cores", "1", "results/part/data.npz")
    _, known = provenance.load(made.results("part", "data.npz"))
    assert len(known.test_files) == 10
    assert all((made / "photos" / file).is_file() for file in known.test_files)
    made.results("own", "data.npz").unlink()
    before = contents(made)
    moved(made / "photos")
    made.complete("--cores", "1", "results/part/duplicates.csv")
    after = contents(made)
    assert {path: after.get(path) for path in before} == before


def test_links_in_a_ring_and_files_that_nobody_reads_are_not_looked_at(made):
    for name in CLASSES[:2]:
        (made / "photos" / name / ".up").symlink_to("..")
    for name in (".DS_Store", "README.txt", "disc/Thumbs.db", "disc/.hidden", "rings/notes.txt"):
        (made / "photos" / name).write_bytes(b"x")
    assert made.plan(DUPLICATES) == []


# One photo more or less, or another name: only what is stale is computed


SAMPLES = "results/own/samples.csv"


def test_one_photo_less_makes_stale_what_is_made_from_it_and_nothing_else(made):
    config = yaml.safe_load((made / "config.yaml").read_text(encoding="utf-8"))
    config["datasets"]["digits"] = {"source": {"kind": "digits"}, "recipe": "digits-cnn"}
    (made / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    targets = DUPLICATES, "results/digits/duplicates.csv"
    made.complete("--cores", "2", *targets)
    assert made.plan(*targets) == []
    (made / "photos" / "disc" / "0.png").unlink()
    jobs = made.plan(*targets)
    assert rules(jobs) == {"make_data": 1, "find_duplicates": 1}
    assert all("/own/" in path for job in jobs for path in job.outputs)


def test_another_name_in_the_same_place_trains_nothing(made):
    """The networks of the photos are found in the store: what they train on is the same."""
    made.complete("--cores", "2", SAMPLES)
    trained, before = made.entries(), artifacts.load_csv(made / SAMPLES)
    folder = made / "photos" / "disc"
    new = next(
        name
        for name in (f"0{letter}.png" for letter in "abcdefghij")
        if part_of(folder, "0.png", name) == part_of(folder, "0.png", "0.png") == "train"
    )
    (folder / "0.png").rename(folder / new)
    assert rules(made.plan(SAMPLES))["train_full"] > 0
    made.complete("--cores", "2", SAMPLES)
    after = artifacts.load_csv(made / SAMPLES)
    assert made.entries() == trained and len(trained) > 0
    names = [file.replace(f"disc/{new}", "disc/0.png") for file in after["file"]]
    assert names == before["file"].tolist() != after["file"].tolist()
    for column in ("aum", "el2n"):
        np.testing.assert_array_equal(after[column], before[column])


def part_of(folder, name, new):
    """The part of a photo, had it another name."""
    names = sorted(new if path.name == name else path.name for path in folder.glob("*.*"))
    files = [classfolders.File(f"disc/{name}", 0) for name in names if not name.endswith("txt")]
    train, _ = classfolders.split(folder, ["disc"], [files], 0.2, 0)
    return "train" if f"disc/{new}" in {file.path for file in train[0]} else "test"
