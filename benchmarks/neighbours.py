"""The nearest neighbours of MNIST and CIFAR-10, by hardness.data.neighbours and by faiss, and what
each data-based estimator costs: in seconds of all cores together, which other programs on the
machine change little.

The data sets are read where they lie in the folder that HARDNESS_DATA names, or in data; where they
are not there, random images of their size are taken, and the rows say so.
"""

import os
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import bench
from bench import row

SHAPES = {"mnist": (60_000, (28, 28, 1)), "cifar10": (50_000, (32, 32, 3))}
FOLDERS = {"mnist": "MNIST", "cifar10": "cifar-10-batches-py"}
K = 40
AIM = "at most 1.5x the time"


def data_of(kind: str, quick: bool):
    """The data set and how rows call it."""
    from hardness.data import datasets

    size, shape = SHAPES[kind]
    folder = Path(os.environ.get("HARDNESS_DATA") or bench.ROOT / "data")
    if quick or not (folder / FOLDERS[kind]).exists():
        size = 200 if quick else size
        return bench.random_data(size, shape), f"{size:,} random images as {kind}'s"
    return datasets.read({"kind": kind}, folder), kind


def core_seconds(function: Callable, *arguments) -> float:
    began = time.process_time()
    function(*arguments)
    return time.process_time() - began


def searched(kind: str, quick: bool) -> list[dict]:
    """The search among the training images, and all that a job finds, test images too."""
    import faiss

    from hardness.data import neighbours, spaces

    data, name = data_of(kind, quick)
    points = spaces.pixels(data)
    rows = points.train.astype(np.float32)
    index = faiss.IndexFlatL2(rows.shape[1])
    index.add(rows)
    sides = {
        "ours": partial(core_seconds, neighbours.nearest, points.train, K),
        "faiss": partial(core_seconds, index.search, rows, K + 1),
    }
    what = f"{name}: {K} neighbours of {len(rows):,} images of {rows.shape[1]:,} values"
    found = bench.alternate(f"{what}, core-seconds", sides, 1)
    whole = core_seconds(neighbours.measured, points, data, K)
    return [
        row(f"{what}; reference: faiss", "core-s", *found.values(), "times as long", AIM),
        row(f"{name}: all of find_neighbours, without files", "core-s", [whole]),
    ]


def scored(kind: str, quick: bool) -> list[dict]:
    """Each data-based estimator, on the training images among each other."""
    from hardness.data import neighbours, spaces
    from hardness.scoring import class_scores
    from hardness.scoring.parts import ESTIMATORS, estimator_source
    from hardness.scoring.sources import Neighbours

    data, name = data_of(kind, quick)
    points = spaces.pixels(data)
    arrays = neighbours.measured(points, data, K, ["train"])
    source = Neighbours(
        data.classes,
        data.train_labels,
        data.train_labels[arrays["train_indices"]],
        *(arrays[f"train_{one}"] for one in ("distances", "centroid_distances", "coordinates")),
        points.scaled("train"),
    )
    names = [one for one in ESTIMATORS.names() if estimator_source(one) == "neighbours"]
    return [
        row(f"{name}: {one}", "core-s", [core_seconds(class_scores.score, one, source)])
        for one in names
    ]


def memory(settings: dict) -> None:
    """Prints by how many MiB a search raises the process's largest memory beyond the images, and
    what importing torch takes.
    """
    import torch

    from hardness.data import neighbours

    torch.ones(200, 200) @ torch.ones(200, 200)
    shape = (settings["n"], settings["d"])
    points = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # as many as fill two blocks
    found = neighbours.nearest(points, K, points[: 2 * neighbours.BLOCK // len(points)])
    neighbours.local_coordinates(points, points[: len(found.indices)], found.indices)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def measure(repeats: int, quick: bool) -> list[dict]:
    process = bench.spawn("neighbours.memory", {"n": 500 if quick else 50_000, "d": 3072})
    beyond = float(process.communicate()[0])
    what = "memory of the search beyond its images, of CIFAR-10's size"
    return [
        *searched("mnist", quick),
        *searched("cifar10", quick),
        row(what, "MiB", [beyond], aim="at most 2,048 MiB"),
        *scored("mnist", quick),
    ]


if __name__ == "__main__":
    bench.run(__file__, measure)
