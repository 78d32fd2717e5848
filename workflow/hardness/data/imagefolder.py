"""A user's images: a folder of class folders, or train/ and test/ with class folders each."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.data import filekinds, imagefiles, leftout, provenance
from hardness.data.classfolders import File, Listing, left_out_by_name, listed, split
from hardness.data.datasets import Data, checked
from hardness.data.duplicates import first_identical
from hardness.data.leftout import (
    BITS,
    CONFLICT,
    DUPLICATE,
    EMPTY,
    FRAMES,
    NO_IMAGE,
    TOO_LARGE,
    UNREADABLE,
    LeftOut,
    some,
)
from hardness.data.provenance import Provenance

REPORT_EVERY = 5.0  # seconds between two lines of progress
DARK = 16  # of 255: 16-bit colors that never read brighter hold fewer bits than they say
TO_REPAIR = (EMPTY, UNREADABLE, TOO_LARGE)  # the faults that the key `unreadable` decides about
REPEATED = (DUPLICATE, CONFLICT)  # the faults that the key `duplicates` decides about


class Fault(NamedTuple):
    """Why a file is not used: its kind, a reason of leftout.py, and what is wrong with it."""

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
    most_megapixels: float,
    most_left_out: float,
) -> tuple[Data, Provenance]:
    """Read a folder of images, of every format that Pillow decodes; docs/images.md has the details.

    path: the folder. It holds train/ and test/ with a folder for each class; or just a folder for
    each class, of which a seeded share of about `test_share` becomes the test set (at least one
    image of each class, and not all). Images lie straight in their class's folder. Classes, and the
    images of a class, are in the order of their names, character by character.
    size: None if all images have one size, which they keep; else the side of a square, or (height,
    width), in pixels, to which they are resized and center-cropped.
    color: rgb, or grey (ITU-R 601 luma).
    unreadable: what to do about empty, damaged and too large files: fail, or drop; the other files
    stay in their part. most_megapixels: the most that may be decoded of one.
    duplicates: what to do about images of any class and part that have the same pixels, once read:
    fail, keep, or drop. drop keeps the first, and training images come before test images; where
    the classes differ it keeps none, because nobody knows which class is right.
    most_left_out: the largest share of the images, of all or of a class, that may be missing
    because they cannot be read or lie elsewhere.

    Returns Data, with the training images' own statistics and their `files` below the folder; and
    its provenance: the test images' files, and the files that were left out.
    Raises as `listed`; ValueError if a class has too few images, sizes differ where they are to be
    kept, too much would be left out, or files have a fault that is to fail: one message names all.
    """
    root = Path(path).expanduser().absolute()
    found = listed(root)
    train, test = (
        found.parts.values()
        if len(found.parts) == 2
        else split(root, found.class_names, found.parts[""], test_share, split_seed)
    )
    files = [*chain(*train), *chain(*test)]
    height, width = (size, size) if isinstance(size, int) else size or (0, 0)
    shape = (height, width) if size else None
    wanted = imagefiles.Wanted(shape, imagefiles.MODES[color], 1e6 * most_megapixels)
    images, faults, notes = _decoded(root, files, wanted)
    if duplicates != "keep":
        faults |= _repeats(images, files, faults)
    failing = TO_REPAIR * (unreadable == "fail") + REPEATED * (duplicates == "fail")
    _refuse_failing(root, files, faults, failing)
    left_out = _checked_left_out(root, found, files, faults, most_left_out)
    count = sum(map(len, train))
    return _assembled(root, images, found.class_names, files, count, faults, left_out + notes)


def _checked_left_out(
    root: Path, found: Listing, files: Sequence[File], faults: Mapping[int, Fault], most: float
) -> list[LeftOut]:
    """The files that are not used. The log counts those left out by name or place, with examples,
    and names each one that was opened and dropped. Raises ValueError if they are too many.
    """
    by_name = left_out_by_name(root, found)
    if by_name:
        print(f"left out: {leftout.described(leftout.table(by_name))}", flush=True)
    dropped = []
    for row, fault in sorted(faults.items()):
        path, label = files[row]
        dropped.append(LeftOut(fault.kind, path, found.class_names[label]))
        print(f"dropped: {path}: {fault.kind} ({fault.reason})", flush=True)
    used = Counter(
        found.class_names[file.label] for row, file in enumerate(files) if row not in faults
    )
    leftout.check(root, by_name + dropped, used, most)
    return by_name + dropped


def _refuse_failing(
    root: Path, files: Sequence[File], faults: Mapping[int, Fault], failing: Sequence[str]
) -> None:
    """Raise ValueError, naming all files with a fault of a kind in `failing`; if no file would be
    left, all files.
    """
    none_left = len(faults) == len(files)
    wrong = {
        row: fault for row, fault in sorted(faults.items()) if none_left or fault.kind in failing
    }
    if wrong:
        counts = Counter(fault.kind for fault in wrong.values())
        kinds = some(f"{count} {kind}" for kind, count in counts.items())
        raise ValueError(
            f"{root}: of {len(files)} images {kinds}: {some(_named(files, wrong))}. Repair or "
            "remove them, or say in the data set's source what to do with such files (unreadable: "
            "drop; duplicates: keep, or drop, which keeps the first of a class, and none where "
            "classes differ)"
        )


def _named(files: Sequence[File], faults: Mapping[int, Fault]) -> Iterator[str]:
    """Each file and what is wrong with it; files of several classes with the same pixels once."""
    conflicts = set()
    for row, fault in faults.items():
        if fault.kind != CONFLICT:
            yield f"{files[row].path} ({fault.reason})"
        elif fault.reason not in conflicts:
            conflicts.add(fault.reason)
            yield fault.reason


# The files' contents


def _decoded(
    root: Path, files: Sequence[File], wanted: imagefiles.Wanted
) -> tuple[np.ndarray, dict[int, Fault], list[LeftOut]]:
    """Images (n, H, W, C) uint8, one row per file; the faults of the files that could not be read,
    whose rows are 0; and which parts of the others were left out.
    """
    reader = _Reader(root, files)
    reader.add(range(len(files)), wanted)
    if reader.deep:
        largest = max(reader.deep.values())
        depth = imagefiles.depth_of(largest)
        print(
            f"{len(reader.deep)} images of grey have more than 8 bits a pixel; their largest value "
            f"is {largest}, so {depth} bits are taken: {2**depth - 1} becomes 255",
            flush=True,
        )
        reader.add(sorted(reader.deep), wanted._replace(depth=depth))
    if reader.cut and max(reader.cut.values()) < DARK:
        raise ValueError(
            f"{root}: {len(reader.cut)} images have colors with 16 bits, of which the upper 8 are "
            f"read, and the brightest reads {max(reader.cut.values())} of 255: they seem to hold "
            f"fewer bits ({some(files[row].path for row in reader.cut)}). Save them with 8 bits"
        )
    notes = [LeftOut(FRAMES, files[row].path) for row in reader.frames]
    notes += [LeftOut(BITS, files[row].path) for row in reader.cut]
    return reader.images, reader.faults, notes


class _Reader:
    """Reads files into one array, and notes what messages need to say about them, by row.

    faults: why a file could not be read. deep: the largest value of an image of grey with more than
    8 bits. cut: the largest pixel read of an image whose colors have 16 bits. frames: the rows of
    files with further frames.
    """

    def __init__(self, root: Path, files: Sequence[File]) -> None:
        self.root, self.files = root, files
        self.images = np.empty((0, 0, 0, 0), np.uint8)
        self.first: File | None = None  # whose size the others must have
        self.faults: dict[int, Fault] = {}
        self.deep: dict[int, int] = {}
        self.cut: dict[int, int] = {}
        self.frames: list[int] = []

    def add(self, rows: Sequence[int], wanted: imagefiles.Wanted) -> None:
        """Read these files; a deep image's pixels only if wanted.depth says how."""
        said = time.monotonic()
        for place, row in enumerate(rows, 1):
            try:
                seen = imagefiles.read(self.root / self.files[row].path, wanted)
            except MemoryError:
                raise
            except Exception as error:  # on damaged files PIL raises whatever its decoders meet
                self.faults[row] = _fault(self.root / self.files[row].path, error)
                continue
            if seen.largest is not None and seen.pixels is None:
                self.deep[row] = seen.largest
                continue
            self._put(row, seen)
            if time.monotonic() - said > REPORT_EVERY:
                said = time.monotonic()
                print(f"read {place} of {len(rows)} images", flush=True)

    def _put(self, row: int, seen: imagefiles.Seen) -> None:
        pixels, file = seen.pixels, self.files[row]
        assert pixels is not None
        if self.first is None:
            self.images = np.zeros((len(self.files), *pixels.shape), np.uint8)
            self.first = file
        if pixels.shape != self.images.shape[1:]:
            one, two = (
                f"{height}x{width}" for height, width, _ in (self.images.shape[1:], pixels.shape)
            )
            raise ValueError(
                f"{self.root}: {self.first.path} has {one} pixels (height x width), {file.path} "
                f"has {two}: give the data set's source a size, to which all images are resized"
            )
        self.images[row] = pixels
        if seen.frames:
            self.frames.append(row)
        if seen.cut:
            self.cut[row] = int(pixels.max())


def _fault(path: Path, error: Exception) -> Fault:
    if isinstance(error, imagefiles.TooLargeError):
        return Fault(TOO_LARGE, str(error))
    if isinstance(error, imagefiles.NoImageError) and error.kind:
        return Fault(leftout.not_read(error.kind), str(error))
    if isinstance(error, imagefiles.NoImageError) and not filekinds.is_image(path.name):
        return Fault(NO_IMAGE, str(error))
    if path.exists() and path.stat().st_size == 0:
        return Fault(EMPTY, "0 bytes")
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
        names = " = ".join(files[row].path for row in members)
        repeats |= dict.fromkeys(members, Fault(CONFLICT, names))
    return repeats


def _assembled(
    root: Path,
    images: np.ndarray,
    class_names: Sequence[str],
    files: Sequence[File],
    train: int,
    faults: Mapping[int, Fault],
    left_out: Sequence[LeftOut],
) -> tuple[Data, Provenance]:
    """The data set of the images without a fault, of which the first `train` files are for
    training.
    """
    kept = [row for row in range(len(files)) if row not in faults]
    for new, old in enumerate(kept):  # in place: a second copy may not fit into memory
        images[new] = images[old]
    labels, count = np.array([files[row].label for row in kept]), sum(row < train for row in kept)
    parts = images[:count], labels[:count], images[count : len(kept)], labels[count:]
    data = checked(*parts, class_names, statistics=_statistics(parts[0]), name=str(root))
    paths = [files[row].path for row in kept]
    data = data._replace(files=np.array(paths[:count], dtype=np.str_))
    return data, provenance.of_files(paths[count:], left_out)


def _statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel, of pixels in 0..1. Counting the 256 levels needs
    little memory.
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
