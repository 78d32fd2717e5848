"""The nearest neighbours of MNIST's and CIFAR-10's test images among the training images, by
hardness.data.neighbours and by faiss, and what each data-based estimator then costs: in seconds of
all cores together, which other programs on the machine change little. All go with the number of
images that are looked up.

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
K, SETTING = 40, "part"
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
    """The test images' neighbours among the training images."""
    import faiss

    from hardness.data import neighbours, spaces

    data, name = data_of(kind, quick)
    points = spaces.pixels(data)
    rows, queries = (part.astype(np.float32) for part in (points.train, points.test))
    index = faiss.IndexFlatL2(rows.shape[1])
    index.add(rows)
    sides = {
        "ours": partial(core_seconds, neighbours.nearest, points.train, K, points.test),
        "faiss": partial(core_seconds, index.search, queries, K),
    }
    what = f"{name}: {len(queries):,} images among {len(rows):,} of {rows.shape[1]:,} values"
    found = bench.alternate(f"{what}, core-seconds", sides, 1)
    return [
        row(f"{what}: {K} neighbours; reference: faiss", "core-s", *found.values(),
            "times as long", AIM),
    ]  # fmt: skip


def scored(kind: str, quick: bool) -> list[dict]:
    """All that find_neighbours does for the test images, and what each data-based estimator then
    costs with the class values that follow.
    """
    from hardness.data import neighbours, spaces
    from hardness.scoring import class_scores
    from hardness.scoring.parts import ESTIMATORS, estimator_source
    from hardness.scoring.sources import Neighbours

    data, name = data_of(kind, quick)
    points, arrays = spaces.pixels(data), {}
    what = f"{name}, {len(points.test):,} images among {len(points.train):,}"

    def measured() -> None:
        arrays.update(neighbours.measured(points, data, K, [SETTING]))

    whole = core_seconds(measured)
    source = Neighbours(
        data.classes,
        data.test_labels,
        data.train_labels[arrays[f"{SETTING}_indices"]],
        *(arrays[f"{SETTING}_{one}"] for one in ("distances", "centroid_distances", "coordinates")),
        points.scaled("test"),
    )
    names = [one for one in ESTIMATORS.names() if estimator_source(one) == "neighbours"]
    return [
        row(f"{what}: all of find_neighbours but its files", "core-s", [whole]),
        *(
            row(f"{what}: {one}", "core-s", [core_seconds(class_scores.score, one, source)])
            for one in names
        ),
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
    queries = points[: neighbours.BLOCK // len(points)]  # a whole block
    neighbours.local_coordinates(points, queries, neighbours.nearest(points, K, queries).indices)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def measure(repeats: int, quick: bool) -> list[dict]:
    process = bench.spawn("neighbours.memory", {"n": 500 if quick else 50_000, "d": 3072})
    beyond = float(process.communicate()[0])
    what = "memory of the search beyond its images, of CIFAR-10's size"
    return [
        row(what, "MiB", [beyond], aim="at most 2,048 MiB"),
        *searched("mnist", quick),
        *searched("cifar10", quick),
        *scored("mnist", quick),
    ]


if __name__ == "__main__":
    bench.run(__file__, measure)
