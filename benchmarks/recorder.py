"""Measure the cost of the recorder of a user's own training loop: one epoch of 50,000 samples in
batches of 128, recorded and written to disk, as a share of an epoch of ResNet-18; and the size of a
recording.

The time of an epoch is that of a plain loop on an NVIDIA H100 in bfloat16, step by step, and of the
same with its step captured as a CUDA graph (README.md, GPU), where the share is largest. The logits
are torch tensors on the CPU. Waiting for the disk is not counted.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

import bench
from hardness.recorder import Recorder

SAMPLES, BATCH, EPOCHS = 50_000, 128, 200
EPOCH = {"step by step": 820 / EPOCHS, "captured": 254 / EPOCHS}  # seconds


def epoch_of(n: int, classes: int) -> list[tuple]:
    """Return an epoch's batches: indices (B,), logits (B, k) and labels (B,) as torch tensors."""
    import torch

    rng = np.random.default_rng(0)
    labels = np.random.default_rng(1).integers(classes, size=n)
    order = rng.permutation(n)
    logits = rng.normal(0, 4, (n, classes)).astype(np.float32)
    parts = (torch.from_numpy(values).split(BATCH) for values in (order, logits, labels[order]))
    return list(zip(*parts, strict=True))


def recorded(recorder: Recorder, batches: list[tuple]) -> float:
    """Return the CPU seconds of recording an epoch, which the loop's own process loses."""
    began = time.process_time()
    for batch in batches:
        recorder.update(*batch)
    recorder.end_epoch()
    return time.process_time() - began


def size_of(folder: Path) -> float:
    """Return the size of all files in a folder, in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*.*") if path.is_file()) / 1e6


def measure(repeats: int, quick: bool) -> list[dict]:
    n, epochs = (1000, 3) if quick else (SAMPLES, EPOCHS)
    rows = []
    for classes in (10, 100):
        batches = epoch_of(n, classes)
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            path = Path(folder) / "recording"
            recorder = Recorder(n, classes, folder=path / "seed-0")
            seconds = [recorded(recorder, batches) for _ in range(epochs)]
            during = size_of(path)
            recorder.save(path / "seed-0.npz", seed=0)
            after = size_of(path)
        what = f"recorder, {n:,} samples, {classes} classes, batch {BATCH}: "
        for how, epoch in EPOCH.items():
            title = f"{what}an epoch, of one of ResNet-18 on an H100, {how}"
            aim = "at most 2%" if how == "step by step" else ""
            rows.append(bench.row(title, "s", seconds, [epoch] * epochs, "share", aim))
        rows.append(bench.row(f"{what}{epochs} epochs, while training", "MB", [during]))
        title = f"{what}{epochs} epochs, saved"
        rows.append(bench.row(title, "MB", [after], aim="at most 200 MB"))
    return rows


if __name__ == "__main__":
    bench.run(__file__, measure)
