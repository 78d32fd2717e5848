"""Find the nearest neighbors of the test images of MNIST and CIFAR-10 among the training images, by
hardness.data.neighbours and by faiss, and measure the cost of each data-based estimator after that:
in seconds summed over all cores, which other programs on the machine hardly affect. All costs are
proportional to the number of images whose neighbors are searched.

The data sets are read from the folder that HARDNESS_DATA names, or from data. If they are not
there, random images of their size are used, and the rows say so.
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
    """Return the data set, and its name in rows."""
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
    """Measure the search for the test images' neighbors among the training images."""
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
    """Measure all that find_neighbours does for the test images, except its files, and then the
    cost of each data-based estimator with its class values.
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
    """Print by how many MiB a search raises the process's largest memory, beyond that of the images
    and of importing torch.
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
