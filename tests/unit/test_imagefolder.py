"""Folders of a user's images: every format and mode is read by its pixels, and one message reports
all errors.
"""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hardness.data import classfolders, imagefolder

EXIF_ORIENTATION = 0x0112


def read(folder, **changes):
    defaults = {"size": None, "color": "rgb", "test_share": 0.2, "split_seed": 0,
                "unreadable": "fail", "duplicates": "fail", "most_megapixels": 100,
                "most_left_out": 0.99}  # fmt: skip
    return imagefolder.read(**{"path": str(folder), **defaults, **changes})[0]


def noise(seed, height=6, width=6):
    return np.random.default_rng([9, seed]).integers(0, 256, (height, width, 3), dtype=np.uint8)


KINDS = {
    ".jpg": "JPEG", ".webp": "WEBP", ".gif": "GIF", ".tif": "TIFF", ".bmp": "BMP", ".qoi": "QOI",
    ".jp2": "JPEG2000", ".avif": "AVIF", ".tga": "TGA",
}  # fmt: skip


def put(path, image, **options):
    """Save pixels or a picture; lossless unless it is a JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    kind = KINDS.get(path.suffix, "PNG")
    image.save(
        path, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}), **options
    )
    return path


@pytest.fixture
def pets(tmp_path):
    """train/ and test/ with 3 and 2 images of cats and of dogs, all different."""
    folder = tmp_path / "pets"
    for seed, name in enumerate(f"{part}/{label}/{i}.png" for part,
        count in (("train", 3), ("test", 2))
                                for label in ("cat", "dog") for i in range(count)):  # fmt: skip
        put(folder / name, noise(seed))
    return folder


@pytest.fixture
def tree(tmp_path):
    """Class folders only: 10 cats, 20 dogs, 5 owls."""
    folder = tmp_path / "tree"
    for label, (name, count) in enumerate({"cat": 10, "dog": 20, "owl": 5}.items()):
        for i in range(count):
            put(folder / name / f"{i}.png", noise(100 * label + i))
    return folder


def one(tmp_path, path, **changes):
    """A file as it is read, as one of few images: its pixels."""
    folder = tmp_path / "one"
    for part in ("train", "test"):
        for name in ("other", "this"):
            (folder / part / name).mkdir(parents=True)
    with Image.open(path) as image:
        height, width = image.size[::-1]
    upright = Image.open(path).getexif().get(EXIF_ORIENTATION, 1) < 5
    for seed, name in enumerate(("train/other", "test/other", "test/this")):
        put(
            folder / name / "a.png", noise(seed, *((height, width) if upright else (width, height)))
        )
    shutil.copy(path, folder / "train" / "this" / path.name)
    data = read(folder, **changes)
    assert data.files.tolist() == ["train/other/a.png", f"train/this/{path.name}"]
    return data.train_inputs[1]


# Layout


def test_train_and_test_are_read_as_they_are_in_the_order_of_names(tmp_path):
    folder = tmp_path / "digits"
    names = {
        "train": ["10/b.png", "10/B.PNG", "2/x.png", "a/10.png", "a/2.png"],
        "test": ["10/c.png", "2/c.png", "a/c.png"],
    }
    pixels = {
        f"{part}/{name}": noise(i) for part in names for i, name in enumerate(names[part] * 2)
    }
    for name, image in reversed(pixels.items()):
        put(folder / name, image)
    data = read(folder, duplicates="keep")
    assert data.class_names.tolist() == ["10", "2", "a"]
    assert data.files.tolist() == [
        f"train/{name}" for name in ("10/B.PNG", "10/b.png", "2/x.png", "a/10.png", "a/2.png")
    ]
    assert data.train_labels.tolist() == [0, 0, 1, 2, 2] and data.test_labels.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(
        data.train_inputs, np.stack([pixels[name] for name in data.files])
    )
    np.testing.assert_array_equal(
        data.test_inputs, np.stack([pixels[f"test/{name}"] for name in sorted(names["test"])])
    )
    np.testing.assert_allclose(data.mean, data.train_inputs.mean(axis=(0, 1, 2)) / 255, rtol=1e-6)
    np.testing.assert_allclose(data.std, data.train_inputs.std(axis=(0, 1, 2)) / 255, rtol=1e-6)
    assert data.train_inputs.dtype == np.uint8 and data.train_labels.dtype == np.int64
    assert not len(data.rows) and not len(data.true_labels)


def test_one_tree_is_split_by_class_with_every_image_on_one_side(tree):
    data = read(tree)
    assert np.bincount(data.train_labels).tolist() == [8, 16, 4] and np.bincount(
        data.test_labels
    ).tolist() == [2, 4, 1]
    pixels = {
        path.relative_to(tree).as_posix(): np.asarray(Image.open(path))
        for path in tree.rglob("*.png")
    }
    assert [pixels[name].tolist() for name in data.files] == data.train_inputs.tolist()
    assert data.files.tolist() == sorted(data.files) and data.train_labels.tolist() == sorted(
        data.train_labels
    )
    rest = [pixels[name].tobytes() for name in pixels if name not in set(data.files)]
    assert sorted(rest) == sorted(image.tobytes() for image in data.test_inputs) and len(rest) == 7


def test_the_split_follows_its_seed_and_a_classs_split_no_other_class(tree):
    one, two, other = (read(tree, split_seed=seed).files.tolist() for seed in (3, 3, 4))
    assert one == two != other
    put(tree / "dog" / "zz.png", noise(999))
    for i in range(4):
        put(tree / "ape" / f"{i}.png", noise(1000 + i))
    changed = read(tree, split_seed=3).files.tolist()
    for label in ("cat", "owl"):
        assert [name for name in changed if label in name] == [
            name for name in one if label in name
        ]


def test_classes_of_the_same_size_are_split_differently():
    files = [
        [classfolders.File(f"{name}/{i}", label) for i in range(100)]
        for label, name in enumerate("ab")
    ]
    _, parts = classfolders.split(Path("x"), ["a", "b"], files, 0.5, 0)
    one, two = ({file.path[2:] for file in part} for part in parts)
    assert 10 < len(one & two) < 40  # 25 +- 2.5


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(2, 300), min_size=1, max_size=4), st.floats(0.01, 0.99), st.integers(0, 5)
)
def test_a_split_takes_its_share_of_each_class_and_leaves_both_sides_some(counts, share, seed):
    files = [
        [classfolders.File(f"{label}/{i}", label) for i in range(count)]
        for label, count in enumerate(counts)
    ]
    train, test = classfolders.split(
        Path("x"), [str(c) for c in range(len(counts))], files, share, seed
    )
    for members, kept, held_out in zip(files, train, test, strict=True):
        assert sorted(kept + held_out, key=members.index) == members
        assert len(kept) > 0 and len(held_out) > 0
        assert abs(len(held_out) - share * len(members)) <= 1


def test_hidden_files_are_passed_over_and_others_are_counted_in_the_log(pets, capsys):
    expected = read(pets)
    assert "left out" not in capsys.readouterr().out
    for name in (".DS_Store", "train/.DS_Store", "train/cat/._0.png", "train/cat/Thumbs.db",
        "test/desktop.ini",
                 "train/.cache/x.png", "__MACOSX/train/cat/0.png"):  # fmt: skip
        (pets / name).parent.mkdir(parents=True, exist_ok=True)
        (pets / name).write_bytes(b"x")
    found = read(pets)
    assert "left out" not in capsys.readouterr().out
    for name in (
        "train/cat/a.txt",
        "test/dog/b.txt",
        "train/cat/README",
        "labels.csv",
        "train/loose.png",
    ):
        (pets / name).write_bytes(b"x")
    put(pets / "val" / "cat" / "a.png", noise(1))
    os.mkfifo(pets / "train" / "cat" / "pipe.png")
    also = read(pets)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "left out: 4 no image (labels.csv, train/cat/a.txt, train/cat/pipe.png, ...); "
        "1 in val/, beside train/ and test/ (val/cat/a.png); "
        "1 outside of the class folders (train/loose.png)"
    )
    assert said[1:] == ["dropped: train/cat/README: no image (no image)"]
    for data in (found, also):
        assert all(np.array_equal(a, b) for a, b in zip(data, expected, strict=True))


def test_links_are_followed_and_paths_may_be_relative(pets, tmp_path, monkeypatch):
    expected = read(pets)
    (pets / "train" / "cat").rename(tmp_path / "cats")
    (pets / "train" / "cat").symlink_to(tmp_path / "cats")
    (pets / "train" / "dog" / "0.png").rename(tmp_path / "dog.png")
    (pets / "train" / "dog" / "0.png").symlink_to(tmp_path / "dog.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in ("pets", "~/pets"):
        assert all(np.array_equal(a, b) for a, b in zip(read(path), expected, strict=True))


def test_the_parts_may_be_called_train_and_test_in_capitals(pets):
    expected = read(pets).train_inputs
    (pets / "train").rename(pets / "Train")
    (pets / "test").rename(pets / "TEST")
    data = read(pets)
    np.testing.assert_array_equal(data.train_inputs, expected)
    assert data.files[0] == "Train/cat/0.png" and data.class_names.tolist() == ["cat", "dog"]


def test_a_class_may_be_called_train(tree):
    (tree / "owl").rename(tree / "train")
    assert read(tree).class_names.tolist() == ["cat", "dog", "train"]


# Errors of a folder, and their messages


def no_folder(pets):
    shutil.rmtree(pets)
    return (
        r"pets does not exist; expected a folder for each class, or train/ and test/ .* "
        r"correct the path"
    )


def a_file(pets):
    shutil.rmtree(pets)
    pets.write_text("x")
    return r"pets is not a folder; expected a folder for each class"


def train_only(pets):
    (pets / "test").rename(pets / "val")
    return (
        r"pets holds train/ but no test/ \(but train, val\); "
        r"expected a folder for each class, or train/ and test/"
    )


def only_test(pets):
    shutil.rmtree(pets / "train")
    return r"pets holds test/ but no train/ \(but test\); expected"


def nothing(pets):
    shutil.rmtree(pets)
    pets.mkdir()
    return r"pets holds no class folders; expected"


def loose_images(pets):
    shutil.rmtree(pets)
    for i in range(3):
        put(pets / f"{i}.png", noise(i))
    return r"pets holds no class folders \(left out: 3 outside of the class folders\); expected"


def other_formats(pets):
    for path in list(pets.rglob("*.png")):
        path.rename(path.with_suffix(".NEF"))
    return r"pets: no image in the class folders cat, dog \(left out: 10 not read: camera raw\)"


def one_class(pets):
    shutil.rmtree(pets / "train" / "dog")
    shutil.rmtree(pets / "test" / "dog")
    return r"pets holds one class, cat; there must be two or more"


def missing_in_test(pets):
    shutil.rmtree(pets / "test" / "dog")
    return (
        r"pets: no image of dog in test/; "
        r"every class needs training and test images"
    )


def missing_in_train(pets):
    put(pets / "test" / "owl" / "0.png", noise(50))
    return r"pets: no image of owl in train/; every class needs"


def empty_class(pets):
    for path in (pets / "train" / "cat").iterdir():
        path.unlink()
    return r"pets: no image of cat in train/; every class needs"


def empty_class_of_a_tree(pets):
    for name in ("cat", "dog", "owl"):
        put(pets / "train" / name / "9.png", noise(len(name) + ord(name[0])))
    (pets / "train" / "owl" / "9.png").unlink()
    (pets / "train").rename(pets.parent / "tree")
    shutil.rmtree(pets)
    (pets.parent / "tree").rename(pets)
    return r"pets: no image of owl in the class folder; every class needs"


def one_image_of_a_class(pets):
    (pets / "train").rename(pets.parent / "tree")
    shutil.rmtree(pets)
    (pets.parent / "tree").rename(pets)
    put(pets / "owl" / "0.png", noise(60))
    return r"pets: only one image of owl; a split into training and test images needs two"


def nested(pets):
    put(pets / "train" / "cat" / "siamese" / "0.png", noise(60))
    return (
        r"class folder .*pets/train/cat holds folders \(siamese\); "
        r"images must lie straight in it: expected"
    )


def other_names_of_the_parts(pets):
    (pets / "train").rename(pets / "training")
    (pets / "test").rename(pets / "validation")
    return (
        r"class folder .*pets/training holds folders \(cat, dog\); "
        r"images must lie straight in it: expected"
    )


def no_utf8(pets):
    Path(os.fsdecode(bytes(pets / "train" / "cat") + b"/\xff.png")).write_bytes(b"x")
    return r"pets/train/cat: the name '\\udcff\.png' is not UTF-8; rename it"


def two_sizes(pets):
    put(pets / "train" / "dog" / "1.png", noise(5, height=7, width=5))
    return (r"pets: train/cat/0\.png has 6x6 pixels \(height x width\), train/dog/1\.png has 7x5: "
            r"give the data set's source a size")  # fmt: skip


LAYOUTS = (no_folder, a_file, train_only, only_test, nothing, loose_images, other_formats,
    one_class, missing_in_test,
           missing_in_train, empty_class, empty_class_of_a_tree, one_image_of_a_class, nested,
           other_names_of_the_parts, no_utf8, two_sizes)  # fmt: skip


@pytest.mark.parametrize("change", LAYOUTS)
def test_one_error_says_what_is_wrong_and_what_was_expected(pets, change):
    said = change(pets)
    with pytest.raises((ValueError, OSError), match=said):
        read(pets)


# Pixels


@pytest.mark.parametrize(
    "name", ["a.png", "a.PNG", "a.webp", "a.WebP", "a.jpg", "a.JPEG", "a.jfif", "lies.jpg"]
)
def test_the_content_decides_about_the_format_and_the_case_of_the_extension_nothing(tmp_path, name):
    kind = "PNG" if name == "lies.jpg" else {"p": "PNG", "w": "WEBP", "j": "JPEG"}[name[2].lower()]
    image = np.zeros((16, 16, 3), np.uint8) + np.array([200, 100, 50], np.uint8)
    image[:8] = [10, 240, 90]
    options = {"PNG": {}, "WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}[
        kind
    ]
    Image.fromarray(image).save(tmp_path / name, kind, **options)
    found = one(tmp_path, tmp_path / name)
    assert np.abs(found.astype(int) - image).max() <= (4 if kind == "JPEG" else 0)


def palette(transparent=None):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 10, 20, 30])
    image.putdata([0, 1])
    if transparent is not None:
        image.info["transparency"] = transparent
    return image


def of(mode, *values):
    image = Image.new(mode, (len(values), 1))
    image.putdata(values)
    return image


RED, DARK, WHITE = [255, 0, 0], [10, 20, 30], [255, 255, 255]
MODES = {  # two pixels each, and what a reader would see on a white page
    "1": (of("1", 0, 1), [[0, 0, 0], WHITE]),
    "L": (of("L", 0, 77), [[0, 0, 0], [77, 77, 77]]),
    "LA": (of("LA", (0, 255), (0, 51)), [[0, 0, 0], [204, 204, 204]]),
    "P": (palette(), [RED, DARK]),
    "P, one transparent": (palette(1), [RED, WHITE]),
    "P, half transparent": (palette(b"\x80\xff"), [[255, 127, 127], DARK]),
    "RGB": (of("RGB", (255, 0, 0), (10, 20, 30)), [RED, DARK]),
    "RGBA": (of("RGBA", (255, 0, 0, 51), (10, 20, 30, 0)), [[255, 204, 204], WHITE]),
    "16-bit": (Image.fromarray(np.array([[0x1200, 0xFFFF]], np.uint16)), [[0x12] * 3, WHITE]),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_read_as_it_is_seen_on_white(tmp_path, mode):
    image, expected = MODES[mode]
    found = one(tmp_path, put(tmp_path / "a.png", image))
    assert np.abs(found[0].astype(int) - expected).max() <= (0 if "half" not in mode else 1)


def test_transparent_colors_without_an_alpha_channel_are_white(tmp_path):
    for i, (image, key, expected) in enumerate((
        (of("RGB", (1, 2, 3), (9, 9, 9)), (1, 2, 3), [WHITE, [9, 9, 9]]),
        (of("L", 5, 6), 5, [WHITE, [6, 6, 6]]),
        (Image.fromarray(np.array([[0x1234, 0xA345]], np.uint16)), 0x1234, [WHITE, [0xA3] * 3]),
    )):  # fmt: skip
        found = one(tmp_path / str(i), put(tmp_path / f"{i}.png", image, transparency=key))
        assert found.tolist() == [expected]


def test_webp_with_alpha_lies_on_white_too(tmp_path):
    found = one(tmp_path, put(tmp_path / "a.webp", MODES["RGBA"][0]))
    assert found.tolist() == [MODES["RGBA"][1]]


def test_cmyk_is_read_as_colors(tmp_path):
    image = Image.merge("CMYK", [Image.new("L", (16, 16), level) for level in (255, 0, 0, 51)])
    found = one(tmp_path, put(tmp_path / "a.jpg", image, quality=95))
    assert np.abs(found.astype(int) - [0, 204, 204]).max() <= 3


def test_grey_is_the_luma_of_colors_and_grey_files_have_equal_channels(tmp_path):
    colors = of("RGB", (255, 0, 0), (0, 255, 0), (0, 0, 255), (80, 80, 80))
    found = one(tmp_path / "1", put(tmp_path / "a.png", colors), color="grey")
    assert found.shape == (1, 4, 1)
    assert (
        np.abs(found.ravel() - np.array([0.299 * 255, 0.587 * 255, 0.114 * 255, 80])).max() <= 0.5
    )
    grey = np.arange(8, dtype=np.uint8).reshape(2, 4) * 30
    assert (
        one(tmp_path / "2", put(tmp_path / "b.png", grey), color="grey")[..., 0].tolist()
        == grey.tolist()
    )
    assert one(tmp_path / "3", put(tmp_path / "b.png", grey))[..., 2].tolist() == grey.tolist()


UPRIGHT = {  # how the standard's eight orientations are put right
    1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: np.rot90,
}  # fmt: skip


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("extension", ["png", "webp", "jpg"])
def test_the_orientation_in_exif_is_applied(tmp_path, orientation, extension):
    image = np.kron(noise(3, 2, 3), np.ones((8, 8, 1), np.uint8))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    options = {"quality": 100, "subsampling": 0} if extension == "jpg" else {}
    found = one(tmp_path, put(tmp_path / f"a.{extension}", image, exif=exif, **options))
    expected = UPRIGHT[orientation](image)
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).max() <= (5 if extension == "jpg" else 0)


def test_broken_exif_is_no_reason_not_to_read_an_image(tmp_path):
    broken = b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\1\0\0\0\6\0\0\0"
    gray = np.full((16, 8, 3), 90, np.uint8)
    with pytest.warns(UserWarning, match="EXIF"):
        found = one(tmp_path, put(tmp_path / "a.jpg", gray, exif=broken))
    assert found.size == 16 * 8 * 3 and np.abs(found.astype(int) - 90).max() <= 2


@pytest.mark.parametrize(
    ("height", "width", "size"), [(60, 84, 30), (84, 60, 30), (33, 33, 11), (20, 20, 20)]
)
@pytest.mark.parametrize("extension", ["png", "jpg"])
def test_resizing_and_cropping_are_torchvisions(tmp_path, height, width, size, extension):
    from torchvision.transforms import CenterCrop, Compose, Resize

    path = put(tmp_path / f"a.{extension}", noise(4, height, width))
    expected = np.asarray(
        Compose([Resize(size), CenterCrop(size)])(Image.open(path).convert("RGB"))
    )
    np.testing.assert_array_equal(one(tmp_path, path, size=size), expected)


def test_what_the_wanted_shape_does_not_cover_is_cut_off_on_both_sides(tmp_path):
    stripes = np.zeros((30, 90, 3), np.uint8)
    for third in range(3):
        stripes[:, 30 * third : 30 * third + 30, third] = 255
    wide, tall = (
        put(tmp_path / "wide.png", stripes),
        put(tmp_path / "tall.png", stripes.transpose(1, 0, 2).copy()),
    )
    for i, path in enumerate((wide, tall)):
        found = one(tmp_path / str(i), path, size=10)
        assert found.shape == (10, 10, 3) and (found[1:-1, 1:-1] == [0, 255, 0]).all()
    found = one(tmp_path / "2", wide, size=[5, 15])
    assert found.shape == (5, 15, 3)
    assert found[2].argmax(axis=1).tolist() == [0] * 5 + [1] * 5 + [2] * 5


def test_small_images_are_enlarged(tmp_path):
    found = one(
        tmp_path, put(tmp_path / "a.png", np.array([[[0] * 3, [250] * 3]], np.uint8)), size=[4, 8]
    )
    assert found.shape == (4, 8, 3) and (np.diff(found[0, :, 0].astype(int)) >= 0).all()
    assert found[:, 0].max() == 0 and found[:, -1].min() == 250


def photograph(path, detail):
    """A smooth picture of 960x1280 pixels, or one with details of 16 pixels."""
    y, x = np.mgrid[:960, :1280] / 960
    waves = 127.5 + 127 * np.stack(
        [np.sin(7 * x + 3 * y), np.cos(9 * y), np.sin(5 * x * y)], axis=-1
    )
    return put(
        path,
        np.kron(noise(2, 60, 80), np.ones((16, 16, 1), np.uint8)) if detail else np.uint8(waves),
        quality=95,
    )


@pytest.mark.parametrize(("detail", "size"), [(False, 32), (True, 200)])
def test_a_large_photograph_is_as_if_it_had_been_decoded_in_full(tmp_path, detail, size):
    path = photograph(tmp_path / "a.jpg", detail)
    expected = Image.open(path).resize(
        (size, size), Image.Resampling.BILINEAR, box=(160, 0, 1120, 960)
    )
    difference = np.abs(one(tmp_path, path, size=size).astype(int) - np.asarray(expected))
    assert difference.mean() < 0.5 and difference.max() <= 3


# Files that are not as they should be


def damage(pets):
    """Of every kind; the files' names."""
    put(pets / "train" / "cat" / "cut.png", noise(70, 40, 40))
    put(pets / "train" / "cat" / "cut.webp", noise(71, 40, 40))
    put(pets / "train" / "dog" / "cut.jpg", noise(72, 40, 40))
    cut = [
        pets / "train" / "cat" / "cut.png",
        pets / "train" / "cat" / "cut.webp",
        pets / "train" / "dog" / "cut.jpg",
    ]
    for path in cut:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (pets / "train" / "dog" / "empty.jpg").touch()
    (pets / "test" / "cat" / "text.png").write_text("no image")
    Image.fromarray(noise(73)).save(pets / "test" / "dog" / "gif.jpg", "GIF")
    (pets / "test" / "dog" / "gif.jpg").write_bytes(
        (pets / "test" / "dog" / "gif.jpg").read_bytes()[:60]
    )
    (pets / "test" / "dog" / "lost.png").symlink_to(pets / "nowhere.png")
    return [*cut, pets / "train" / "dog" / "empty.jpg", pets / "test" / "cat" / "text.png",
            pets / "test" / "dog" / "gif.jpg", pets / "test" / "dog" / "lost.png"]  # fmt: skip


def test_all_unreadable_files_are_in_one_message_counted_by_kind(pets):
    files = damage(pets)
    with pytest.raises(ValueError) as error:
        read(pets)
    said = str(error.value)
    assert f"{pets}: of 17 images 6 unreadable, 1 empty: train/cat/cut.png (" in said
    for path in files:
        assert f"{path.relative_to(pets)} (" in said
    for reason in ("dog/empty.jpg (0 bytes)", "cat/text.png (no image)",
                   "dog/cut.jpg (image file is truncated",
                   "dog/gif.jpg (",
                   "dog/lost.png (No such file or directory)"):  # fmt: skip
        assert reason in said
    assert (
        "Repair or remove them, or say" in said
        and "unreadable: drop" in said
        and " more" not in said
    )


def test_dropping_unreadable_files_leaves_what_is_there_without_them(pets, capsys):
    expected = read(pets)
    files = damage(pets)
    put(pets / "train" / "cat" / "1000.png", noise(90))
    data = read(pets, unreadable="drop")
    said = capsys.readouterr().out
    for path in files:
        assert f"dropped: {path.relative_to(pets)}: " in said
    assert said.count("dropped: ") == len(files)
    assert data.files.tolist() == sorted([*expected.files, "train/cat/1000.png"])
    kept = [name in set(expected.files) for name in data.files]
    np.testing.assert_array_equal(data.train_inputs[kept], expected.train_inputs)
    np.testing.assert_array_equal(data.train_labels[kept], expected.train_labels)
    np.testing.assert_array_equal(data.test_inputs, expected.test_inputs)


def test_a_message_names_twenty_files_and_counts_the_others(pets):
    for i in range(27):
        (pets / "train" / "cat" / f"x{i:02}.png").touch()
    with pytest.raises(ValueError) as error:
        read(pets)
    named = re.findall(r"x(\d\d)\.png", str(error.value))
    assert (
        named == [f"{i:02}" for i in range(20)]
        and "27 empty: " in str(error.value)
        and " and 7 more." in str(error.value)
    )


def test_a_class_of_which_nothing_can_be_read_is_an_error_also_where_such_files_are_dropped(pets):
    for path in (pets / "test" / "dog").iterdir():
        path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"pets, test: class 1 \(dog\) has no sample"):
        read(pets, unreadable="drop")
    for path in pets.rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"pets: of 10 images 10 empty: train/cat/0\.png \(0 bytes\), "
    ):
        read(pets, unreadable="drop")


def test_too_little_memory_is_no_fault_of_a_file(pets, monkeypatch):
    def decode(*_):
        raise MemoryError

    monkeypatch.setattr(imagefolder.imagefiles, "read", decode)
    with pytest.raises(MemoryError):
        read(pets, unreadable="drop")


@pytest.mark.parametrize("extension", ["png", *(suffix[1:] for suffix in KINDS)])
@pytest.mark.filterwarnings("ignore")
def test_whatever_is_wrong_with_a_file_it_is_read_or_named(pets, capsys, extension):
    """Bytes changed, cut off and repeated, at random."""
    rng = np.random.default_rng(8)
    whole = put(pets.parent / f"whole.{extension}", noise(1, 6, 6)).read_bytes()
    for i in range(80):
        content = bytearray(whole)
        for _ in range(rng.integers(1, 8)):
            content[rng.integers(len(content))] = rng.integers(256)
        if i % 4 == 0:
            content = content[: rng.integers(1, len(content))]
        (pets / "train" / "cat" / f"x{i:02}.{extension}").write_bytes(content)
    data = read(pets, size=6, unreadable="drop", duplicates="keep")
    dropped = re.findall(
        r"dropped: (train/cat/x\d\d\.\w+): (?:unreadable|too large) \(.+\)",
        capsys.readouterr().out,
    )
    assert sorted([*dropped, *data.files]) == sorted(
        str(path.relative_to(pets)) for path in pets.glob("train/*/*")
    )
    assert len(dropped) > 5


# Duplicates


@pytest.fixture
def repeated(pets):
    """dog/0 of training again in training (as WebP), in test; and cat/1 of training as a dog in
    test.
    """
    put(pets / "train" / "dog" / "again.webp", noise(3))
    put(pets / "test" / "dog" / "again.png", noise(3))
    put(pets / "test" / "dog" / "cat.png", noise(1))
    return pets


def test_duplicates_over_parts_classes_and_formats_are_in_one_message(repeated):
    with pytest.raises(ValueError) as error:
        read(repeated)
    assert (
        "of 13 images 2 duplicate with another class, 2 duplicate: "
        "train/cat/1.png = test/dog/cat.png, "
        "train/dog/again.webp (the pixels of train/dog/0.png), test/dog/again.png (the pixels of "
        "train/dog/0.png). Repair or remove them, or say"
    ) in str(error.value)


def test_duplicates_and_unreadable_files_are_in_the_same_message(repeated):
    (repeated / "test" / "cat" / "z.png").touch()
    (repeated / "test" / "cat" / "zz.png").touch()
    with pytest.raises(
        ValueError,
        match=r"2 duplicate with another class, 2 duplicate, 2 empty: .*cat/zz\.png \(0 bytes",
    ):
        read(repeated)
    with pytest.raises(ValueError, match=r"of 15 images 2 empty: test/cat/z\.png"):
        read(repeated, duplicates="drop")
    with pytest.raises(
        ValueError, match=r"of 15 images 2 duplicate with another class, 2 duplicate: "
    ):
        read(repeated, unreadable="drop")


def test_kept_duplicates_are_all_there(repeated):
    data = read(repeated, duplicates="keep")
    assert len(data.train_labels) == 7 and len(data.test_labels) == 6


def test_of_dropped_duplicates_the_first_stays_and_of_conflicting_ones_none(repeated, capsys):
    data = read(repeated, duplicates="drop")
    assert data.files.tolist() == [
        f"train/{name}.png" for name in ("cat/0", "cat/2", "dog/0", "dog/1", "dog/2")
    ]
    assert data.train_labels.tolist() == [0, 0, 1, 1, 1]
    np.testing.assert_array_equal(
        data.train_inputs, np.stack([noise(seed) for seed in (0, 2, 3, 4, 5)])
    )
    np.testing.assert_array_equal(
        data.test_inputs, np.stack([noise(seed) for seed in (6, 7, 8, 9)])
    )
    assert data.test_labels.tolist() == [0, 0, 1, 1]
    said = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in said] == ["train/cat/1.png", "train/dog/again.webp",
        "test/dog/again.png",
                                                      "test/dog/cat.png"]  # fmt: skip


def test_images_that_are_the_same_once_they_are_resized_are_duplicates(pets):
    put(pets / "train" / "dog" / "large.png", np.full((40, 40, 3), 7, np.uint8))
    put(pets / "train" / "dog" / "small.png", np.full((10, 20, 3), 7, np.uint8))
    with pytest.raises(
        ValueError,
        match=r"1 duplicate: train/dog/small\.png \(the pixels of train/dog/large\.png\)",
    ):
        read(pets, size=6)


def test_black_images_and_unreadable_files_are_not_taken_for_each_other(pets):
    put(pets / "train" / "dog" / "black.png", np.zeros((6, 6, 3), np.uint8))
    (pets / "train" / "cat" / "bad.png").touch()
    data = read(pets, unreadable="drop")
    assert "train/dog/black.png" in data.files and len(data.files) == 7


def test_reading_tells_how_far_it_is(pets, capsys, monkeypatch):
    monkeypatch.setattr(imagefolder, "REPORT_EVERY", -1.0)
    read(pets)
    assert capsys.readouterr().out.splitlines() == [f"read {i} of 10 images" for i in range(1, 11)]


# The state of a folder


def state(folder):
    found = classfolders.state(str(folder))
    assert found.lost == []
    return found.digest


def test_the_state_changes_with_every_image_that_is_added_removed_renamed_or_changed(pets):
    cat = pets / "train" / "cat"
    states = [state(pets)]
    put(cat / "3.png", noise(50))
    states.append(state(pets))
    (cat / "3.png").rename(cat / "4.png")
    states.append(state(pets))
    (cat / "4.png").rename(pets / "train" / "dog" / "4.png")
    states.append(state(pets))
    (pets / "train" / "dog" / "4.png").rename(pets / "test" / "dog" / "4.png")
    states.append(state(pets))
    image = pets / "test" / "dog" / "4.png"
    os.truncate(image, 20)
    os.utime(image, ns=(0, 5))
    states.append(state(pets))
    os.utime(image, ns=(0, 6))
    states.append(state(pets))
    os.truncate(image, 19)
    os.utime(image, ns=(0, 6))
    states.append(state(pets))
    assert len(set(states)) == len(states)
    image.unlink()
    assert state(pets) == states[0]


def add_what_nobody_reads(pets, outside):
    """Files and folders that the reader passes over, or only counts."""
    for name in (".DS_Store", "train/.DS_Store", "train/cat/._0.png", "train/cat/Thumbs.db",
                 "train/cat/desktop.ini", "README.txt", "train/cat/notes.txt", "train/loose.png",
                 "train/.cache/x.png", ".git/objects/x", "__MACOSX/train/cat/0.png",
                 "val/cat/0.png"):  # fmt: skip
        (pets / name).parent.mkdir(parents=True, exist_ok=True)
        (pets / name).write_bytes(b"x")
    os.mkfifo(pets / "train" / "cat" / "pipe.png")
    (pets / "train" / "cat" / ".up").symlink_to("..")
    (pets / "train" / "dog" / ".up").symlink_to("..")
    (pets / "train" / ".root").symlink_to(pets)
    (pets / ".outside").symlink_to(outside)


def test_what_nobody_reads_does_not_change_the_state(pets, tmp_path):
    outside = tmp_path / "outside"
    for i in range(3):
        put(outside / "deep" / f"{i}.png", noise(i))
    before, data = state(pets), read(pets)
    add_what_nobody_reads(pets, outside)
    assert state(pets) == before
    (outside / "deep" / "0.png").write_bytes(b"y")
    (pets / "train" / "loose.png").unlink()
    (pets / "train" / "cat").touch()  # a folder's own date
    assert state(pets) == before
    assert all(np.array_equal(a, b) for a, b in zip(read(pets), data, strict=True))


def test_the_state_is_that_of_what_is_read_to_the_file(pets, tmp_path):
    """Whatever file changes its time, the state changes if and only if the reader reads it."""
    add_what_nobody_reads(pets, tmp_path)
    read_files = {
        *read(pets).files,
        *(f"test/{name}/{i}.png" for name in ("cat", "dog") for i in range(2)),
    }
    seen = set()
    for path in sorted(path for path in pets.rglob("*") if path.is_file()):
        before = state(pets)
        os.utime(path, ns=(0, 7))
        if state(pets) != before:
            seen.add(path.relative_to(pets).as_posix())
    assert seen == read_files


def test_the_state_does_not_depend_on_the_order_in_which_the_system_lists(pets, monkeypatch):
    before, scandir = state(pets), os.scandir

    class Reversed(list):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def backwards(folder):
        with scandir(folder) as found:
            return Reversed(sorted(found, key=lambda entry: entry.name, reverse=True))

    monkeypatch.setattr(os, "scandir", backwards)
    assert state(pets) == before


def test_the_state_does_not_depend_on_where_the_folder_lies(pets, tmp_path, monkeypatch):
    before = state(pets)
    pets.rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    assert state(tmp_path / "moved") == state("moved") == before


LISTED = [change for change in LAYOUTS if change not in (two_sizes, one_image_of_a_class)]


@pytest.mark.parametrize("change", LISTED)
def test_the_state_of_what_cannot_be_read_is_the_readers_error(pets, change):
    said = change(pets)
    with pytest.raises((ValueError, OSError), match=said):
        classfolders.state(str(pets))


@pytest.mark.parametrize(
    "change",
    [no_folder, a_file, nothing, loose_images, train_only, only_test, other_formats, empty_class,
     empty_class_of_a_tree, missing_in_test, missing_in_train],
)  # fmt: skip
def test_what_is_not_there_is_told_from_what_is_wrong(pets, change):
    change(pets)
    with pytest.raises(OSError):
        classfolders.listed(pets)


def test_a_class_folder_that_is_a_link_to_nowhere_is_an_error_and_no_class_less(pets, tmp_path):
    (pets / "train" / "cat").rename(tmp_path / "cat")
    (pets / "train" / "cat").symlink_to(tmp_path / "cat")
    before = state(pets)
    (tmp_path / "cat").rename(tmp_path / "away")
    for function in (read, state):
        with pytest.raises(
            FileNotFoundError, match=r"train/cat is a link to /.*/cat, which cannot"
        ):
            function(pets)
    (tmp_path / "away").rename(tmp_path / "cat")
    assert state(pets) == before


def test_links_to_images_that_are_away_are_named(pets, tmp_path):
    (pets / "train" / "cat" / "7.png").symlink_to(tmp_path / "7.png")
    (pets / "train" / "cat" / "8.png").symlink_to("8.png")  # to itself
    there, lost = classfolders.state(str(pets))
    assert lost == ["train/cat/7.png", "train/cat/8.png"]
    assert classfolders.state(str(pets)) == (there, lost)
    put(tmp_path / "7.png", noise(60))
    assert classfolders.state(str(pets)).lost == lost[1:]
    assert classfolders.state(str(pets)).digest != there


@pytest.mark.parametrize(("link", "to"), [("train/puss", "cat"), ("test/cat", "../train/cat")])
def test_a_folder_that_is_two_class_folders_is_refused(pets, link, to):
    if link == "test/cat":
        shutil.rmtree(pets / link)
    else:
        put(pets / "test" / "puss" / "0.png", noise(60))
    (pets / link).symlink_to(to)
    with pytest.raises(ValueError, match=r"train/cat and \w+/\w+ are one folder, .*remove one of"):
        state(pets)


@pytest.mark.parametrize("place", ["train", "train/cat"])
def test_a_folder_that_may_not_be_looked_into_is_named(pets, monkeypatch, place):
    """As an ordinary user sees it; root may look into all."""
    scandir = os.scandir

    def refuse(folder):
        if Path(folder) == pets / place:
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    for function in (read, state):
        with pytest.raises(PermissionError, match=f"Permission denied: '{pets / place}'"):
            function(pets)
