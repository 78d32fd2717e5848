"""A small block of members, and the files that its training leaves."""

import os
import signal

import numpy as np
import pytest
import torch

from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import checkpoint, loop, parts, store

torch.set_num_threads(1)
CPU = torch.device("cpu")
OUTPUTS = ("test.npz", "dynamics.npz", "weights.npz")
N, TEST, CLASSES, SHAPE, STEPS = 54, 20, 3, (8, 10, 2), 4  # batches of 16, 16, 16 and 6

SGD = {
    "model": {"name": "digits-cnn"},
    "head": {"name": "linear"},
    "objective": {"name": "cross-entropy"},
    "sampler": {"name": "permutation"},
    "observe": "dynamics",
    "epochs": 4,
    "batch_size": 16,
    "optimizer": {
        "name": "sgd",
        "lr": 0.05,
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 5e-4,
    },
    "schedule": {"name": "steps", "at": [0.5, 0.75], "factor": 0.2},
    "augment": {"shift": 2, "flip": True, "pad": "mean"},
    "precision": "float32",
    "device": "any",
    "probe_epoch": 3,
    "members_per_job": 3,
    "threads": 1,
}
ADAM = SGD | {
    "optimizer": {"name": "adam", "lr": 1e-3, "weight_decay": 1e-3},
    "schedule": {"name": "cosine"},
}
ADAM_AND_NORMS = ADAM | {
    "model": {"name": "resnet-cifar", "depth": 8},
    "epochs": 3,
    "augment": {"shift": 1, "flip": False, "pad": "black"},
    "probe_epoch": 2,
}
# In bfloat16, with a head without bias
NINE = SGD | {
    "model": {"name": "resnet9", "width": 4},
    "head": {"name": "linear", "bias": False, "scale": 0.125},
    "precision": "bfloat16",
}
# Every part another than the usual one
OTHER_PARTS = SGD | {
    "objective": {"name": "focal", "gamma": 1.5},
    "sampler": {"name": "class-balanced"},
    "observe": "pass",
}
PASSES = SGD | {"objective": {"name": "class-balanced", "beta": 0.9}, "observe": "pass"}
# Without labels
TWINS = ADAM | {
    "model": {"name": "conv4", "widths": [4, 6, 8, 8]},
    "head": {"name": "projector", "dims": [10, 6]},
    "objective": {"name": "barlow-twins", "lambda": 0.02},
    "views": "twins",
    "observe": ["features", "input-gradients"],
    "augment": {"shift": 0, "flip": True, "pad": "black"},
}


def make_data(n=N):
    """Noise with a bright corner that tells the class, too faint to be learned at once."""
    rng = np.random.default_rng(0)
    labels = np.arange(n + TEST) % CLASSES
    images = rng.integers(0, 160, (n + TEST, *SHAPE))
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 3, 3:7] += 60
    images = images.astype(np.uint8)
    return datasets.checked(images[:n], labels[:n], images[n:], labels[n:], ["a", "b", "c"])


DATA = make_data()
FULL = datasets.full(DATA.train_labels, SHAPE)


def make_block(
    recipe=SGD, seeds=(0, 1, 2), record=True, data=DATA, training_set=None, name="toy, full"
):
    return loop.Block(
        data,
        training_set or datasets.full(data.train_labels, SHAPE),
        recipe,
        list(seeds),
        parts.observers(recipe) if record else (),
        name,
    )


def run(folder, *arguments, **options):
    return loop.train(make_block(*arguments, **options), folder, CPU)


def contents(entry):
    return {file.name: file.read_bytes() for file in entry.glob("*.npz")}


class Killed(BaseException):
    pass


def interrupted(monkeypatch, folder, block, after, how):
    """Train, stopped after each number of steps in `after`, counted over all attempts; returns the
    finished entry.

    how: "term", by SIGTERM, after which the step is finished and the state written; "kill", in the
    midst of a step, when the state after the one before was the last that was written.
    """
    steps = 0
    genuine = loop.Training.train_step

    def step(self, *arguments):
        nonlocal steps
        if how == "kill" and steps in stops:
            stops.remove(steps)
            genuine(self, *arguments)
            raise Killed
        genuine(self, *arguments)
        steps += 1
        if how == "term" and steps in stops:
            stops.remove(steps)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(loop.Training, "train_step", step)
    monkeypatch.setattr(loop, "SAVE_EVERY", -1.0 if how == "kill" else 1e9)
    for attempt in range(len(after)):
        stops = [after[attempt]]
        with pytest.raises(checkpoint.StoppedError if how == "term" else Killed):
            loop.train(block, folder, CPU)
        (entry,) = folder.iterdir()
        assert (entry / store.RESUME).exists() and not [
            name for name in OUTPUTS if (entry / name).exists()
        ]
    stops = []
    entry = loop.train(block, folder, CPU)
    assert steps == block.recipe["epochs"] * STEPS  # no step was done twice
    assert (
        not (entry / store.RESUME).exists()
        and not artifacts.checksum_path(entry / store.RESUME).exists()
    )
    return entry
