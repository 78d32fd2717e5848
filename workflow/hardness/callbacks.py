"""The recorder as a callback of Lightning and of the Hugging Face Trainer. Both libraries are
imported only where a callback of theirs is made.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

from hardness.recorder import Recorder, RecordingError


def lightning_callback(recorder: Recorder, path: Path | str, seed: int) -> Any:
    """A Lightning callback that records what `training_step` returns: a dict with loss, indices,
    logits and labels of the batch. It saves to `path` when training has ended.

        trainer = Trainer(callbacks=[lightning_callback(recorder, "recording/seed-0.npz", seed=0)])

    If training resumes from a checkpoint of an epoch's end, so does the recording. Raises
    RecordingError in training on several processes, or if `training_step` returns something else.
    """
    package = "lightning.pytorch" if "lightning.pytorch" in sys.modules else "pytorch_lightning"

    class Callback(importlib.import_module(package).Callback):  # type: ignore[misc, name-defined]
        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            _check_alone(trainer.world_size)
            recorder.rewind(trainer.current_epoch)

        def on_train_batch_end(
            self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
        ) -> None:
            needed = ("indices", "logits", "labels")
            if not isinstance(outputs, dict) or not set(needed) <= outputs.keys():
                raise RecordingError(
                    f"training_step returns {_described(outputs)}; expected a dict with loss, "
                    f"{', '.join(needed)} of the batch"
                )
            recorder.update(*(outputs[name] for name in needed))

        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            recorder.end_epoch()

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            recorder.save(path, seed)

    return Callback()


def trainer_callback(recorder: Recorder, path: Path | str, seed: int, index: str = "index") -> Any:
    """A callback of the Hugging Face Trainer that records each training batch: the model's logits,
    and the labels that it is given. It saves to `path` when training has ended.

        trainer = Trainer(..., callbacks=[trainer_callback(recorder, "recording/seed-0.npz", 0)])

    index: the column of the training set that holds the samples' places in it; the model does not
    get it. TrainingArguments(remove_unused_columns=False) lets it through. If training resumes from
    a checkpoint of an epoch's end, so does the recording. Raises RecordingError in training on
    several devices, for a checkpoint inside an epoch, or if a batch has no such column or no
    labels.
    """

    class Callback(importlib.import_module("transformers").TrainerCallback):  # type: ignore
        def __init__(self) -> None:
            self.indices: Any = None
            self.hooks: list[Any] = []

        def on_train_begin(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
            _check_alone(max(args.world_size, args.n_gpu))
            if (epochs := state.epoch or 0) != int(epochs):
                raise RecordingError(
                    f"training resumes from a checkpoint at epoch {epochs:.2f}; expected one of an "
                    "epoch's end: TrainingArguments(save_strategy='epoch')"
                )
            recorder.rewind(int(epochs))
            model = parts["model"]
            self.hooks = [
                model.register_forward_pre_hook(self.take_indices, with_kwargs=True),
                model.register_forward_hook(self.record, with_kwargs=True),
            ]

        def take_indices(self, model: Any, args: Any, batch: dict) -> tuple[Any, dict]:
            self.indices = batch.get(index)
            return args, {name: values for name, values in batch.items() if name != index}

        def record(self, model: Any, args: Any, batch: dict, output: Any) -> None:
            if not model.training:
                return
            if self.indices is None or "labels" not in batch:
                raise RecordingError(
                    f"a batch has {_described(batch)}; expected labels and {index}, the samples' "
                    "places: add that column to the training set, and set "
                    "TrainingArguments(remove_unused_columns=False)"
                )
            recorder.update(self.indices, output["logits"], batch["labels"])

        def on_epoch_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
            recorder.end_epoch()

        def on_train_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
            for hook in self.hooks:
                hook.remove()
            recorder.save(path, seed)

    return Callback()


def _check_alone(devices: int) -> None:
    if devices > 1:
        raise RecordingError(
            f"training runs on {devices} devices, of which each sees a part of the samples; "
            "expected one: record on one device"
        )


def _described(found: Any) -> str:
    return ", ".join(map(str, found)) if isinstance(found, dict) else type(found).__name__
