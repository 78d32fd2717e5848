"""Images of one's own: a folder of class folders, or train/ and test/ with class folders each."""

import hashlib
import os
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hardness.data.datasets import Data, checked
from hardness.data.duplicates import first_identical

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP")  # by content, whatever the extension says
EXTENSIONS = (".png", ".jpg", ".jpeg", ".jfif", ".webp")
HIDDEN = ("Thumbs.db", "desktop.ini", "__MACOSX")  # passed over, as is all that begins with a dot
PARTS = ("train", "test")
MODES = {"rgb": "RGB", "grey": "L"}
BACKGROUND = "white"  # behind transparent pixels, as browsers show them
SPLIT = 401  # the purpose number in the seeds of the split into training and test images
NAMED = 20  # names in a message
REPORT_EVERY = 5.0  # seconds between two lines of progress
EMPTY, UNREADABLE, DUPLICATE, CONFLICT = (
    "empty",
    "unreadable",
    "duplicate",
    "duplicate with another class",
)
EXPECTED = "expected a folder for each class, or train/ and test/ with a folder for each class"


class File(NamedTuple):
    """An image file: its path below the data set's folder, and its class's number."""

    path: str
    label: int


class Fault(NamedTuple):
    """Why a file is not used: its kind, and what is wrong with it."""

    kind: str
    reason: str


def read(
    path: str,
    size: int | Sequence[int] | None,
    color: str,
    test_share: float,
    split_seed: int,
    unreadable: str,
    duplicates: str,
) -> Data:
    """Read a folder of PNG, JPEG and WebP images.

    path: the folder. It holds train/ and test/ with a folder for each class; or just a folder for
    each class, of which a seeded share of about `test_share` becomes the test set (at least one
    image of each class, and not all). Images lie straight in their class's folder. Classes, and the
    images of a class, are in the order of their names, character by character. Hidden files are
    passed over, those of other types counted in the log.
    size: None if all images have one size, which they keep; else the side of a square, or (height,
    width), in pixels: images are resized (bilinear, antialiased) to cover it, enlarged if need be,
    and center-cropped.
    color: rgb, or grey (ITU-R 601 luma). The orientation in EXIF is applied, color profiles are
    not; transparent pixels lie on white; of 16 bits the upper 8 count; of an animation the first
    frame.
    unreadable: what to do about empty, damaged and foreign files: fail, or drop; the other files
    stay in their part.
    duplicates: about images of any class and part that have the same pixels, once read: fail, keep,
    or drop. drop keeps the first, and training images come before test images; where the classes
    differ it keeps none, for nobody knows which of them is right.

    Returns Data with the training images' own statistics, and their `files` below the folder.
    Raises OSError if there is no such folder, ValueError if it is laid out otherwise, a class has
    too few images, sizes differ where they are to be kept, or files are to fail: all of them in one
    message.
    """
    root = Path(path).expanduser().absolute()
    class_names, train, test = _listed(root, test_share, split_seed)
    files = train + test
    images, faults = _decoded(root, files, size, MODES[color])
    if duplicates != "keep":
        faults |= _repeats(images, files, faults)
    policies = {
        EMPTY: unreadable,
        UNREADABLE: unreadable,
        DUPLICATE: duplicates,
        CONFLICT: duplicates,
    }
    none_left = len(faults) == len(files)
    failing = {
        row: fault
        for row, fault in sorted(faults.items())
        if none_left or policies[fault.kind] == "fail"
    }
    if failing:
        counts = Counter(fault.kind for fault in failing.values())
        raise ValueError(
            f"{root}: of {len(files)} images {_list(f'{count} {kind}' for kind, count in counts.items())}: "
            f"{_list(f'{files[row].path} ({fault.reason})' for row, fault in failing.items())}. Repair or remove them, "
            "or say in the data set's source what to do with such files (unreadable: drop; duplicates: keep or drop)"
        )
    for row, fault in sorted(faults.items()):
        print(f"dropped: {files[row].path}: {fault.kind} ({fault.reason})", flush=True)
    return _assembled(root, images, class_names, files, len(train), faults)


def state(path: str) -> str:
    """A digest of the names, sizes and times of all files below a folder: another one where a file
    was added, removed or changed. It reads no file, so that it can be asked at every start.
    """
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(Path(path).expanduser(), followlinks=True):
        folders.sort()
        for name in sorted(files):
            file = os.path.join(folder, name)
            about = os.stat(file) if os.path.exists(file) else None  # a broken link
            digest.update(
                f"{file} {about and (about.st_size, about.st_mtime_ns)}\n".encode(
                    errors="surrogateescape"
                )
            )
    return digest.hexdigest()[:16]


def _list(texts: Iterable[str]) -> str:
    """The first ones, and how many more there are."""
    texts = list(texts)
    return ", ".join(texts[:NAMED]) + (
        f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    )


# Which files there are


def _listed(root: Path, test_share: float, seed: int) -> tuple[list[str], list[File], list[File]]:
    """Class names; training files; test files. Raises as `read`."""
    if not root.is_dir():
        wrong = "is not a folder" if root.exists() else "does not exist"
        raise NotADirectoryError(
            f"{root} {wrong}; {EXPECTED}: correct the path in the data set's source"
        )
    others: Counter[str] = Counter()
    folders = _folders(root, others)
    parts = {name.lower(): folder for name, folder in folders.items() if name.lower() in PARTS}
    if set(parts) == set(PARTS):
        others.update(
            f"folder {name}" for name, folder in folders.items() if folder not in parts.values()
        )
        trees = {
            f"{parts[part].name}/": _tree(_folders(parts[part], others), others) for part in PARTS
        }
    else:
        for part, folder in parts.items():  # with images straight in it, it is a class of that name
            if _folders(folder, Counter()):
                missing = "test" if part == "train" else "train"
                raise ValueError(
                    f"{root} holds {folder.name}/ but no {missing}/ (but {_list(folders)}); {EXPECTED}"
                )
        trees = {"": _tree(folders, others)}
    for what, count in sorted(others.items()):
        print(f"not read: {count} {what}", flush=True)
    class_names = _checked_classes(root, trees, others)
    found = [
        [
            [File(f"{part}{name}/{file}", label) for file in tree[name]]
            for label, name in enumerate(class_names)
        ]
        for part, tree in trees.items()
    ]
    train, test = (
        found if len(found) == 2 else _split(root, class_names, found[0], test_share, seed)
    )
    return class_names, list(chain(*train)), list(chain(*test))


def _entries(folder: Path) -> list[Path]:
    """What a folder holds, less what is hidden, by name."""
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    for entry in entries:
        if any("\ud800" <= character <= "\udfff" for character in entry.name):
            raise ValueError(f"{folder}: the name {entry.name!a} is not UTF-8; rename it")
    return [
        entry for entry in entries if not entry.name.startswith(".") and entry.name not in HIDDEN
    ]


def _folders(folder: Path, others: Counter) -> dict[str, Path]:
    """The folders in a folder, by name; files beside them are counted in `others`."""
    entries = _entries(folder)
    others.update("outside of the class folders" for entry in entries if not entry.is_dir())
    return {entry.name: entry for entry in entries if entry.is_dir()}


def _tree(folders: Mapping[str, Path], others: Counter) -> dict[str, list[str]]:
    """The names of the images in each class folder; files of other types are counted in
    `others`.
    """
    tree: dict[str, list[str]] = {}
    for name, folder in folders.items():
        entries = _entries(folder)
        if nested := [entry.name for entry in entries if entry.is_dir()]:
            raise ValueError(
                f"class folder {folder} holds folders ({_list(nested)}); images must lie straight in it: {EXPECTED}"
            )
        tree[name] = []
        for entry in entries:
            if entry.suffix.lower() in EXTENSIONS and (
                entry.is_file() or entry.is_symlink()
            ):  # no pipe, no device
                tree[name].append(entry.name)
            else:
                others[entry.suffix or "without extension"] += 1
    return tree


def _checked_classes(
    root: Path, trees: Mapping[str, dict[str, list[str]]], others: Counter
) -> list[str]:
    """The classes' names, sorted, if there are two or more and each has an image in every tree."""
    names = sorted({name for tree in trees.values() for name in tree})
    beside = (
        f" (not read: {_list(f'{count} {what}' for what, count in sorted(others.items()))})"
        if others
        else ""
    )
    if not names:
        raise ValueError(f"{root} holds no class folders{beside}; {EXPECTED}")
    if not any(images for tree in trees.values() for images in tree.values()):
        raise ValueError(
            f"{root}: no PNG, JPEG or WebP image in the class folders {_list(names)}{beside}"
        )
    if len(names) == 1:
        raise ValueError(
            f"{root} holds one class, {names[0]}; there must be two or more: {EXPECTED}"
        )
    for part, tree in trees.items():
        if empty := [name for name in names if not tree.get(name)]:
            raise ValueError(
                f"{root}: no PNG, JPEG or WebP image of {_list(empty)} in {part or 'the class folder'}{beside}; every "
                "class needs training and test images: add some, or remove the class"
            )
    return names


def _split(
    root: Path, class_names: Sequence[str], files: list[list[File]], test_share: float, seed: int
) -> tuple[list[list[File]], list[list[File]]]:
    """Training and test files of each class: a random share, which does not depend on the other
    classes.
    """
    if short := [
        name for name, members in zip(class_names, files, strict=True) if len(members) < 2
    ]:
        raise ValueError(
            f"{root}: one image only of {_list(short)}; a split into training and test images needs two"
        )
    train, test = [], []
    for name, members in zip(class_names, files, strict=True):
        count = min(max(round(test_share * len(members)), 1), len(members) - 1)
        rng = np.random.default_rng([seed, SPLIT, *name.encode(errors="surrogateescape")])
        chosen = np.isin(np.arange(len(members)), rng.permutation(len(members))[:count])
        train.append([file for file, out in zip(members, chosen, strict=True) if not out])
        test.append([file for file, out in zip(members, chosen, strict=True) if out])
    return train, test


# What is in them


def _decoded(
    root: Path, files: Sequence[File], size: int | Sequence[int] | None, mode: str
) -> tuple[np.ndarray, dict[int, Fault]]:
    """Images (n, H, W, C) uint8, a row a file, and the faults of those that could not be read,
    whose rows are 0.
    """
    from PIL import Image

    shape = (size, size) if isinstance(size, int) else size
    images, faults, first, said = np.empty((0, 0, 0, 0), np.uint8), {}, None, time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for row, file in enumerate(files):
            try:
                image = _image(root / file.path, shape, mode)
            except MemoryError:
                raise
            except Exception as error:  # on damaged files PIL raises whatever its decoders meet
                faults[row] = _fault(root / file.path, error)
                continue
            if first is None:
                images, first = np.zeros((len(files), *image.shape), np.uint8), file
            if image.shape != images.shape[1:]:
                one, two = (
                    f"{height}x{width}" for height, width, _ in (images.shape[1:], image.shape)
                )
                raise ValueError(
                    f"{root}: {first.path} has {one} pixels (height x width), {file.path} has {two}: give the data "
                    "set's source a size, to which all images are resized"
                )
            images[row] = image
            if time.monotonic() - said > REPORT_EVERY:
                said = time.monotonic()
                print(f"read {row + 1} of {len(files)} images", flush=True)
    return images, faults


def _image(path: Path, shape: Sequence[int] | None, mode: str) -> np.ndarray:
    """One image, (H, W, C) uint8. Raises whatever PIL raises."""
    from PIL import Image, ImageOps

    with Image.open(path, formats=FORMATS) as opened:
        # large photographs are decoded at a lower resolution, still 4 times what is needed: 9 times
        # as fast
        if shape:
            opened.draft(None, (4 * max(shape), 4 * max(shape)))
        image = _opaque(ImageOps.exif_transpose(opened)).convert(mode)
    if shape:
        image = ImageOps.fit(image, (shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(image.height, image.width, -1)


def _opaque(image: "Image") -> "Image":
    """An image with 8 bits a channel, and nothing transparent."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16-bit grey
        values = np.asarray(image)
        seen = np.where(values == image.info.get("transparency", -1), 0xFFFF, values)
        return Image.fromarray((seen >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    background = Image.new("RGBA", image.size, BACKGROUND)
    return Image.alpha_composite(background, image.convert("RGBA"))


def _fault(path: Path, error: Exception) -> Fault:
    from PIL import UnidentifiedImageError

    if path.exists() and path.stat().st_size == 0:
        return Fault(EMPTY, "0 bytes")
    if isinstance(error, UnidentifiedImageError):
        return Fault(UNREADABLE, "no PNG, JPEG or WebP image")
    return Fault(UNREADABLE, getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _repeats(
    images: np.ndarray, files: Sequence[File], faults: Mapping[int, Fault]
) -> dict[int, Fault]:
    """The images that repeat an earlier one's pixels; where classes differ, all that share them."""
    rows = [row for row in range(len(files)) if row not in faults]
    same: dict[int, list[int]] = {}
    for row, first in zip(rows, first_identical(images[row] for row in rows), strict=True):
        same.setdefault(rows[first], []).append(row)
    found = {}
    for first, members in same.items():
        if len({files[row].label for row in members}) == 1:
            found |= {
                row: Fault(DUPLICATE, f"the pixels of {files[first].path}") for row in members[1:]
            }
            continue
        for row in members:
            other = next(other for other in members if files[other].label != files[row].label)
            found[row] = Fault(CONFLICT, f"the pixels of {files[other].path}")
    return found


def _assembled(
    root: Path,
    images: np.ndarray,
    class_names: Sequence[str],
    files: Sequence[File],
    train: int,
    faults: Mapping[int, Fault],
) -> Data:
    """The data set of the images without a fault, of which the first `train` files are for
    training.
    """
    kept = [row for row in range(len(files)) if row not in faults]
    for new, old in enumerate(kept):  # in place: a second copy may not fit into memory
        images[new] = images[old]
    labels, count = np.array([files[row].label for row in kept]), sum(row < train for row in kept)
    parts = images[:count], labels[:count], images[count : len(kept)], labels[count:]
    data = checked(*parts, class_names, statistics=_statistics(parts[0]), name=str(root))
    return data._replace(files=np.array([files[row].path for row in kept[:count]], dtype=np.str_))


def _statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel, of pixels in 0..1, from their counts: in little
    memory.
    """
    counts = np.zeros((images.shape[-1], 256))
    for image in images:
        counts += [
            np.bincount(image[..., channel].ravel(), minlength=256)
            for channel in range(len(counts))
        ]
    shares, levels = counts / max(counts[0].sum(), 1), np.arange(256) / 255
    mean = shares @ levels
    deviation = np.sqrt((shares * (levels - mean[:, None]) ** 2).sum(axis=1))
    return mean, np.maximum(deviation, 1e-6)
