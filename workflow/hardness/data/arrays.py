"""A user's own arrays: an npz of images or rows with their labels, split or to be split."""

import zipfile
from pathlib import Path

import numpy as np

from hardness.core.artifacts import UNREADABLE
from hardness.core.names import nearest
from hardness.data import splitting, tables
from hardness.data.datasets import Data, checked
from hardness.data.provenance import NONE, Provenance

SPLIT_NAMES = ("train_inputs", "train_labels", "test_inputs", "test_labels")
WHOLE_NAMES = ("inputs", "labels")
CLASS_NAMES = "class_names"
MADE_BY = (
    "np.savez(path, train_inputs=..., train_labels=..., test_inputs=..., test_labels=...), or "
    "np.savez(path, inputs=..., labels=...) for a split by test_share"
)


def read(
    path: str,
    inputs: str = "images",
    standardize: bool = True,
    test_share: float = 0.2,
    split_seed: int = 0,
) -> tuple[Data, Provenance]:
    """Read an npz, as np.savez writes it.

    path: the file. It holds train_inputs, train_labels, test_inputs, test_labels; or inputs and
    labels, of which a seeded, stratified share becomes the test part. Labels are whole numbers
    0..k-1; class_names, (k,) text, may be left out, classes are then called by their numbers.
    inputs: what it holds: images, uint8 (n, height, width, channels), or rows, floats (n, columns).
    standardize: of rows, subtract a column's mean and divide by its standard deviation, both of the
    training part; a column with one value there becomes 0.

    Returns Data and its provenance: each row's place in the file, where the rows are split here.
    Raises FileNotFoundError if there is no such file; ValueError, naming file and array, if it is
    no npz, would need pickle, lacks an array, or a shape, type or label is not as above.
    """
    (file,) = files(path)
    held = _loaded(file)
    labels = [held[name] for name in held if name.endswith("labels")]
    for name, values in held.items():
        if name.endswith("labels"):
            _check_labels(values, f"{file}: {name}")
        elif name != CLASS_NAMES:
            _check_inputs(values, inputs, f"{file}: {name}")
    class_names = _class_names(file, held, max(int(values.max(initial=0)) for values in labels) + 1)
    if "labels" in held:
        _check_lengths(held, "inputs", "labels", file)
        _check_range(held["labels"], class_names, file)
        rows = splitting.stratified(held["labels"], test_share, split_seed, class_names, str(file))
        train, test = (held["inputs"][part] for part in rows)
        of_train, of_test = (held["labels"][part] for part in rows)
        places = [np.array([f"inputs[{row}]" for row in part]) for part in rows]
    else:
        train, of_train, test, of_test = (held[name] for name in SPLIT_NAMES)
        places = [NONE, NONE]
    if inputs == "rows":
        scaled = standardize and train.shape[1:] == test.shape[1:]  # `checked` refuses others
        test = tables.standardized(test, train) if scaled else tables.as_float32(test)
        train = tables.standardized(train, train) if scaled else tables.as_float32(train)
    data = checked(train, of_train, test, of_test, class_names, name=str(file))
    return data._replace(files=places[0]), Provenance(test_files=places[1])


def files(path: str) -> list[Path]:
    """The one file that `read` reads, as a list. Raises FileNotFoundError if it is not there."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise FileNotFoundError(f"{file} is not there; expected an npz: {MADE_BY}")
    return [file]


def _loaded(file: Path) -> dict[str, np.ndarray]:
    """The arrays of the file that the data set needs. Raises as `read`."""
    if not zipfile.is_zipfile(file):
        raise ValueError(f"{file} is no npz; expected {MADE_BY}")
    try:
        with np.load(file, allow_pickle=False) as arrays:
            wanted = _wanted(file, arrays.files)
            return {name: arrays[name] for name in wanted if name in arrays.files}
    except UNREADABLE as error:
        if "allow_pickle" in str(error):
            raise ValueError(
                f"{file}: an array holds Python objects, which are never read; expected numbers, "
                "or text"
            ) from error
        if str(file) in str(error):
            raise
        raise ValueError(f"{file} is damaged ({error}); expected {MADE_BY}") from error


def _wanted(file: Path, names: list[str]) -> tuple[str, ...]:
    """The names of the arrays that are read. Raises ValueError if one is missing."""
    wanted = WHOLE_NAMES if "inputs" in names or "labels" in names else SPLIT_NAMES
    for name in wanted:
        if name not in names:
            raise ValueError(
                f"{file} has no array {name!r}: {nearest(name, names)}; expected {MADE_BY}"
            )
    for name in SPLIT_NAMES:
        if name in names and wanted == WHOLE_NAMES:
            raise ValueError(f"{file} has inputs or labels, and {name} too; expected {MADE_BY}")
    return (*wanted, CLASS_NAMES)


def _check_inputs(values: np.ndarray, inputs: str, where: str) -> None:
    found = f"{where} is {values.dtype} {values.shape}"
    images, rows = values.ndim in (3, 4), values.ndim == 2 and values.dtype.kind == "f"
    if (inputs == "images" and rows) or (inputs == "rows" and images):
        other = "rows" if rows else "images"
        raise ValueError(
            f"{found}, which are {other}: say inputs: {other} in the data set's source"
        )
    if inputs == "rows" and not rows:
        raise ValueError(f"{found}; expected rows: floats (n, columns)")
    if inputs == "images":
        hint = ""
        if values.ndim == 3:
            hint = "; add the axis of channels: [..., None]"
        elif values.ndim == 4 and values.shape[3] not in (1, 3) and values.shape[1] in (1, 3):
            hint = "; channels come last: .transpose(0, 2, 3, 1)"
        elif values.ndim == 4 and values.dtype != np.uint8:
            hint = "; pixels in 0..1 become so by (255 * x).round().astype(np.uint8)"
        if hint or values.ndim != 4 or values.dtype != np.uint8:
            raise ValueError(f"{found}; expected uint8 (n, height, width, channels){hint}")
    if not values.size:
        raise ValueError(f"{found}, which is empty; expected at least one input of each class")


def _check_labels(values: np.ndarray, where: str) -> None:
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise ValueError(
            f"{where} is {values.dtype} {values.shape}; expected whole numbers 0..k-1, (n,), and "
            f"the classes' names, if they have any, in {CLASS_NAMES}"
        )


def _class_names(file: Path, held: dict[str, np.ndarray], count: int) -> list[str]:
    """The classes' names: those given, or the numbers of `count` classes."""
    if CLASS_NAMES not in held:
        names = [str(label) for label in range(count)]
    else:
        given = held[CLASS_NAMES]
        names = [str(name) for name in given.ravel()]
        if given.ndim != 1 or given.dtype.kind != "U" or len(set(names)) < len(names):
            raise ValueError(
                f"{file}: {CLASS_NAMES} is {given.dtype} {given.shape}; expected text (k,), a name "
                "of its own for each class"
            )
    if len(names) < 2:
        raise ValueError(f"{file} is of one class; expected two or more")
    return names


def _check_lengths(held: dict[str, np.ndarray], inputs: str, labels: str, file: Path) -> None:
    if len(held[inputs]) != len(held[labels]):
        raise ValueError(
            f"{file}: {len(held[inputs])} {inputs} and {len(held[labels])} {labels}; expected a "
            "label each"
        )


def _check_range(labels: np.ndarray, class_names: list[str], file: Path) -> None:
    outside = np.flatnonzero((labels < 0) | (labels >= len(class_names)))
    if len(outside):
        raise ValueError(
            f"{file}: labels[{outside[0]}] is {labels[outside[0]]}; expected "
            f"0..{len(class_names) - 1}"
        )
