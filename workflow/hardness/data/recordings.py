"""Read recordings of a user's own training, one file per network as recorder.py writes them, as a
data set: the labels, and what else the user says about the samples.

The networks' dynamics and predictions are read here too: all checks of a recording are in this
file.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.core import artifacts
from hardness.data import csvfiles, imagefiles
from hardness.data.datasets import Data
from hardness.data.provenance import UNKNOWN, Provenance

RECORDS, SAMPLES, IMAGES = "seed-*.npz", "samples.csv", "images"
DYNAMICS = ("margin", "loss", "el2n", "true_logit", "correct", "aum")
LONGEST = 200  # characters that are kept of a text
PIXELS = 1e8  # the most that may be decoded of one picture


class Record(NamedTuple):
    """What one file says of its network and its samples. labels: (n,), -1 where the network did not
    see the sample; trained: (n,) bool; held_out: (n, k), nan where there is no prediction, or None.
    """

    path: Path
    seed: int
    epochs: int
    classes: int
    labels: np.ndarray
    trained: np.ndarray
    held_out: np.ndarray | None


class Recording(NamedTuple):
    """All networks of a folder, in the order of their seeds.

    labels: (n,); rows: (M, n), row r is the place among `records` of the r-th network that trained
    on the sample.
    """

    records: list[Record]
    labels: np.ndarray
    rows: np.ndarray

    @property
    def classes(self) -> int:
        return self.records[0].classes


def records(path: str) -> list[Path]:
    """The files of the networks. Raises FileNotFoundError if there is none."""
    folder = Path(path).expanduser()
    if not (found := sorted(folder.glob(RECORDS))):
        raise FileNotFoundError(
            f"{folder} holds no {RECORDS}; expected a folder with a file for each network, as "
            "Recorder.save(folder / 'seed-0.npz', seed=0) writes it"
        )
    return found


def files(path: str) -> list[Path]:
    """All files that `read` may read. Raises as `records`, and ValueError as csvfiles.read."""
    found, folder = records(path), Path(path).expanduser()
    if (table := folder / SAMPLES).is_file():
        found.append(table)
        if (folder / IMAGES).is_dir() and "file" in (read := csvfiles.read(str(table))).columns:
            found += [folder / IMAGES / name for name in read.fields("file")]
    return found


def read(
    path: str,
    members: int,
    size: int | None = None,
    missing: bool = False,
    held_out: bool = False,
) -> tuple[Data, Provenance]:
    """Read what a recording says of its samples: labels, and of samples.csv, where there is one,
    the classes' names (column label) and the samples' files or texts (column file or text). All
    that the recording holds is checked.

    members: how many networks trained on each sample. size: the side in pixels of the samples'
    small pictures, from the folder images and the column file; without it the inputs are rows of no
    columns. missing: see `dynamics`. held_out: whether to check the predictions of
    `predicted_held_out` too. There are no test samples.

    Raises FileNotFoundError, ValueError, naming the file, for what is missing or does not fit; as
    artifacts.load_npz for damaged files.
    """
    found, folder = load(path, members), Path(path).expanduser()
    dynamics(found, missing)
    if held_out:
        predicted_held_out(found)
    names = [str(label) for label in range(found.classes)]
    places = np.empty(0, dtype=np.str_)
    if (folder / SAMPLES).is_file():
        names, places = _described(csvfiles.read(str(folder / SAMPLES)), found.labels, names)
    _check_classes(found, names)
    inputs = np.empty((len(found.labels), 0), dtype=np.float32)
    if size is not None:
        inputs = _pictures(folder, places, size)
    shape = inputs.shape[1:]
    data = Data(
        inputs,
        found.labels,
        np.empty((0, *shape), dtype=inputs.dtype),
        np.empty(0, dtype=np.int64),
        np.array(names, dtype=np.str_),
        np.zeros(shape[-1], dtype=np.float32),
        np.ones(shape[-1], dtype=np.float32),
        places,
    )
    return data, UNKNOWN


def load(path: str, members: int) -> Recording:
    """Read labels and sizes of all networks of a folder. Raises as `read`."""
    found = sorted(map(_record, records(path)), key=lambda one: one.seed)
    for before, one in itertools.pairwise(found):
        if one.seed == before.seed:
            raise ValueError(f"{before.path} and {one.path} are both of seed {one.seed}")
        _check_alike(one, found[0])
    trained = np.stack([one.trained for one in found])
    networks = trained.sum(axis=0)
    least, sample = int(networks.min()), int(networks.argmin())
    if not least:
        raise ValueError(f"{path}: no network trained on sample {sample}; expected one or more")
    if least != members:
        raise ValueError(
            f"{path}: {len(found)} networks, of which at least {least} trained on each sample (on "
            f"sample {sample} exactly {least}), but members is {members}: write members: {least} "
            "in the data set's source"
        )
    rows = np.argsort(~trained, axis=0, kind="stable")[:members]
    return Recording(found, _labels(found), rows)


def _labels(found: Sequence[Record]) -> np.ndarray:
    """The samples' labels (n,), which all networks agree on. Raises ValueError if they do not."""
    labels = np.stack([one.labels for one in found])
    seen = labels >= 0
    known = labels[seen.argmax(axis=0), np.arange(labels.shape[1])]
    wrong = np.argwhere(seen & (labels != known))
    if len(wrong):
        at, sample = wrong[0]
        raise ValueError(
            f"{found[at].path}: sample {sample} has the label {labels[at, sample]}, and in another "
            f"recording {known[sample]}; expected the same data set, in the same order"
        )
    return known


def _record(path: Path) -> Record:
    held = artifacts.load_npz(path, "seeds", "labels", "trained", "p", "correct")
    with np.load(path, allow_pickle=False) as file:
        held_out = file["held_out"][0] if "held_out" in file.files else None
    seed, epochs, classes = int(held["seeds"][0]), held["correct"].shape[1], held["p"].shape[2]
    return Record(path, seed, epochs, classes, held["labels"], held["trained"][0], held_out)


def _check_alike(one: Record, first: Record) -> None:
    sizes = {
        "samples": (len(one.labels), len(first.labels)),
        "classes": (one.classes, first.classes),
        "epochs": (one.epochs, first.epochs),
    }
    for what, (found, expected) in sizes.items():
        if found != expected:
            raise ValueError(
                f"{one.path} is of {found} {what}, {first.path} of {expected}; expected the same"
            )


def _check_classes(found: Recording, names: Sequence[str]) -> None:
    empty = np.flatnonzero(np.bincount(found.labels, minlength=found.classes) == 0)
    if len(empty):
        raise ValueError(
            f"{found.records[0].path.parent}: class {empty[0]} ({names[empty[0]]}) has no sample; "
            f"expected labels 0..{found.classes - 1} with a sample each, for "
            f"Recorder(classes={found.classes})"
        )


# What the user says about the samples


def _described(
    table: csvfiles.Table, labels: np.ndarray, names: list[str]
) -> tuple[list[str], np.ndarray]:
    """The classes' names, and the samples' files or texts, empty where there is no such column."""
    if len(table.rows) != len(labels):
        raise ValueError(
            f"{table.path} has {len(table.rows)} rows, the recording {len(labels)} samples; "
            "expected a row for each, in the order of their indices"
        )
    if "label" in table.columns:
        names = _names(table, labels, names)
    column = next((name for name in ("file", "text") if name in table.columns), None)
    if column is None and "label" not in table.columns:
        raise ValueError(
            f"{table.path} has the columns {', '.join(table.columns)}; expected file or text, "
            "label, or both"
        )
    places = table.fields(column) if column else []
    if column == "text":
        places = [place if len(place) <= LONGEST else f"{place[:LONGEST]}..." for place in places]
    return names, np.array(places, dtype=np.str_)


def _names(table: csvfiles.Table, labels: np.ndarray, names: list[str]) -> list[str]:
    found: dict[int, str] = {}
    for place, label, name in zip(
        table.places, labels.tolist(), table.fields("label"), strict=True
    ):
        if found.setdefault(label, name) != name:
            raise ValueError(
                f"{place}: a sample of label {label} is named {name!r}, one before "
                f"{found[label]!r}; expected one name for each label"
            )
    named = [found.get(label, name) for label, name in enumerate(names)]
    if len(set(named)) < len(named):
        raise ValueError(f"{table.path}: two labels have the same name: {', '.join(named)}")
    return named


def _pictures(folder: Path, places: np.ndarray, size: int) -> np.ndarray:
    """The samples' images (n, size, size, 3) uint8, as image folders are read, resized to cover a
    square and cropped.
    """
    if not len(places):
        raise ValueError(
            f"size: {size} asks for pictures; expected {folder / SAMPLES} with a column file, the "
            f"names of the images in {folder / IMAGES}"
        )
    pictures = np.empty((len(places), size, size, 3), dtype=np.uint8)
    wanted = imagefiles.Wanted((size, size), imagefiles.MODES["rgb"], PIXELS)
    for picture, place in zip(pictures, places, strict=True):
        path = folder / IMAGES / place
        try:
            seen = imagefiles.read(path, wanted)
            if seen.largest is not None:
                depth = imagefiles.depth_of(seen.largest)
                seen = imagefiles.read(path, wanted._replace(depth=depth))
        except MemoryError:
            raise
        except Exception as error:  # on damaged files PIL raises whatever its decoders meet
            raise ValueError(
                f"{path} is no readable image ({error}); {SAMPLES} names it"
            ) from error
        picture[:] = np.asarray(seen.pixels)
    return pictures


# The networks' dynamics and predictions


def dynamics(found: Recording, missing: bool = False) -> dict[str, np.ndarray]:
    """The arrays of dynamics.npz that a recording has: seeds 0..M-1, margin, loss, el2n, true_logit
    (M, T, n) float16, correct (M, T, n) bool, aum (M, n) float32. Row r of a sample is of the r-th
    network that trained on it.

    missing: whether a sample may be missing in some epochs. Raises ValueError if one is missing and
    may not be, or is missing in all.
    """
    made = _of_members(found, *DYNAMICS)
    lacking = np.argwhere(np.isnan(made["margin"]))
    if len(lacking) and not missing:
        row, epoch, sample = lacking[0]
        raise ValueError(
            f"{_path(found, row, sample)}: sample {sample} did not come in epoch {epoch + 1} "
            f"({len(lacking)} samples of epochs are missing); expected each sample in each epoch. "
            "missing: true in the data set's source allows it, for the estimators that can handle "
            "it"
        )
    never = np.argwhere(np.isnan(made["aum"]))
    if len(never):
        raise ValueError(
            f"{_path(found, *never[0])}: sample {never[0][1]} came in no epoch; expected each in "
            "one or more"
        )
    return {"seeds": np.arange(len(found.rows)), **made}


def predicted(found: Recording) -> np.ndarray:
    """The probabilities (M, n, k) float16 in the last epoch's own forward pass, by networks that
    trained on the sample.
    """
    return _of_members(found, "p")["p"]


def predicted_held_out(found: Recording) -> np.ndarray:
    """The probabilities (H, n, k) float16 by networks that did not train on the sample: row h is
    of the h-th such network; H is how many every sample has at least.

    Raises ValueError if a sample has none.
    """
    none = np.full((1, len(found.labels), found.classes), np.nan, dtype=np.float16)
    values = np.concatenate([
        none if one.held_out is None else one.held_out[None] for one in found.records
    ])  # fmt: skip
    given = ~np.isnan(values[..., 0])
    counts = given.sum(axis=0)
    if not counts.min():
        raise ValueError(
            f"{found.records[0].path.parent}: sample {counts.argmin()} has no prediction by a "
            "network that did not train on it; expected one or more for each, by "
            "Recorder.held_out(indices, logits); or held_out: false in the data set's source"
        )
    rows = np.argsort(~given, axis=0, kind="stable")[: counts.min()]
    return values[rows, np.arange(len(found.labels))]


def as_predictions(p: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of a block's predictions.npz from probabilities (M, n, k): seeds 0..M-1; logits
    (M, n, k) float16, which are the probabilities' logarithms; predicted (M, n).
    """
    logits = np.log(np.maximum(p.astype(np.float32), np.finfo(np.float16).smallest_subnormal))
    seeds = np.arange(len(p))
    return {"seeds": seeds, "logits": logits.astype(np.float16), "predicted": p.argmax(axis=2)}


def _path(found: Recording, row: int, sample: int) -> Path:
    """The file of a sample's member."""
    return found.records[found.rows[row, sample]].path


def _of_members(found: Recording, *names: str) -> dict[str, np.ndarray]:
    """Arrays of all networks, (M, ..., n) or (M, n, k), by the samples' members."""
    parts = [artifacts.load_npz(one.path, *names) for one in found.records]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in names}
    if len(found.records) == len(found.rows):
        return arrays
    samples = np.arange(found.rows.shape[1])
    return {
        name: np.stack([
            # (n, ...), or by epoch (n, T), which becomes (T, n)
            values[rows, samples] if name in ("aum", "p") else values[rows, :, samples].T
            for rows in found.rows
        ])
        for name, values in arrays.items()
    }  # fmt: skip
