"""Measure what precedes training: a data set's file, SMOTE for one class of CIFAR-10's size, and
the start of a job's process.

CIFAR-10's own files are read from the folder that HARDNESS_DATA names, or from data (data_dir of
config.yaml).
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

import bench
from bench import row

# what Snakemake imports before each script
SNAKEMAKE = "from snakemake.logging import logger; from snakemake.iocontainers import Snakemake; "
NO_TORCH = SNAKEMAKE + "from hardness.data import datasets\nfrom hardness.training import store"
TORCH = SNAKEMAKE + "from hardness.data import datasets\nfrom hardness.training import loop, store"
USUAL = "import torch, torchvision; torch.optim.SGD([torch.zeros(1, requires_grad=True)])"


def files(repeats: int, quick: bool) -> list[dict]:
    """Measure reading CIFAR-10's own files, and writing and reading a data.npz of its size."""
    from hardness.data import datasets

    rows = []
    folder = Path(os.environ.get("HARDNESS_DATA") or bench.ROOT / "data")
    if len(list(folder.glob("cifar-10-batches-py/*_batch*"))) == 6:
        found = bench.seconds(
            "CIFAR-10", {"read": lambda: datasets.read({"kind": "cifar10"}, folder)}, repeats
        )
        rows.append(row("CIFAR-10's own files: checked and read", "s", found["read"]))
    else:
        print(
            "CIFAR-10's files are in neither HARDNESS_DATA nor data: reading them is not measured",
            flush=True,
        )
    sizes = (50, 10) if quick else (50_000, 10_000)
    data = bench.random_data(sizes[0], (32, 32, 3), sizes[1])
    with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
        path = Path(temporary) / "data.npz"
        sides = {"write": lambda: datasets.save(path, data), "read": lambda: datasets.load(path)}
        found = bench.seconds("data.npz", sides, repeats)
    what = f"data.npz of {sizes[0]:,} + {sizes[1]:,} 32x32x3 images, with checksum"
    return [
        *rows,
        row(f"{what}: written", "s", found["write"]),
        row(f"{what}: read", "s", found["read"]),
    ]


def smote(repeats: int, quick: bool) -> dict:
    """Measure growing a class by a fifth, with a second class, which imbalanced-learn needs."""
    from imblearn.over_sampling import SMOTE

    from hardness.sets.oversamplers import smote

    size, added = (50, 10) if quick else (5000, 1000)
    images, labels = bench.random_data(2 * size, (32, 32, 3)).train_inputs, np.repeat([0, 1], size)
    members = np.arange(size)

    def ours() -> None:
        smote.sample(images, members, members, added, np.random.default_rng(0))

    def reference() -> None:
        pixels = images.reshape(len(images), -1).astype(np.float64)
        grown, _ = SMOTE(sampling_strategy={0: size + added}, random_state=0).fit_resample(
            pixels, labels
        )
        np.clip(np.rint(grown), 0, 255).astype(np.uint8).reshape(-1, *images.shape[1:])

    found = bench.seconds("SMOTE", {"reference": reference, "ours": ours}, repeats)
    what = (
        f"SMOTE: {added:,} images for a class of {size:,}, 1 thread; "
        "reference: imbalanced-learn in float64, all cores"
    )
    return row(what, "s", found["ours"], found["reference"], "times as fast")


def starts(repeats: int) -> list[dict]:
    """Measure the start of Python with the imports of a job without torch, of one that trains, and
    of a script as users write it.
    """
    codes = {"reference": USUAL, "training": TORCH, "no torch": NO_TORCH}
    sides = {
        name: partial(subprocess.run, [sys.executable, "-c", code], check=True)
        for name, code in codes.items()
    }
    for side in sides.values():
        side()  # so that the files are in memory
    found = bench.seconds("start of a process", sides, repeats)
    training = "start of a training job; reference: torch, torchvision, an optimizer"
    return [
        row("start of a job without torch", "s", found["no torch"]),
        row(training, "s", found["training"], found["reference"], "times as fast"),
    ]


def measure(repeats: int, quick: bool) -> list[dict]:
    return [*files(repeats, quick), smote(repeats, quick), *starts(repeats)]


if __name__ == "__main__":
    bench.run(__file__, measure)
