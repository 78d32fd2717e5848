"""Data sets: fixed arrays of images and labels, converted once from files whose checksum is
right.
"""

import contextlib
import fcntl
import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.core import artifacts

PUBLIC = ("mnist", "kmnist", "fashionmnist", "cifar10", "cifar100")  # read from data_dir

# Published per-channel statistics; every other data set gets those of its own training images.
NORMALIZATION = {
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "cifar100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
}


class Data(NamedTuple):
    """Images (n, H, W, C) uint8, labels (n,) int64 in 0..k-1, class names (k,), and the mean and
    standard deviation per channel (C,) float32, of pixels in 0..1, that normalize the images in
    training.

    Of the training samples, where there are any, else empty: their files (n,); in a data set made
    from another one their rows there (n,) int64; in one with flipped labels those before the flips,
    true_labels (n,) int64.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    class_names: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    files: np.ndarray = np.empty(0, dtype=np.str_)
    rows: np.ndarray = np.empty(0, dtype=np.int64)
    true_labels: np.ndarray = np.empty(0, dtype=np.int64)

    @property
    def classes(self) -> int:
        return len(self.class_names)


def load(path: Path | str) -> Data:
    """Read data.npz. Raises as artifacts.load_npz."""
    return Data(**artifacts.load_npz(path, *Data._fields))


def save(path: Path | str, data: Data) -> None:
    artifacts.save_npz(path, **data._asdict())


class TrainingSet(NamedTuple):
    """D draws of a training set; member m trains on draw m mod D.

    source: (D, n) int32, the row in the data set, -1 if synthetic; labels: (n,) int64, the same in
    all draws;
    images: (D, s, H, W, C) uint8, those of the s synthetic rows, in row order.
    """

    source: np.ndarray
    labels: np.ndarray
    images: np.ndarray


def full(labels: np.ndarray, shape: Sequence[int]) -> TrainingSet:
    """The data set as it is, in its own order. labels: (n,); shape: of one image, (H, W, C)."""
    return TrainingSet(
        source=np.arange(len(labels), dtype=np.int32)[None],
        labels=np.asarray(labels, dtype=np.int64),
        images=np.empty((1, 0, *shape), dtype=np.uint8),
    )


def load_set(path: Path | str) -> TrainingSet:
    """Read sets/{set}.npz. Raises as artifacts.load_npz; Damaged too if a draw's rows, labels and
    images do not fit.
    """
    read = TrainingSet(**artifacts.load_npz(path, *TrainingSet._fields))
    synthetic = (read.source < 0).sum(axis=1)
    if read.source.shape[1:] != read.labels.shape or (synthetic != read.images.shape[1]).any():
        raise artifacts.Damaged(
            f"{path}: {read.source.shape[1]} rows, {len(read.labels)} labels, and for "
            f"{synthetic.tolist()} synthetic rows {read.images.shape[1]} images a draw; expected "
            "a label a row, and an image a synthetic row"
        )
    return read


def save_set(path: Path | str, training_set: TrainingSet) -> None:
    artifacts.save_npz(path, **training_set._asdict())


def read(source: dict, data_dir: Path) -> Data:
    """Read one of the data sets that are not made from others.

    source: the config's `source`, `kind` and that kind's own keys. data_dir: where files lie or are
    downloaded to.
    Raises OSError or ValueError naming the file that is missing, damaged or foreign.
    """
    kind, options = source["kind"], {key: value for key, value in source.items() if key != "kind"}
    if kind == "digits":
        return _digits(**options)
    arrays = _cifar(kind, data_dir) if kind.startswith("cifar") else _mnist_like(kind, data_dir)
    return checked(*arrays, statistics=NORMALIZATION.get(kind), name=kind)


def fetch(kind: str, data_dir: Path) -> None:
    """Download what of a public data set's files is not in `data_dir`, and verify all of them.

    Raises OSError or ValueError naming the file that is missing, damaged or foreign.
    """
    for path, md5 in _files_of(kind, data_dir):
        _verify(path, md5)


def checked(
    train_images,
    train_labels,
    test_images,
    test_labels,
    class_names,
    statistics=None,
    name="data set",
) -> Data:
    """Check the arrays of a data set and complete them by the per-channel statistics.

    Raises ValueError for images that are not uint8 NHWC, labels out of range, a class without
    training or test samples.
    """
    classes = len(class_names)
    for part, images, labels in (
        ("train", train_images, train_labels),
        ("test", test_images, test_labels),
    ):
        if images.dtype != np.uint8 or images.ndim != 4 or len(images) != len(labels):
            raise ValueError(
                f"{name}, {part}: images are {images.dtype} {images.shape} with {len(labels)} "
                "labels; expected uint8 (n, height, width, channels) and a label each"
            )
        if not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(
                f"{name}, {part}: labels are {labels.dtype}; "
                f"expected whole numbers 0..{classes - 1}"
            )
        outside = np.flatnonzero((labels < 0) | (labels >= classes))
        if len(outside):
            raise ValueError(
                f"{name}, {part}: label {labels[outside[0]]} of sample {outside[0]} is out of "
                f"range 0..{classes - 1}"
            )
        empty = np.flatnonzero(np.bincount(labels, minlength=classes) == 0)
        if len(empty):
            raise ValueError(
                f"{name}, {part}: class {empty[0]} ({class_names[empty[0]]}) has no sample; every "
                "class needs training and test samples: remove the class or add samples"
            )
    if statistics is None:
        pixels = train_images.reshape(-1, train_images.shape[-1]) / np.float32(255)
        statistics = (
            pixels.mean(axis=0, dtype=np.float64),
            np.maximum(pixels.std(axis=0, dtype=np.float64), 1e-6),
        )
    return Data(
        np.ascontiguousarray(train_images),
        train_labels.astype(np.int64),
        np.ascontiguousarray(test_images),
        test_labels.astype(np.int64),
        np.asarray(class_names, dtype=np.str_),
        *(np.asarray(values, dtype=np.float32) for values in statistics),
    )


def _digits(test_share: float, split_seed: int) -> Data:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = np.round(digits.images[..., None] * (255 / 16)).astype(np.uint8)  # 0..16 in the source
    train, test = train_test_split(
        np.arange(len(images)),
        test_size=test_share,
        stratify=digits.target,
        random_state=split_seed,
    )
    return checked(
        images[train],
        digits.target[train],
        images[test],
        digits.target[test],
        [str(name) for name in digits.target_names],
        name="digits",
    )


def _verify(path: Path, md5: str) -> bytes:
    """The file's bytes, if they are the published ones."""
    content = path.read_bytes()
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise ValueError(
            f"{path}: md5 {found}, expected {md5}: the file is damaged, incomplete or another one; "
            "it was not read. Delete it (it will be downloaded again) or put the right one there"
        )
    return content


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process brings files into the folder: several data sets may be made of
    the same ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download(urls: list[str], path: Path, md5: str) -> None:
    """Download to a temporary name, verify, rename: an interrupted download is never taken for the
    file.
    """
    from torchvision.datasets.utils import download_url

    failures = []
    part = path.with_name(f".{path.name}.part")
    for url in urls:
        print(f"downloading {url}", flush=True)
        try:
            download_url(url, str(part.parent), part.name, md5)
            return os.replace(part, path)
        except (OSError, RuntimeError) as error:
            failures.append(f"{url}: {error}")
        finally:
            part.unlink(missing_ok=True)
    raise OSError(
        f"{path} is not there and could not be downloaded ({'; '.join(failures)}); "
        f"put the file there yourself (md5 {md5}), or set data_dir in the config to the folder "
        "that has it"
    )


def _files_of(kind: str, data_dir: Path) -> list[tuple[Path, str]]:
    """A public data set's files with their md5; those that are not there are downloaded."""
    return (_cifar_files if kind.startswith("cifar") else _mnist_files)(kind, data_dir)


def _mnist_source(kind: str):
    from torchvision import datasets

    return {
        "mnist": datasets.MNIST,
        "kmnist": datasets.KMNIST,
        "fashionmnist": datasets.FashionMNIST,
    }[kind]


def _mnist_files(kind: str, data_dir: Path) -> list[tuple[Path, str]]:
    """Train images, train labels, test images, test labels."""
    source = _mnist_source(kind)
    folder = data_dir / source.__name__ / "raw"
    for file, md5 in source.resources:
        if not (folder / file).exists():
            with _alone(folder):
                if not (folder / file).exists():
                    _download([mirror + file for mirror in source.mirrors], folder / file, md5)
    return [(folder / file, md5) for file, md5 in source.resources]


def _mnist_like(kind: str, data_dir: Path):
    arrays = [_idx(gzip.decompress(_verify(path, md5))) for path, md5 in _files_of(kind, data_dir)]
    names = [name.split(" - ")[0] for name in _mnist_source(kind).classes]
    return arrays[0][..., None], arrays[1], arrays[2][..., None], arrays[3], names


def _idx(content: bytes) -> np.ndarray:
    """An IDX file: two zero bytes, the type (8: uint8), the number of axes, their lengths as
    big-endian int32, the values.
    """
    shape = np.frombuffer(content, dtype=">i4", count=content[3], offset=4)
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def _cifar_source(kind: str):
    from torchvision import datasets

    return {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[kind]


def _cifar_files(kind: str, data_dir: Path) -> list[tuple[Path, str]]:
    from torchvision.datasets.utils import extract_archive

    source = _cifar_source(kind)
    folder = data_dir / source.base_folder
    files = [*source.train_list, *source.test_list, (source.meta["filename"], source.meta["md5"])]
    if not all((folder / file).exists() for file, _ in files):
        with _alone(data_dir):
            archive, part = data_dir / source.filename, data_dir / f".{source.filename}.part"
            if not archive.exists():
                _download([source.url], archive, source.tgz_md5)
            _verify(archive, source.tgz_md5)
            extract_archive(str(archive), str(part))
            folder.mkdir(exist_ok=True)
            for file, _ in files:  # each is there whole, or not at all
                os.replace(part / source.base_folder / file, folder / file)
            shutil.rmtree(part)
    return [(folder / file, md5) for file, md5 in files]


def _cifar(kind: str, data_dir: Path):
    fetch(kind, data_dir)  # verified before torchvision unpickles them
    source = _cifar_source(kind)
    train, test = (source(data_dir, train=part) for part in (True, False))
    return train.data, np.array(train.targets), test.data, np.array(test.targets), train.classes
