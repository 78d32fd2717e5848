"""Files of a folder of images that are left out: counted by reason, stored with the data, refused
if they are too many. And how little changes if one image is added, removed or renamed.
"""

import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hardness.data import classfolders, imagefolder, leftout, provenance
from hardness.sets import folds


def read(folder, **changes):
    options = {"size": None, "color": "rgb", "test_share": 0.25, "split_seed": 0,
               "unreadable": "fail", "duplicates": "fail", "most_megapixels": 100,
               "most_left_out": 0.1}  # fmt: skip
    return imagefolder.read(**{"path": str(folder), **options, **changes})


def noise(*seed):
    return np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)


def put(path, image, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, **({"format": "PNG"} | options))


def tree(folder, names=("cat", "dog"), count=12):
    for label, name in enumerate(names):
        for i in range(count):
            put(folder / name / f"{i:02}.png", noise(label, i))
    return folder


@pytest.fixture
def pets(tmp_path):
    return tree(tmp_path / "pets")


@pytest.fixture
def parted(tmp_path):
    """train/ with 9 and test/ with 3 images of each class."""
    folder = tmp_path / "parted"
    for part, begin, end in (("train", 0, 9), ("test", 9, 12)):
        for label, name in enumerate(("cat", "dog")):
            for i in range(begin, end):
                put(folder / part / name / f"{i}.png", noise(label, i))
    return folder


def rows(known):
    table = leftout.table(known.left_out)
    return dict(zip(table["reason"], zip(table["n"], table["examples"], strict=True), strict=True))


# Counted


def test_what_is_left_out_is_counted_by_reason_and_kept_with_the_data(pets, tmp_path):
    for name in ("cat/a.heic", "cat/b.HEIC", "dog/c.nef", "cat/README", "dog/notes.txt"):
        (pets / name).write_bytes(b"x")
    put(pets / "loose.png", noise(7))
    (pets / "dog" / "cut.png").write_bytes((pets / "dog" / "00.png").read_bytes()[:60])
    put(pets / "cat" / "copy.png", noise(0, 0))
    put(pets / "dog" / "cat.png", noise(0, 1))
    gif = [Image.fromarray(noise(8, i)) for i in range(2)]
    gif[0].save(pets / "cat" / "moves.gif", save_all=True, append_images=gif[1:])
    data, known = read(pets, unreadable="drop", duplicates="drop", most_left_out=0.5)
    assert rows(known) == {
        "no image": (2, "dog/notes.txt, cat/README"),
        "not read: HEIC": (2, "cat/a.heic, cat/b.HEIC"),
        "not read: camera raw": (1, "dog/c.nef"),
        "outside of the class folders": (1, "loose.png"),
        "unreadable": (1, "dog/cut.png"),
        "duplicate": (1, rows(known)["duplicate"][1]),
        "duplicate with another class": (2, "cat/01.png, dog/cat.png"),
        "frames after the first": (1, "cat/moves.gif"),
    }
    assert rows(known)["duplicate"][1] in ("cat/00.png", "cat/copy.png")
    assert {one.name for one in known.left_out if one.reason == "not read: HEIC"} == {"cat"}
    provenance.save(tmp_path / "data.npz", data, known)
    again, found = provenance.load(tmp_path / "data.npz")
    assert found.left_out == known.left_out and len(found.left_out) == 11
    np.testing.assert_array_equal(again.train_inputs, data.train_inputs)


def test_every_sample_has_its_file(pets):
    data, known = read(pets)
    inputs = [*data.train_inputs, *data.test_inputs]
    for file, image in zip([*data.files, *known.test_files], inputs, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(pets / file)), image)
    assert len(known.test_files) == 6 and not known.left_out


@pytest.mark.parametrize("name", ["valid", "val", "Validation", "unlabelled"])
def test_a_folder_beside_train_and_test_is_said_with_its_images(parted, name):
    for i in range(2):
        put(parted / name / "cat" / f"{i}.png", noise(5, i))
    (parted / name / "cat" / "notes.txt").write_text("x")
    put(parted / name / "@eaDir" / "thumb.png", noise(6))
    _, known = read(parted)
    reason = f"in {name}/, beside train/ and test/"
    assert rows(known) == {reason: (2, f"{name}/cat/0.png, {name}/cat/1.png")}
    put(parted / name / "dog" / "2.png", noise(5, 2))
    with pytest.raises(ValueError, match=rf"11% of the images would be left out, .*3 in {name}/, "
                                         r"beside .*Move them into train/ or test/"):  # fmt: skip
        read(parted)


# Refused


def heic(folder, name, count):
    for i in range(count):
        (folder / name / f"{i}.heic").write_bytes(b"x")


def test_a_large_share_is_refused_by_the_names_before_a_file_is_opened(pets, monkeypatch):
    heic(pets, "dog", 3)
    with pytest.raises(ValueError) as error:
        read(pets)
    assert str(error.value) == (
        f"{pets}: 20% of the images of dog would be left out, more than 10%: 3 not read: HEIC "
        "(dog/0.heic, dog/1.heic, dog/2.heic). Install the package pillow-heif, by which HEIC is "
        "read, or convert them; or let the data set's source say most_left_out: 0.2"
    )
    monkeypatch.setattr(imagefolder.imagefiles, "read", None)
    found = classfolders.listed(pets)
    with pytest.raises(ValueError, match="20% of the images of dog"):
        leftout.check(pets, found.left_out, {"cat": 12, "dog": 12}, 0.1)


def test_the_share_that_the_message_names_is_enough(pets):
    heic(pets, "dog", 7)
    with pytest.raises(ValueError, match=r"most_left_out: 0\.37$"):
        read(pets)
    _, known = read(pets, most_left_out=0.37)
    assert rows(known)["not read: HEIC"][0] == 7


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 30), min_size=1),
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 30), min_size=3, max_size=3),
    st.floats(0.01, 0.9),
)
def test_refused_is_what_is_beyond_the_share_of_all_or_of_a_class(missing, used, most):
    files = [leftout.LeftOut("empty", "x", name) for name, n in missing.items() for _ in range(n)]
    left = Counter(one.name for one in files)
    share = left.total() / (left.total() + sum(used.values()))
    shares = [share, *(left[name] / (left[name] + used[name]) for name in used)]
    harmless = [leftout.LeftOut(reason, "y", "a") for reason in leftout.NOT_MISSING] * 100
    try:
        leftout.check(Path("x"), files + harmless, used, most)
    except ValueError:
        assert max(shares) > most
    else:
        assert max(shares) <= most


def test_dropped_files_count_and_repeated_ones_do_not(pets):
    for i in range(3):
        put(pets / "dog" / f"copy{i}.png", noise(1, i))
    read(pets, duplicates="drop")
    for i in range(3):
        (pets / "dog" / f"cut{i}.png").write_bytes(b"x")
    with pytest.raises(ValueError, match="3 unreadable"):
        read(pets, duplicates="drop", unreadable="drop")


def test_a_folder_of_nothing_but_heic_says_what_to_do(pets):
    for path in list(pets.rglob("*.png")):
        path.rename(path.with_suffix(".HEIC"))
    said = (
        r"no image in the class folders cat, dog \(left out: 24 not read: HEIC\): Install the pac"
    )
    with pytest.raises(FileNotFoundError, match=said):
        read(pets)


# Layouts


def test_images_straight_in_test_are_no_class(pets):
    for i in range(4):
        put(pets / "test" / f"{i}.png", noise(3, i))
    said = "holds 4 images straight in it and no class folders; test images without labels cannot "
    with pytest.raises(ValueError, match=f"pets/test {said}be used: move them elsewhere, or"):
        read(pets)


def test_a_test_folder_without_classes_beside_train_is_refused(parted):
    shutil.rmtree(parted / "test")
    put(parted / "test" / "0.jpg", noise(3))
    with pytest.raises(ValueError, match=r"test holds 1 images .* let the path be .*/parted/train"):
        read(parted)


SYSTEMS = (
    "@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN", "RECYCLER",
    "System Volume Information", "FOUND.000", "__MACOSX", "lost+found", ".ipynb_checkpoints",
    ".Trash-1000", ".thumbnails", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini",
    "Icon\r", ".DS_Store", "._00.png", "__pycache__", "Temporary Items",
)  # fmt: skip


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("place", ["", "cat", "train", "train/cat", "folder in it"])
def test_what_systems_make_is_passed_over_wherever_it_is(pets, parted, name, place):
    folder = parted if place.startswith("train") else pets
    before, (data, known) = classfolders.state(str(folder)), read(folder)
    if place == "folder in it":
        put(folder / name / "cat" / "0.png", noise(9))
    else:
        put(folder / place / name, noise(9))
    assert classfolders.state(str(folder)) == before
    again, also = read(folder)
    assert also.left_out == known.left_out == []
    np.testing.assert_array_equal(again.train_inputs, data.train_inputs)


# Names


NAMES = ("$5-$10", "a_b%c&d#e", "猫", "犬の写真", "새", "قطة", "חתול", "Übung", "naïve café",
         "x" * 200, "a|b", "{braces}", "back\\slash", "~tilde^", "'quoted'", "train", "01",
         "NA", "true", "🐈", "comma, and space")  # fmt: skip


def test_classes_and_files_may_have_any_name(tmp_path):
    folder = tmp_path / "any"
    for label, name in enumerate(NAMES):
        for i in range(2):
            put(folder / name / f"{name[:60]}{i}.png", noise(label, i))
    data, known = read(folder)
    assert data.class_names.tolist() == sorted(NAMES)
    assert all((folder / name).is_file() for name in [*data.files, *known.test_files])


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_accents_may_be_written_as_one_sign_or_as_two(parted, forms):
    """A folder that was zipped on a Mac has the second form; both mean one class."""
    plain, _ = read(parted)
    for part, form in zip(("train", "test"), forms, strict=True):
        (parted / part / "cat").rename(parted / part / unicodedata.normalize(form, "café"))
    data, known = read(parted)
    assert data.class_names.tolist() == ["café", "dog"]
    assert unicodedata.is_normalized("NFC", str(data.class_names[0]))
    np.testing.assert_array_equal(data.train_inputs, plain.train_inputs)
    assert all((parted / name).is_file() for name in [*data.files, *known.test_files])


def test_one_class_in_both_forms_is_refused(parted):
    for form in ("NFC", "NFD"):
        put(parted / "train" / unicodedata.normalize(form, "café") / "0.png", noise(8))
    with pytest.raises(ValueError, match=r"two class folders are called café, their accents"):
        read(parted)


# Bits


def put_deep(folder, most, count=4):
    for label, name in enumerate(("cat", "dog")):
        for i in range(count):
            values = np.random.default_rng([label, i]).integers(0, most, (8, 8))
            values[0, 0] = most - 1
            put(folder / name / f"{i}.png", values.astype(np.uint16))
    return folder


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("size", [None, 8])
def test_grey_of_more_bits_is_scaled_by_what_the_data_set_holds(tmp_path, capsys, bits, size):
    """The same bits for all images, so that a dark one stays dark."""
    folder = put_deep(tmp_path / "xray", 2**bits)
    dark = np.full((8, 8), 2 ** (bits - 2), np.uint16)
    put(folder / "cat" / "dark.png", dark)
    data, known = read(folder, color="grey", size=size)
    every = dict(zip([*data.files, *known.test_files], [*data.train_inputs, *data.test_inputs],
                     strict=True))  # fmt: skip
    for name, image in every.items():
        values = np.asarray(Image.open(folder / name))
        np.testing.assert_array_equal(image[..., 0], values >> (bits - 8))
    assert (every["cat/dark.png"] == 64).all() and max(map(np.max, every.values())) == 255
    assert f"so {bits} bits are taken" in capsys.readouterr().out


def test_dark_colors_of_16_bits_are_refused_and_bright_ones_said(pets, monkeypatch):
    read_file = imagefolder.imagefiles.read

    def deep(path, wanted):
        return read_file(path, wanted)._replace(cut=True)

    monkeypatch.setattr(imagefolder.imagefiles, "read", deep)
    assert rows(read(pets)[1])["lower 8 of 16 bits"][0] == 24
    for path in pets.rglob("*.png"):
        put(path, np.asarray(Image.open(path)) // 17)
    with pytest.raises(ValueError, match="24 images have colors with 16 bits, of which the upper 8 "
        "are read, and the brightest reads 15 of 255: they seem to hold fewer"):  # fmt: skip
        read(pets)


# One image more, one less, another name


def of_class(folder, name="cat", seed=0):
    data, known = read(folder, split_seed=seed)
    parts = dict.fromkeys(data.files.tolist(), "train") | dict.fromkeys(known.test_files, "test")
    fold = dict(zip(data.files.tolist(),
                    folds.folds(data.train_inputs, data.train_labels, 5), strict=True))  # fmt: skip
    chosen = {file: (part, fold.get(file)) for file, part in parts.items()}
    return ({file: at for file, at in chosen.items() if file.startswith(name)},
            {file: at for file, at in chosen.items() if not file.startswith(name)})  # fmt: skip


@pytest.mark.parametrize("change", ["deleted", "added", "renamed"])
@pytest.mark.parametrize("seed", range(4))
def test_one_image_moves_at_most_one_other_to_the_other_part_and_k_minus_1_to_other_folds(
    tmp_path, change, seed
):
    folder = tree(tmp_path / "pets", count=31)
    before, others = of_class(folder, seed=seed)
    moved_parts, moved_folds = [], []
    for i in range(31):
        path, other = folder / "cat" / f"{i:02}.png", folder / "cat" / f"new{i}.png"
        if change == "added":
            put(other, noise(4, i))
        elif change == "renamed":
            path.rename(other)
        else:
            path.rename(tmp_path / "away")
        after, same = of_class(folder, seed=seed)
        assert same == others  # of another class nothing moves
        shared = before.keys() & after.keys()
        assert len(shared) >= 30
        moved_parts.append(sum(before[file][0] != after[file][0] for file in shared))
        both = [file for file in shared if before[file][0] == after[file][0] == "train"]
        moved_folds.append(sum(before[file][1] != after[file][1] for file in both))
        if change == "added":
            other.unlink()
        else:
            (other if change == "renamed" else tmp_path / "away").rename(path)
    assert max(moved_parts) <= 1 and max(moved_folds) <= 4
    assert max(moved_folds) > 0  # or the test shows nothing


def test_a_name_in_another_form_moves_nothing(tmp_path):
    folder = tree(tmp_path / "pets")
    (folder / "cat" / "00.png").rename(folder / "cat" / unicodedata.normalize("NFC", "é.png"))
    before = [name.encode() for name in read(folder)[1].test_files]
    (folder / "cat" / "é.png").rename(folder / "cat" / unicodedata.normalize("NFD", "é.png"))
    after = [unicodedata.normalize("NFC", name).encode() for name in read(folder)[1].test_files]
    assert sorted(after) == sorted(before)
