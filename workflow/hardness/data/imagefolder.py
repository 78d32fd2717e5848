"""A user's images: a folder of class folders, or train/ and test/ with class folders each."""

import time
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hardness.data.classfolders import File, listed, some, split
from hardness.data.datasets import Data, checked
from hardness.data.duplicates import first_identical

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP")  # by content, whatever the extension says
MODES = {"rgb": "RGB", "grey": "L"}
BACKGROUND = "white"  # behind transparent pixels, as browsers show them
REPORT_EVERY = 5.0  # seconds between two lines of progress
EMPTY, UNREADABLE, DUPLICATE, CONFLICT = (
    "empty",
    "unreadable",
    "duplicate",
    "duplicate with another class",
)


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
    Raises as `listed`; ValueError if a class has too few images, sizes differ where they are to be
    kept, or files are to fail: all of them in one message.
    """
    root = Path(path).expanduser().absolute()
    found = listed(root)
    for what, count in sorted(found.others.items()):
        print(f"not read: {count} {what}", flush=True)
    train, test = (
        found.parts.values()
        if len(found.parts) == 2
        else split(root, found.class_names, found.parts[""], test_share, split_seed)
    )
    files = [*chain(*train), *chain(*test)]
    images, faults = _decoded(root, files, size, MODES[color])
    if duplicates != "keep":
        faults |= _repeats(images, files, faults)
    policies = {
        EMPTY: unreadable,
        UNREADABLE: unreadable,
        DUPLICATE: duplicates,
        CONFLICT: duplicates,
    }
    _refuse_failing(root, files, faults, policies)
    for row, fault in sorted(faults.items()):
        print(f"dropped: {files[row].path}: {fault.kind} ({fault.reason})", flush=True)
    return _assembled(root, images, found.class_names, files, sum(map(len, train)), faults)


def _refuse_failing(
    root: Path, files: Sequence[File], faults: Mapping[int, Fault], policies: Mapping[str, str]
) -> None:
    """Raise ValueError, with all faults that are to fail; with all there are if no file is left."""
    none_left = len(faults) == len(files)
    failing = {
        row: fault
        for row, fault in sorted(faults.items())
        if none_left or policies[fault.kind] == "fail"
    }
    if failing:
        counts = Counter(fault.kind for fault in failing.values())
        kinds = some(f"{count} {kind}" for kind, count in counts.items())
        named = some(f"{files[row].path} ({fault.reason})" for row, fault in failing.items())
        raise ValueError(
            f"{root}: of {len(files)} images {kinds}: {named}. Repair or remove them, or say in "
            "the data set's source what to do with such files (unreadable: drop; duplicates: keep "
            "or drop)"
        )


# What is in them


def _decoded(
    root: Path, files: Sequence[File], size: int | Sequence[int] | None, mode: str
) -> tuple[np.ndarray, dict[int, Fault]]:
    """Images (n, H, W, C) uint8, one row per file, and the faults of those that could not be read,
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
                    f"{root}: {first.path} has {one} pixels (height x width), {file.path} has "
                    f"{two}: give the data set's source a size, to which all images are resized"
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
    repeats: dict[int, Fault] = {}
    for first, members in same.items():
        if len({files[row].label for row in members}) == 1:
            repeats |= {
                row: Fault(DUPLICATE, f"the pixels of {files[first].path}") for row in members[1:]
            }
            continue
        for row in members:
            other = next(other for other in members if files[other].label != files[row].label)
            repeats[row] = Fault(CONFLICT, f"the pixels of {files[other].path}")
    return repeats


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
