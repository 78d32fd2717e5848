"""Data sets: fixed arrays of inputs (images, or rows of a table) and labels; training sets; the
public data sets, converted once from files whose checksum is right.
"""

import contextlib
import fcntl
import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hardness.core import artifacts

PUBLIC = ("mnist", "kmnist", "fashionmnist", "cifar10", "cifar100")  # read from data_dir

# Published per-channel statistics; every other data set gets those of its own training images.
NORMALIZATION = {
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "cifar100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
}


# Training and test inputs, each with its labels; the names of the classes.
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Sequence[str]]


class Data(NamedTuple):
    """Inputs, labels (n,) int64 in 0..k-1, and class names (k,).

    The inputs are images (n, H, W, C) uint8 or rows (n, d) float32. mean, std: float32, with which
    training normalizes the inputs. Images: (C,), per channel, of pixels in 0..1. Rows: (d,), 0 and
    1, because rows are standardized when they are read.

    The other fields are empty where they do not apply. files: (n,) text, where each training sample
    comes from: a file, or a place in one. rows: (n,) int64, the training samples' rows in the data
    set that this one is made from. true_labels: (n,) int64, the training labels before some were
    flipped. sub_labels, test_sub_labels: (n,) int64, the sub-classes of training and test samples,
    where classes are made of sub-classes; sub_names: the sub-classes' names.
    """

    train_inputs: np.ndarray
    train_labels: np.ndarray
    test_inputs: np.ndarray
    test_labels: np.ndarray
    class_names: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    files: np.ndarray = np.empty(0, dtype=np.str_)
    rows: np.ndarray = np.empty(0, dtype=np.int64)
    true_labels: np.ndarray = np.empty(0, dtype=np.int64)
    sub_labels: np.ndarray = np.empty(0, dtype=np.int64)
    test_sub_labels: np.ndarray = np.empty(0, dtype=np.int64)
    sub_names: np.ndarray = np.empty(0, dtype=np.str_)

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

    source: (D, n) int32, the row in the data set, -1 if synthetic; labels: (n,) int64 where they
    are the same in all draws, else (D, n); synthetic: the inputs of the s synthetic rows, in row
    order, images (D, s, H, W, C) uint8 or rows (D, s, d) float32. statistics: (D, 2, d), each
    draw's own mean and standard deviation, where its inputs are normalized by them; else (0, 2, 0).
    """

    source: np.ndarray
    labels: np.ndarray
    synthetic: np.ndarray
    statistics: np.ndarray = np.empty((0, 2, 0))

    def labels_of(self, draw: int) -> np.ndarray:
        """The labels (n,) of one draw."""
        return self.labels if self.labels.ndim == 1 else self.labels[draw]


def full(labels: np.ndarray, shape: Sequence[int]) -> TrainingSet:
    """The data set as it is, in its own order. labels: (n,); shape: of one input."""
    return TrainingSet(
        source=np.arange(len(labels), dtype=np.int32)[None],
        labels=np.asarray(labels, dtype=np.int64),
        synthetic=none_synthetic(1, shape),
    )


def none_synthetic(draws: int, shape: Sequence[int]) -> np.ndarray:
    """The synthetic inputs of a set without any: (draws, 0, *shape).

    shape: of one input, (H, W, C) of an image, (d,) of a row.
    """
    return np.empty((draws, 0, *shape), dtype=np.uint8 if len(shape) == 3 else np.float32)


def load_set(path: Path | str) -> TrainingSet:
    """Read sets/{set}.npz. Raises as artifacts.load_npz; DamagedError too if a draw's rows, labels
    and synthetic inputs do not fit together.
    """
    read = TrainingSet(**artifacts.load_npz(path, *TrainingSet._fields))
    synthetic = (read.source < 0).sum(axis=1)
    fitting = read.labels.shape in (read.source.shape, read.source.shape[1:])
    if not fitting or (synthetic != read.synthetic.shape[1]).any():
        raise artifacts.DamagedError(
            f"{path}: {read.source.shape[1]} rows, {read.labels.shape[-1]} labels, and for "
            f"{synthetic.tolist()} synthetic rows {read.synthetic.shape[1]} inputs per draw; "
            "expected one label per row, and one input per synthetic row"
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
    """Download a public data set's files that `data_dir` lacks, and verify all of its files.

    Raises OSError or ValueError naming the file that is missing, damaged or foreign.
    """
    for path, md5 in _files_of(kind, data_dir):
        _verify(path, md5)


def checked(
    train_inputs: np.ndarray,
    train_labels: np.ndarray,
    test_inputs: np.ndarray,
    test_labels: np.ndarray,
    class_names: Sequence[str] | np.ndarray,
    statistics: tuple | None = None,
    name: str = "data set",
) -> Data:
    """Check the arrays of a data set, and add its statistics mean and std.

    statistics: (mean, std); None for those of the training images, or 0 and 1 for rows.
    Raises ValueError for inputs that are neither uint8 NHWC nor float32 rows of finite values,
    training and test inputs that differ in shape, labels out of range, a class without training or
    test samples.
    """
    for part, inputs, labels in (
        ("train", train_inputs, train_labels),
        ("test", test_inputs, test_labels),
    ):
        _check_inputs(inputs, labels, f"{name}, {part}")
        _check_labels(labels, class_names, f"{name}, {part}")
    if train_inputs.shape[1:] != test_inputs.shape[1:]:
        raise ValueError(
            f"{name}: a training input has the shape {train_inputs.shape[1:]}, a test input "
            f"{test_inputs.shape[1:]}; expected the same"
        )
    if statistics is None:
        statistics = _statistics(train_inputs)
    return Data(
        np.ascontiguousarray(train_inputs),
        train_labels.astype(np.int64),
        np.ascontiguousarray(test_inputs),
        test_labels.astype(np.int64),
        np.asarray(class_names, dtype=np.str_),
        *(np.asarray(values, dtype=np.float32) for values in statistics),
    )


def _check_inputs(inputs: np.ndarray, labels: np.ndarray, where: str) -> None:
    kinds = {4: np.dtype(np.uint8), 2: np.dtype(np.float32)}
    if kinds.get(inputs.ndim) != inputs.dtype or len(inputs) != len(labels):
        raise ValueError(
            f"{where}: inputs are {inputs.dtype} {inputs.shape} with {len(labels)} labels; "
            "expected images, uint8 (n, height, width, channels), or rows, float32 (n, columns), "
            "and a label each"
        )
    if inputs.dtype == np.float32 and not np.isfinite(inputs).all():
        row, column = np.argwhere(~np.isfinite(inputs))[0]
        raise ValueError(
            f"{where}: row {row} has {inputs[row, column]} in column {column}; expected a finite "
            "number: repair the value, or remove the row"
        )


def _check_labels(labels: np.ndarray, class_names: Sequence[str] | np.ndarray, where: str) -> None:
    classes = len(class_names)
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"{where}: labels are {labels.dtype}; expected whole numbers 0..{classes - 1}"
        )
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(outside):
        raise ValueError(
            f"{where}: label {labels[outside[0]]} of sample {outside[0]} is out of range "
            f"0..{classes - 1}"
        )
    empty = np.flatnonzero(np.bincount(labels, minlength=classes) == 0)
    if len(empty):
        raise ValueError(
            f"{where}: class {empty[0]} ({class_names[empty[0]]}) has no sample; every class needs "
            "training and test samples: remove the class or add samples"
        )


def _statistics(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation per channel of images; 0 and 1 for rows."""
    if inputs.ndim == 2:
        return np.zeros(inputs.shape[1]), np.ones(inputs.shape[1])
    pixels = inputs.reshape(-1, inputs.shape[-1]) / np.float32(255)
    return (
        pixels.mean(axis=0, dtype=np.float64),
        np.maximum(pixels.std(axis=0, dtype=np.float64), 1e-6),
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
    """Hold the folder's lock while files are downloaded into it: several data sets may need the
    same ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download(urls: list[str], path: Path, md5: str) -> None:
    """Download to a temporary name, verify, rename: an interrupted download never looks like the
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


def _mnist_source(kind: str) -> Any:
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


def _mnist_like(kind: str, data_dir: Path) -> Arrays:
    arrays = [_idx(gzip.decompress(_verify(path, md5))) for path, md5 in _files_of(kind, data_dir)]
    names = [name.split(" - ")[0] for name in _mnist_source(kind).classes]
    return arrays[0][..., None], arrays[1], arrays[2][..., None], arrays[3], names


def _idx(content: bytes) -> np.ndarray:
    """An IDX file: two zero bytes, the type (8: uint8), the number of axes, their lengths as
    big-endian int32, the values.
    """
    shape = np.frombuffer(content, dtype=">i4", count=content[3], offset=4)
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def _cifar_source(kind: str) -> Any:
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


def _cifar(kind: str, data_dir: Path) -> Arrays:
    fetch(kind, data_dir)  # verified before torchvision unpickles them
    source = _cifar_source(kind)
    train, test = (source(data_dir, train=part) for part in (True, False))
    return train.data, np.array(train.targets), test.data, np.array(test.targets), train.classes
