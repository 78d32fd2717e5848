"""Data sets: checked before they are parsed, the published ones with their known contents, and
stratified subsets.

The published files are read from the folder that HARDNESS_DATA names; without it their tests are
skipped.
"""

import gzip
import hashlib
import io
import os
import pickle
import shutil
import tarfile
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets
from sklearn.datasets import load_digits

from hardness.core import artifacts
from hardness.data import datasets, derived
from hardness.sets.composition import sizes_table
from hardness.sets.spec import FULL, Resampled

PUBLISHED = {
    "mnist": "MNIST/raw/train-images-idx3-ubyte.gz",
    "fashionmnist": "FashionMNIST/raw/train-images-idx3-ubyte.gz",
    "cifar10": "cifar-10-batches-py/data_batch_1",
    "cifar100": "cifar-100-python/train",
}

CIFAR = {"cifar10": "batches.meta", "cifar100": "meta"}


def files_in(folder):
    """All files below, except the locks."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")
                  if path.is_file() and path.name != ".lock")  # fmt: skip


@pytest.fixture(scope="session")
def published():
    """Read a published data set, once."""
    read = {}

    def of(kind):
        folder = os.environ.get("HARDNESS_DATA")
        if not folder:
            pytest.skip("HARDNESS_DATA is not set to the folder with the public data sets' files")
        if not (Path(folder) / PUBLISHED[kind]).exists():
            pytest.skip(f"{kind} is not in HARDNESS_DATA: no {PUBLISHED[kind]}")
        if kind not in read:
            read[kind] = datasets.read({"kind": kind}, Path(folder)), Path(folder)
        return read[kind]

    return of


@pytest.fixture
def offline(monkeypatch):
    """No network: every download fails. Returns the addresses that were tried."""
    tried = []

    def download_url(url, root, filename=None, md5=None, *rest, **more):
        tried.append(url)
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("torchvision.datasets.utils.download_url", download_url)
    return tried


# The published data sets

MNIST_TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
CLOTHES = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Ankle_boot"
ANIMALS = "airplane automobile bird cat deer dog frog horse ship truck"
# kind: image, samples a class in training and test, first labels of both, first class names, mean
# and deviation
KNOWN = {
    "mnist": ((28, 28, 1), MNIST_TRAIN, MNIST_TEST, [5, 0, 4, 1, 9, 2], [7, 2, 1, 0, 4, 1],
              list("0123456789"), [0.1307], [0.3081]),
    "fashionmnist": ((28, 28, 1), [6000] * 10, [1000] * 10, [9, 0, 0, 3, 0], [9, 2, 1, 1, 6],
                     [name.replace("_", " ") for name in CLOTHES.split()], [0.2860], [0.3530]),
    "cifar10": ((32, 32, 3), [5000] * 10, [1000] * 10, [6, 9, 9, 4, 1], [3, 8, 8, 0, 6],
                ANIMALS.split(), [0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
    "cifar100": ((32, 32, 3), [500] * 100, [100] * 100, [19, 29, 0, 11, 1], [49, 33, 72, 51, 71],
                 ["apple", "aquarium_fish", "baby", "bear"], [0.5071, 0.4867, 0.4408],
                 [0.2675, 0.2565, 0.2761]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KNOWN)
def test_a_published_data_set_is_as_everybody_knows_it(published, kind):
    data, _ = published(kind)
    image, train, test, first_train, first_test, names, mean, std = KNOWN[kind]
    for images, labels, counts, first in (
        (data.train_inputs, data.train_labels, train, first_train),
        (data.test_inputs, data.test_labels, test, first_test),
    ):
        assert images.shape == (sum(counts), *image) and images.dtype == np.uint8
        assert labels.shape == (sum(counts),) and labels.dtype == np.int64
        assert np.unique(labels, return_counts=True)[1].tolist() == counts
        assert labels[: len(first)].tolist() == first
    assert data.class_names[: len(names)].tolist() == names and data.classes == len(train)
    np.testing.assert_allclose(data.mean, mean, atol=1e-4)
    np.testing.assert_allclose(data.std, std, atol=1e-4)


@pytest.mark.parametrize("kind", ["mnist", "fashionmnist"])
@pytest.mark.parametrize("train", [True, False], ids=["train", "test"])
def test_every_pixel_is_torchvisions(published, tmp_path, kind, train):
    data, folder = published(kind)
    raw = tmp_path / Path(PUBLISHED[kind]).parent  # torchvision reads the unpacked files only
    raw.mkdir(parents=True)
    for packed in (folder / PUBLISHED[kind]).parent.glob("train-*.gz" if train else "t10k-*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    source = torchvision.datasets.MNIST if kind == "mnist" else torchvision.datasets.FashionMNIST
    for file, _ in source.resources:  # it wants all four to be there
        (raw / Path(file).stem).touch()
    theirs = source(tmp_path, train=train)
    images, labels = (
        (data.train_inputs, data.train_labels) if train else (data.test_inputs, data.test_labels)
    )
    np.testing.assert_array_equal(images[..., 0], theirs.data.numpy())
    np.testing.assert_array_equal(labels, theirs.targets.numpy())
    assert [name.split(" - ")[0] for name in theirs.classes] == data.class_names.tolist()


@pytest.mark.parametrize(
    ("kind", "files", "labels", "names"),
    [("cifar10", [f"data_batch_{i}" for i in range(1, 6)], b"labels", b"label_names"),
     ("cifar100", ["train"], b"fine_labels", b"fine_label_names")],
)  # fmt: skip
def test_every_pixel_is_that_of_the_files_by_their_description(
    published, kind, files, labels, names
):
    """1,024 bytes of red, then green, then blue, row by row: decoded here, as the data set's page
    says.
    """
    data, folder = published(kind)
    folder = (folder / PUBLISHED[kind]).parent

    def read(name):
        return pickle.loads((folder / name).read_bytes(), encoding="bytes")

    train, (test,) = (
        [read(name) for name in part]
        for part in (files, ["test_batch" if kind == "cifar10" else "test"])
    )
    planes = np.concatenate([part[b"data"] for part in train]).reshape(50_000, 3, 32, 32)
    for channel in range(3):
        np.testing.assert_array_equal(data.train_inputs[..., channel], planes[:, channel])
    assert data.train_labels.tolist() == [label for part in train for label in part[labels]]
    np.testing.assert_array_equal(
        data.test_inputs[:, 5, 7, 2], test[b"data"][:, 2 * 1024 + 5 * 32 + 7]
    )
    assert data.test_labels.tolist() == test[labels]
    assert data.class_names.tolist() == [name.decode() for name in read(CIFAR[kind])[names]]


def test_two_images_of_cifar100_are_identical_and_their_labels_are_not(published):
    data, _ = published("cifar100")
    np.testing.assert_array_equal(data.train_inputs[46752], data.train_inputs[18461])
    assert data.train_labels[46752] != data.train_labels[18461]


# Files that are damaged, foreign or missing


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def cifar_of_bombs(kind, folder):
    """All of CIFAR's files, each a bomb."""
    source = {"cifar10": torchvision.datasets.CIFAR10, "cifar100": torchvision.datasets.CIFAR100}[
        kind
    ]
    names = [name for name, _ in (*source.train_list, *source.test_list)] + [CIFAR[kind]]
    (folder / source.base_folder).mkdir()
    for name in names:
        (folder / source.base_folder / name).write_bytes(pickle.dumps(Bomb(folder / "exploded")))
    return source


@pytest.mark.parametrize("kind", CIFAR)
def test_a_file_with_a_wrong_md5_is_named_with_both_and_not_parsed(tmp_path, offline, kind):
    source = cifar_of_bombs(kind, tmp_path)
    name, expected = source.train_list[0]
    path = tmp_path / source.base_folder / name
    with pytest.raises(ValueError) as error:
        datasets.read({"kind": kind}, tmp_path)
    found = hashlib.md5(path.read_bytes()).hexdigest()
    assert all(part in str(error.value) for part in (str(path), found, expected))
    assert not (tmp_path / "exploded").exists() and not offline
    pickle.loads(path.read_bytes())  # it is a bomb
    assert (tmp_path / "exploded").exists()


@pytest.mark.parametrize("kind", CIFAR)
def test_no_file_is_parsed_before_the_last_is_verified(published, tmp_path, monkeypatch, kind):
    _, folder = published(kind)
    source = torchvision.datasets.CIFAR10 if kind == "cifar10" else torchvision.datasets.CIFAR100
    (tmp_path / source.base_folder).mkdir()
    for path in (folder / source.base_folder).iterdir():
        (tmp_path / source.base_folder / path.name).symlink_to(path)
    meta = tmp_path / source.base_folder / CIFAR[kind]
    meta.unlink()
    meta.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    monkeypatch.setattr(pickle, "load", lambda *_, **__: pytest.fail("a file was parsed"))
    with pytest.raises(ValueError, match=CIFAR[kind]):
        datasets.read({"kind": kind}, tmp_path)
    assert not (tmp_path / "exploded").exists()


def test_an_archive_with_a_wrong_md5_is_not_unpacked(tmp_path, offline):
    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"foreign")
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "cifar-10-batches-py")
    shutil.rmtree(tmp_path / "cifar-10-batches-py")
    with pytest.raises(
        ValueError, match=r"cifar-10-python\.tar\.gz: md5 .*c58f30108f718f92721af3b95e74349a"
    ):
        datasets.read({"kind": "cifar10"}, tmp_path)
    assert files_in(tmp_path) == ["cifar-10-python.tar.gz"]


@pytest.mark.parametrize(
    ("kind", "file"),
    [("kmnist", "KMNIST/raw/train-images-idx3-ubyte.gz"),
        ("mnist", "MNIST/raw/train-images-idx3-ubyte.gz"),
     ("cifar100", "cifar-100-python.tar.gz")],
)  # fmt: skip
def test_without_a_network_the_error_says_which_file_to_put_where(tmp_path, offline, kind, file):
    with pytest.raises(OSError) as error:
        datasets.read({"kind": kind}, tmp_path / "data")
    said = str(error.value)
    assert str(tmp_path / "data" / file) in said and "put the file there yourself (md5 " in said
    assert "no network" in said and "data_dir" in said
    assert offline and all(url in said for url in offline)
    assert files_in(tmp_path / "data") == []


def idx(array):
    """A gzipped IDX file, by its description: 0, 0, 8 for uint8, the axes, big-endian lengths,
    values.
    """
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes())


@pytest.fixture
def toy_mnist(monkeypatch):
    """MNIST's four files with two images a class, as if they were the published ones."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10, dtype=np.uint8), 2)
    images = rng.integers(0, 256, (20, 4, 3), dtype=np.uint8)
    contents = [images, labels, images[::-1].copy(), labels[::-1].copy()]
    names = [file for file, _ in torchvision.datasets.MNIST.resources]
    files = dict(zip(names, map(idx, contents), strict=True))
    md5s = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(torchvision.datasets.MNIST, "resources", list(md5s.items()))
    return files, contents


def test_what_is_missing_is_downloaded_once_and_read(tmp_path, monkeypatch, toy_mnist):
    files, contents = toy_mnist
    asked = []

    def download_url(url, root, filename=None, md5=None, *rest, **more):
        name = url.rpartition("/")[2]
        asked.append(name)
        if len(asked) == 1:
            raise urllib.error.URLError("the first mirror is down")
        Path(root, filename).write_bytes(files[name])

    monkeypatch.setattr("torchvision.datasets.utils.download_url", download_url)
    for _ in range(2):
        data = datasets.read({"kind": "mnist"}, tmp_path)
        assert asked == [next(iter(files)), *files]
    assert files_in(tmp_path / "MNIST" / "raw") == sorted(files)
    np.testing.assert_array_equal(data.train_inputs[..., 0], contents[0])
    np.testing.assert_array_equal(data.test_labels, contents[3])
    np.testing.assert_allclose(data.mean, [contents[0].mean() / 255], rtol=1e-5)
    np.testing.assert_allclose(data.std, [contents[0].std() / 255], rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "source"), [("kmnist", "KMNIST"), ("fashionmnist", "FashionMNIST")]
)
def test_its_likes_are_read_as_mnist_is_with_names_of_their_own(
    kind, source, tmp_path, monkeypatch, toy_mnist, offline
):
    """MNIST's toy files replace KMNIST's, which are not on every machine."""
    files, contents = toy_mnist
    published = getattr(torchvision.datasets, source)
    monkeypatch.setattr(published, "resources", torchvision.datasets.MNIST.resources)
    folder = tmp_path / source / "raw"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    data = datasets.read({"kind": kind}, tmp_path)
    np.testing.assert_array_equal(data.train_inputs[..., 0], contents[0])
    np.testing.assert_array_equal(data.train_labels, contents[1])
    assert data.class_names.tolist() == published.classes and not offline


def toy_archive(monkeypatch):
    """The archive of a CIFAR-10 of five images, as if it were the published one."""
    source, rng = torchvision.datasets.CIFAR10, np.random.default_rng(0)
    names = {"label_names": ["a", "b", "c"]}
    batch = {"data": rng.integers(0, 256, (5, 3072), dtype=np.uint8), "labels": [0, 1, 2, 0, 1]}
    contents = {"data_batch_1": batch, "test_batch": batch, "batches.meta": names}
    files, made = {name: pickle.dumps(content) for name, content in contents.items()}, io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(f"{source.base_folder}/{name}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(source, "train_list", [["data_batch_1", md5["data_batch_1"]]])
    monkeypatch.setattr(source, "test_list", [["test_batch", md5["test_batch"]]])
    monkeypatch.setattr(source, "meta", source.meta | {"md5": md5["batches.meta"]})
    monkeypatch.setattr(source, "tgz_md5", hashlib.md5(made.getvalue()).hexdigest())
    return made.getvalue(), batch["data"].reshape(5, 3, 32, 32).transpose(0, 2, 3, 1)


def test_several_jobs_that_miss_the_same_files_download_them_once(tmp_path, monkeypatch, toy_mnist):
    asked, (archive, images) = [], toy_archive(monkeypatch)

    def download_url(url, root, filename=None, md5=None, *rest, **more):
        name = url.rpartition("/")[2]
        asked.append(name)
        content, path = toy_mnist[0].get(name, archive), Path(root, filename)
        path.write_bytes(content[:10])
        time.sleep(0.05)
        path.write_bytes(content)

    monkeypatch.setattr("torchvision.datasets.utils.download_url", download_url)
    kinds = ["mnist", "cifar10"] * 4
    with ThreadPoolExecutor(len(kinds)) as pool:
        made = list(pool.map(lambda kind: datasets.read({"kind": kind}, tmp_path), kinds))
    assert sorted(asked) == sorted([*toy_mnist[0], torchvision.datasets.CIFAR10.filename])
    for data in made[1::2]:
        np.testing.assert_array_equal(data.train_inputs, images)
    folder, names = (
        torchvision.datasets.CIFAR10.base_folder,
        ("data_batch_1", "test_batch", "batches.meta"),
    )
    archives = {
        torchvision.datasets.CIFAR10.filename,
        *(f"MNIST/raw/{name}" for name in toy_mnist[0]),
    }
    assert files_in(tmp_path) == sorted({f"{folder}/{name}" for name in names} | archives)


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), ConnectionResetError(104, "reset"), RuntimeError("corrupted")],
    ids=repr,
)
def test_an_interrupted_download_leaves_no_file(tmp_path, monkeypatch, error):
    def download_url(url, root, filename=None, md5=None, *rest, **more):
        Path(root, filename).write_bytes(b"half of it")
        raise error

    monkeypatch.setattr("torchvision.datasets.utils.download_url", download_url)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else OSError):
        datasets.read({"kind": "mnist"}, tmp_path)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("damage",
    [lambda content: content[:-1], lambda content: b"", lambda content: content + b"x"],
                         ids=["truncated", "empty", "longer"])  # fmt: skip
def test_a_damaged_mnist_file_is_named_and_not_replaced(tmp_path, offline, toy_mnist, damage):
    files, _ = toy_mnist
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in files.items():
        (raw / name).write_bytes(content)
    last = raw / list(files)[-1]
    last.write_bytes(damage(last.read_bytes()))
    with pytest.raises(ValueError, match=rf"{last.name}: md5 .* expected .* not read"):
        datasets.read({"kind": "mnist"}, tmp_path)
    assert not offline


# The embedded digits

DIGITS = {"kind": "digits", "test_share": 0.2, "split_seed": 0}


def test_digits_are_split_by_class_with_no_image_on_both_sides():
    sklearn = load_digits()
    data = datasets.read(DIGITS, Path("unused"))
    assert (len(data.train_labels), len(data.test_labels)) == (1437, 360)
    share = np.bincount(data.test_labels) / np.bincount(sklearn.target)
    assert share.min() > 0.19 and share.max() < 0.21
    every = np.concatenate([data.train_inputs, data.test_inputs])
    assert every.shape == (1797, 8, 8, 1) and every.dtype == np.uint8

    def rows(images, labels):
        return sorted(
            image.tobytes() + bytes([label]) for image, label in zip(images, labels, strict=True)
        )

    source = np.round(sklearn.images * 255 / 16).astype(np.uint8)
    assert rows(every, np.concatenate([data.train_labels, data.test_labels])) == rows(
        source, sklearn.target
    )
    assert every.max() == 255 and data.class_names.tolist() == list("0123456789")


def test_the_split_of_digits_is_fixed_and_follows_its_seed():
    one, two, other = (
        datasets.read({**DIGITS, "split_seed": seed}, Path("unused")) for seed in (0, 0, 1)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one.test_labels, other.test_labels)


# Subsets


def toy(train=(40, 60, 100), test=(4, 6, 10)):
    """A data set whose images tell their own row."""
    rng = np.random.default_rng(1)
    parts = []
    for counts, offset in ((train, 0), (test, 1000)):
        labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
        rows = np.arange(len(labels)) + offset
        parts += [
            np.stack([rows // 256, rows % 256], axis=-1).astype(np.uint8).reshape(-1, 1, 1, 2),
            labels,
        ]
    return datasets.checked(*parts, ["a", "b", "c"], statistics=((0.5, 0.4), (0.2, 0.1)))


def rows_of(images):
    return (images[:, 0, 0, 0].astype(int) * 256 + images[:, 0, 0, 1]).tolist()


def test_a_subset_has_its_share_of_each_class_in_the_order_of_the_whole():
    data = toy()
    part = derived.subset(data, 20, 10, seed=0)
    assert np.bincount(part.train_labels).tolist() == [4, 6, 10]
    assert np.bincount(part.test_labels).tolist() == [2, 3, 5]
    rows = rows_of(part.train_inputs)
    assert rows == sorted(set(rows)) and len(rows) == 20
    np.testing.assert_array_equal(part.train_labels, data.train_labels[rows])
    tests = [row - 1000 for row in rows_of(part.test_inputs)]
    assert tests == sorted(set(tests))
    np.testing.assert_array_equal(part.test_labels, data.test_labels[tests])
    np.testing.assert_array_equal(part.mean, np.float32([0.5, 0.4]))
    np.testing.assert_array_equal(part.std, np.float32([0.2, 0.1]))
    assert part.class_names.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("count", [7, 33, 101, 199])
def test_a_class_has_its_share_up_to_one_sample(count):
    for seed in range(5):
        part = derived.subset(toy(), count, 20, seed)
        assert len(part.train_labels) == count
        assert np.abs(np.bincount(part.train_labels) - count * np.array([0.2, 0.3, 0.5])).max() <= 1


def test_a_subset_follows_its_seed_and_the_whole_is_a_subset():
    one, two, other = (
        rows_of(derived.subset(toy(), 20, 10, seed).train_inputs) for seed in (3, 3, 4)
    )
    assert one == two != other
    assert rows_of(derived.subset(toy(), 200, 20, 0).train_inputs) == list(range(200))


@pytest.mark.parametrize(("train", "test"), [(201, 10), (20, 21)])
def test_more_than_there_is_is_refused(train, test):
    count = train if train > 200 else test
    with pytest.raises(
        ValueError, match=f"{count} samples .* there are {200 if train > 200 else 20}"
    ):
        derived.subset(toy(), train, test, 0)


def test_a_subset_that_leaves_a_class_out_is_refused():
    with pytest.raises(ValueError, match=r"subset, test: class \d \([abc]\) has no sample"):
        derived.subset(toy(), 20, 2, 0)


# What every data set must be


def arrays(**changes):
    images = np.zeros((4, 2, 2, 1), np.uint8)
    good = {"train_inputs": images, "train_labels": np.array([0, 1, 0, 1]),
        "test_inputs": images[:2],
            "test_labels": np.array([1, 0]), "class_names": ["cat", "dog"]}  # fmt: skip
    return {**good, **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"train_inputs": np.zeros((4, 2, 2, 1), np.float32)},
            r"toy, train: inputs are float32 \(4, 2, 2, 1\)"),
        ({"test_inputs": np.zeros((2, 2, 2), np.uint8)},
            r"toy, test: inputs are uint8 \(2, 2, 2\)"),
        ({"train_inputs": np.zeros((4, 2), np.float64)},
            r"toy, train: inputs are float64 \(4, 2\)"),
        ({"test_inputs": np.zeros((2, 3, 3, 1), np.uint8)},
            r"toy: a training input has the shape \(2, 2, 1\), a test"),
        ({"train_labels": np.array([0, 1, 0])}, r"toy, train: .* with 3 labels; .* a label each"),
        ({"train_labels": np.array([0, 1, 2, 1])},
            r"toy, train: label 2 of sample 2 is out of range 0\.\.1"),
        ({"test_labels": np.array([1, -1])},
            r"toy, test: label -1 of sample 1 is out of range 0\.\.1"),
        ({"train_labels": np.array([0, 0, 0, 0])}, r"toy, train: class 1 \(dog\) has no sample"),
        ({"test_labels": np.array([1, 1])}, r"toy, test: class 0 \(cat\) has no sample"),
        ({"train_labels": np.array([0.0, 1.0, 0.5, 1.0])}, r"toy, train: .*label"),
    ],
    ids=["dtype", "no channels", "rows of float64", "other shapes", "too few labels",
        "label too large", "label negative", "no training sample",
         "no test sample", "label not whole"],
)  # fmt: skip
def test_what_is_wrong_with_a_data_set_is_said(changes, said):
    with pytest.raises(ValueError, match=said):
        datasets.checked(**arrays(**changes), name="toy")


def test_a_data_set_and_a_training_set_come_back_as_they_were(tmp_path):
    data = toy()
    datasets.save(tmp_path / "data.npz", data)
    for ours, theirs in zip(datasets.load(tmp_path / "data.npz"), data, strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)
    made = datasets.full(data.train_labels, (1, 1, 2))
    datasets.save_set(tmp_path / "full.npz", made)
    again = datasets.load_set(tmp_path / "full.npz")
    assert again.source.tolist() == [list(range(200))] and again.source.dtype == np.int32
    assert again.synthetic.shape == (1, 0, 1, 1, 2) and np.array_equal(
        again.labels, data.train_labels
    )
    with pytest.raises(artifacts.DamagedError, match=r"full\.npz has no array"):
        datasets.load(tmp_path / "full.npz")


def test_rows_of_a_table_come_back_as_they_were(tmp_path):
    rows = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    labels = np.array([0, 1, 0, 1, 0, 1])
    data = datasets.checked(rows[:4], labels[:4], rows[4:], labels[4:], ["a", "b"])
    assert data.mean.tolist() == [0, 0, 0] and data.std.tolist() == [1, 1, 1]
    datasets.save(tmp_path / "data.npz", data)
    for ours, theirs in zip(datasets.load(tmp_path / "data.npz"), data, strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)
    made = datasets.full(data.train_labels, data.train_inputs.shape[1:])
    assert made.synthetic.shape == (1, 0, 3) and made.synthetic.dtype == np.float32


@pytest.mark.parametrize(
    ("labels", "synthetic"),
    [
        (np.zeros((3, 4), int), np.zeros((2, 1, 3), np.float32)),
        (np.zeros((2, 3), int), np.zeros((2, 1, 3), np.float32)),
        (np.zeros(5, int), np.zeros((2, 1, 3), np.float32)),
        (np.zeros((2, 4), int), np.zeros((2, 2, 3), np.float32)),
    ],
    ids=["draws", "rows", "labels", "synthetic"],
)
def test_a_training_set_whose_arrays_do_not_fit_is_damaged(tmp_path, labels, synthetic):
    source = np.array([[0, 1, 2, -1], [-1, 2, 1, 0]], np.int32)
    good = datasets.TrainingSet(source, np.array([[0, 1, 0, 1], [1, 0, 1, 0]]), synthetic[:, :1])
    datasets.save_set(tmp_path / "good.npz", good)
    assert datasets.load_set(tmp_path / "good.npz").labels_of(1).tolist() == [1, 0, 1, 0]
    datasets.save_set(tmp_path / "bad.npz", datasets.TrainingSet(source, labels, synthetic))
    with pytest.raises(
        artifacts.DamagedError, match="expected one label per row, and one input per"
    ):
        datasets.load_set(tmp_path / "bad.npz")


def test_statistics_are_per_channel_of_the_training_images_and_never_zero():
    images = np.zeros((4, 1, 1, 3), np.uint8)
    images[:2, ..., 0], images[..., 1] = 255, 51
    data = datasets.checked(
        **arrays(train_inputs=images, test_inputs=np.full((2, 1, 1, 3), 9, np.uint8))
    )
    np.testing.assert_allclose(data.mean, [0.5, 0.2, 0], atol=1e-7)
    np.testing.assert_allclose(data.std, [0.5, 1e-6, 1e-6], rtol=1e-3)


# What training sets hold


def test_the_sizes_of_training_sets_are_counted_by_class():
    """Four cats (rows 0 to 3), two dogs (4, 5); one set of two draws: a cat twice, a cat gone, two
    synthetic dogs.
    """
    images = np.zeros((6, 1, 1, 1), np.uint8)
    labels = np.array([0, 0, 0, 0, 1, 1])
    data = datasets.checked(images, labels, images[3:5], labels[3:5], ["cat", "dog"])
    source = np.array([[0, 1, 1, 2, 4, 5, -1, -1], [3, 3, 3, 3, 4, 4, -1, -1]], np.int32)
    made = datasets.TrainingSet(
        source, np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.zeros((2, 2, 1, 1, 1), np.uint8)
    )
    spec = Resampled("smote", "easy", "study", 2, "aum", members=8, usual_members=8, draws=2)
    sets = {"full": datasets.full(labels, (1, 1, 1)), "resample-smote-easy-r2": made}
    table = sizes_table(data, sets, {"full": FULL, "resample-smote-easy-r2": spec})
    assert table["set"] == ["full"] * 2 + ["resample-smote-easy-r2"] * 2
    assert table["class"] == [0, 1, 0, 1] and list(map(str, table["name"])) == ["cat", "dog"] * 2
    assert table["n"] == [4, 2, 4, 2]
    assert table["size"] == [4, 2, 4, 4]
    assert table["removed"] == [0, 0, 1, 0]
    assert table["added"] == [0, 0, 1, 2]
    assert (table["rho"], table["alpha"]) == ([None, None, 2, 2], [None] * 4)
    assert table["draws"] == [None, None, 2, 2]
