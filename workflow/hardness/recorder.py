"""Record training dynamics in your own training loop, for the scores and the report of a data set
of kind recorded.

It takes numpy arrays or torch tensors on any device, from any model and any kind of input. The
callbacks for Lightning and for the Hugging Face Trainer are in callbacks.py; data/recordings.py
reads recordings. Only numpy is imported.

    recorder = Recorder(n=len(dataset), classes=10, folder="recording/seed-0")
    for epoch in range(20):
        for indices, inputs, labels in loader:  # indices: the samples' places in the data set
            logits = model(inputs)
            recorder.update(indices, logits, labels)
            ...  # loss, backward, step
        recorder.end_epoch()
    recorder.save("recording/seed-0.npz", seed=0)
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from hardness.core import artifacts
from hardness.core.errors import HardnessError
from hardness.core.logits import measures

HALVES = ("margin", "loss", "el2n", "true_logit")
LARGEST = float(np.finfo(np.float16).max)
BUFFER = 2**18  # logits to collect before they are measured: so the loop seldom waits for a device
KNOWN = "samples.npz"  # the samples' labels, and which ones are trained on
EPOCH = re.compile(r"epoch-(\d+)\.npz")


class RecordingError(HardnessError):
    """A recorder was given something that does not fit what it records."""


class Recorder:
    """Records one network's training, epoch by epoch.

    n: samples of the data set; classes: logits of each. folder: where each epoch is written when
    it ends, so that a crash loses only the epoch in progress; None keeps all in memory until
    `save`. rows: the samples that the network trains on, by their places in the data set; None for
    all. repeated: a sample may come more than once in an epoch; the last time counts. missing: a
    sample may be left out of an epoch; most estimators cannot handle that.

    If the folder holds epochs of an earlier run, the recorder loads them: call `rewind` to say how
    many of them to keep. Raises RecordingError if they are of other samples or classes.

    >>> recorder = Recorder(n=3, classes=2)
    >>> recorder.update([0, 2, 1], [[2.0, 0.0], [0.0, 1.0], [0.5, 0.0]], [0, 1, 1])
    >>> recorder.end_epoch()
    >>> recorder.epochs
    1
    """

    def __init__(
        self,
        n: int,
        classes: int,
        folder: Path | str | None = None,
        rows: Any = None,
        repeated: bool = False,
        missing: bool = False,
    ) -> None:
        if n < 1 or classes < 2:
            raise RecordingError(
                f"n is {n}, classes {classes}; expected 1 sample or more, and 2 classes or more: "
                "of a single logit z give the two logits 0 and z"
            )
        self.n, self.classes = n, classes
        self.folder = None if folder is None else Path(folder)
        self.repeated, self.missing = repeated, missing
        self.trained = np.ones(n, dtype=bool)
        if rows is not None:
            self.trained[:] = False
            self.trained[self._checked_indices(_array(_copy(rows)), "rows")] = True
        self.labels = np.full(n, -1, dtype=np.int64)
        self._p, self._held_out = np.full((2, n, classes), np.nan, dtype=np.float32)
        self._recorded: list[dict[str, Any]] = []
        self._taken_up = False
        self._begin_epoch()
        self._take_up()

    @property
    def epochs(self) -> int:
        """How many epochs are recorded."""
        return len(self._recorded)

    def update(self, indices: Any, logits: Any, labels: Any) -> None:
        """Record a batch of the epoch: indices (b,), logits (b, classes) and labels (b,) as the
        training step sees them, numpy or torch, before its update of the weights.

        Raises RecordingError, here or when the epoch ends, if a sample is out of range, is not one
        of `rows`, changes its label, comes twice in the epoch, or has a logit that is not finite;
        or if a row does not have `classes` logits.
        """
        if self._taken_up:
            raise RecordingError(
                f"{self.folder} holds {self.epochs} epochs of an earlier run: rewind({self.epochs})"
                " continues after them, rewind(0) starts again"
            )
        batch = _copy(indices), _copy(logits), _copy(labels)
        self._check_shapes(*batch)
        self._pending.append(batch)
        self._waiting += batch[0].shape[0] * self.classes
        if self._waiting >= BUFFER:
            self._measure()

    def end_epoch(self) -> None:
        """End the epoch, and write it. Raises RecordingError as `update`, and if samples are
        missing.
        """
        self._measure()
        absent = np.flatnonzero(self.trained & ~self._seen)
        if len(absent) and (not self.missing or not self._seen.any()):
            raise RecordingError(
                f"epoch {self._number}: {_some(absent)} did not come; expected each of "
                f"{self.trained.sum()} once. A DataLoader with drop_last=True leaves samples out. "
                "If that is intended: Recorder(missing=True); if the network does not train "
                "on them: Recorder(rows=...)"
            )
        # the margin stays float32, because aum is summed from it
        epoch = {name: self._now[name].astype(np.float16) for name in HALVES}
        epoch |= {"margin": self._now["margin"], "correct": np.packbits(self._now["correct"])}
        if self.folder is not None:
            known: dict[str, Any] = {"labels": self.labels, "trained": self.trained}
            classes = np.array(self.classes)
            artifacts.save_npz(self.folder / KNOWN, checksum=False, classes=classes, **known)
            artifacts.save_npz(self.folder / f"epoch-{self._number:04}.npz", **epoch)
        self._recorded.append(epoch)
        self._begin_epoch()

    def rewind(self, epochs: int) -> None:
        """Keep the first `epochs` epochs and drop the later ones. Call it where training resumes
        from a checkpoint, with the number of epochs that it has seen; 0 starts again.

        Raises RecordingError if fewer are recorded.
        """
        if not 0 <= epochs <= self.epochs:
            raise RecordingError(
                f"training resumes after epoch {epochs}, but only {self.epochs} are recorded: "
                f"start again with rewind(0), or resume from a checkpoint of epoch {self.epochs} "
                "or before"
            )
        self._drop_epochs(epochs)
        self._p[:] = np.nan
        if not epochs:
            self.labels[:] = -1
        del self._recorded[epochs:]
        self._taken_up = False
        self._begin_epoch()

    def held_out(self, indices: Any, logits: Any) -> None:
        """Add held-out predictions: logits (b, classes) of samples (b,) that the network does not
        train on. Call it for each batch of them, before `save`.

        Raises RecordingError for a sample that is trained on, or that comes twice, and as `update`.
        """
        logits, indices = _copy(logits), _copy(indices)
        self._check_shapes(indices, logits, indices)
        indices = self._checked_indices(_array(indices), "held_out")
        logits = self._checked_logits(_array(logits), indices, "held_out")
        if (trained := self.trained[indices]).any():
            raise RecordingError(
                f"held_out: {_some(indices[trained])} are trained on; expected samples that the "
                "network does not train on: name the others in Recorder(rows=...)"
            )
        again = _again(indices) | ~np.isnan(self._held_out[indices, 0])
        if again.any():
            raise RecordingError(f"held_out: {_some(indices[again])} came twice; expected once")
        self._held_out[indices] = measures(logits, np.zeros(len(logits), dtype=np.int64))["p"]

    def save(self, path: Path | str, seed: int) -> None:
        """Write the recording and its checksum; then remove the epochs' files from `folder`.

        path: the study looks for seed-{seed}.npz. Raises RecordingError if no epoch has ended, or
        the last one has begun and not ended.
        """
        if not self._recorded or self._pending or self._seen.any():
            raise RecordingError(
                f"{path}: epoch {self._number} has not ended; expected one or more whole epochs: "
                "call end_epoch() after the last batch of each"
            )
        margins = [epoch["margin"] for epoch in self._recorded]
        arrays: dict[str, Any] = {
            name: np.stack([epoch[name].astype(np.float16) for epoch in self._recorded])[None]
            for name in HALVES
        }
        packed = np.stack([epoch["correct"] for epoch in self._recorded])
        arrays |= {
            "correct": np.unpackbits(packed, axis=1, count=self.n).astype(bool)[None],
            "aum": _mean(margins)[None],
            "labels": self.labels,
            "trained": self.trained[None],
            "p": self._p[None].astype(np.float16),
        }
        if not np.isnan(self._held_out).all():
            arrays["held_out"] = self._held_out[None].astype(np.float16)
        artifacts.save_npz(path, seeds=np.array([seed], dtype=np.int64), **arrays)
        self._drop_epochs(0)
        if self.folder is not None:
            (self.folder / KNOWN).unlink(missing_ok=True)
            if self.folder.is_dir() and not any(self.folder.iterdir()):
                self.folder.rmdir()

    # The files in the folder

    def _files(self) -> dict[int, Path]:
        """The epochs' files by their numbers, from 1 on."""
        paths = self.folder.glob("epoch-*.npz") if self.folder else ()
        found = {int(match[1]): path for path in paths if (match := EPOCH.fullmatch(path.name))}
        return dict(sorted(found.items()))

    def _drop_epochs(self, kept: int) -> None:
        """Remove the files of all epochs but the first `kept`, the last one first."""
        for number, path in reversed(self._files().items()):
            if number > kept:
                path.unlink()
                artifacts.checksum_path(path).unlink(missing_ok=True)

    def _take_up(self) -> None:
        files = self._files()
        if self.folder is None or not files:
            return
        artifacts.drop_unfinished(self.folder)
        known = artifacts.load_npz(self.folder / KNOWN, checksum=False)
        if known["classes"] != self.classes or not np.array_equal(known["trained"], self.trained):
            raise RecordingError(
                f"{self.folder} holds epochs of {known['trained'].sum()} of {len(known['trained'])}"
                f" samples and {known['classes']} classes; this recorder is of "
                f"{self.trained.sum()} of {self.n} samples and {self.classes} classes: name "
                "another folder, or delete it"
            )
        if max(files) != len(files):
            lost = min(set(range(1, max(files))) - set(files))
            raise RecordingError(
                f"{self.folder} holds epoch {max(files)} and lacks epoch {lost}: delete the folder "
                "and train again"
            )
        self.labels = known["labels"]
        self._recorded = [artifacts.load_npz(path) for path in files.values()]
        self._taken_up = True
        self._begin_epoch()

    # The epoch in progress

    def _begin_epoch(self) -> None:
        self._number = self.epochs + 1
        self._pending: list[tuple[Any, Any, Any]] = []
        self._waiting = 0
        self._seen = np.zeros(self.n, dtype=bool)
        self._now: dict[str, Any] = {
            name: np.full(self.n, np.nan, dtype=np.float32) for name in HALVES
        } | {"correct": np.zeros(self.n, dtype=bool)}

    def _measure(self) -> None:
        """Measure the batches that wait."""
        if not self._pending:
            return
        parts = ([_array(part) for part in batch] for batch in zip(*self._pending, strict=True))
        indices, logits, labels = map(np.concatenate, parts)
        self._pending, self._waiting = [], 0
        where = f"epoch {self._number}"
        indices = self._checked_indices(indices, where)
        logits = self._checked_logits(logits, indices, where)
        self._check_once(indices, where)
        self._check_labels(indices, labels, where)
        measured = measures(logits, labels)
        self._seen[indices] = True
        self._p[indices] = measured.pop("p")
        for name, values in measured.items():
            self._now[name][indices] = values

    # Checks

    def _check_shapes(self, indices: Any, logits: Any, labels: Any) -> None:
        shapes = tuple(indices.shape), tuple(logits.shape), tuple(labels.shape)
        size = shapes[0]
        if len(size) != 1 or shapes != (size, (*size, self.classes), size):
            raise RecordingError(
                f"epoch {self._number}: indices {shapes[0]}, logits {shapes[1]}, labels "
                f"{shapes[2]}; expected (b,), (b, {self.classes}), (b,), for "
                f"Recorder(classes={self.classes})"
            )

    def _checked_indices(self, indices: np.ndarray, where: str) -> np.ndarray:
        if indices.dtype.kind not in "iu":
            raise RecordingError(
                f"{where}: indices are {indices.dtype}; expected whole numbers, the samples' places"
            )
        outside = indices[(indices < 0) | (indices >= self.n)]
        if len(outside):
            raise RecordingError(
                f"{where}: index {outside[0]} is out of range 0..{self.n - 1}, for "
                f"Recorder(n={self.n})"
            )
        return indices

    def _checked_logits(self, logits: np.ndarray, indices: np.ndarray, where: str) -> np.ndarray:
        logits = logits.astype(np.float32, copy=False)
        most = LARGEST / 2  # a margin is a difference of two
        if not (logits.max(initial=0) <= most and logits.min(initial=0) >= -most):
            broken = ~(np.abs(logits) <= most).all(axis=1)
            raise RecordingError(
                f"{where}: a logit of {_some(indices[broken])} is not finite, or beyond "
                f"{most:.0f}: training has diverged, lower the learning rate"
            )
        return logits

    def _check_labels(self, indices: np.ndarray, labels: np.ndarray, where: str) -> None:
        if labels.dtype.kind not in "iu" or ((labels < 0) | (labels >= self.classes)).any():
            raise RecordingError(
                f"{where}: labels are {labels.dtype} from {labels.min()} to {labels.max()}; "
                f"expected whole numbers 0..{self.classes - 1}"
            )
        before = self.labels[indices]
        self.labels[indices] = np.where(before < 0, labels, before)
        changed = self.labels[indices] != labels
        if changed.any():
            sample, label = indices[changed][0], labels[changed][0]
            raise RecordingError(
                f"{where}: the labels of {_some(indices[changed])} change; sample {sample} was "
                f"{self.labels[sample]} and is {label}: expected the same label in every epoch, "
                "and indices that are places in the data set, not in the batch"
            )

    def _check_once(self, indices: np.ndarray, where: str) -> None:
        if not self.trained[indices].all():
            raise RecordingError(
                f"{where}: {_some(indices[~self.trained[indices]])} are not among "
                "Recorder(rows=...), the samples that the network trains on"
            )
        again = _again(indices) | self._seen[indices]
        if again.any() and not self.repeated:
            raise RecordingError(
                f"{where}: {_some(indices[again])} came twice; expected once: give places in the "
                "data set, not in the batch, and call end_epoch() after each epoch. If repetition "
                "is intended: Recorder(repeated=True), where the last time counts"
            )


def _mean(margins: list[np.ndarray]) -> np.ndarray:
    """The mean margin (n,) float32 over the epochs that hold the sample, nan where none does."""
    total, views = np.zeros((2, len(margins[0])), dtype=np.float32)
    for margin in margins:
        total += np.nan_to_num(margin)
        views += ~np.isnan(margin)
    return np.divide(total, views, out=np.full_like(total, np.nan), where=views > 0)


def _copy(values: Any) -> Any:
    """A copy that later changes of `values` do not affect; a tensor's stays on its device."""
    return values.detach().clone() if hasattr(values, "detach") else np.array(values)


def _array(values: Any) -> np.ndarray:
    if not hasattr(values, "detach"):
        return values
    return (values.float() if values.is_floating_point() else values).cpu().numpy()


def _again(indices: np.ndarray) -> np.ndarray:
    """Which of the indices repeat an earlier one: (b,) bool."""
    again = np.ones(len(indices), dtype=bool)
    again[np.unique(indices, return_index=True)[1]] = False
    return again


def _some(samples: np.ndarray) -> str:
    """ "3 samples (0, 5, 9)"."""
    found = np.unique(samples)
    shown = ", ".join(map(str, found[:3])) + (", ..." if len(found) > 3 else "")
    return f"{len(found)} sample{'' if len(found) == 1 else 's'} ({shown})"
