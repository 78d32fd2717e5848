"""How many test samples the nearest neighbours name rightly: among the features of networks trained
without labels, among those of the same networks before training, and among pixels.
"""

import numpy as np

from common import job
from hardness.analysis.representation import accuracy
from hardness.core import artifacts
from hardness.data import datasets, spaces
from hardness.training import devices, store

with job("measure_representation") as snakemake:
    files, params = snakemake.input, snakemake.params
    data = datasets.load(files.data)
    block = store.Block(
        data=data,
        training_set=datasets.load_set(files.set),
        recipe=params.recipe,
        seeds=params.seeds,
        observe=(),
        name=f"{snakemake.wildcards.dataset}, untrained",
    )
    gpus = snakemake.resources.get("gpu")
    devices.take(gpus, snakemake.resources.get("gpu_slots") or 1, block.name)
    from hardness.training import untrained  # torch, after the GPU was chosen

    columns: dict[str, list] = {"space": [], "seed": [], "accuracy": []}

    def measure(space: str, seed: int | None, train: np.ndarray, test: np.ndarray) -> None:
        right = accuracy(train, data.train_labels, test, data.test_labels)
        for name, value in zip(columns, (space, seed, right), strict=True):
            columns[name].append(value)

    pixels = spaces.pixels(data)
    measure("pixels", None, pixels.train, pixels.test)
    device = devices.choose(params.recipe, gpus)
    for seed, train, test in zip(params.seeds, *untrained.features(block, device), strict=True):
        measure("untrained", seed, train, test)
    for features, tested in zip(files.features, files.test, strict=True):
        there = artifacts.load_npz(features, "seeds", "features")
        asked = artifacts.load_npz(tested, "features")["features"]
        for seed, train, test in zip(there["seeds"], there["features"], asked, strict=True):
            measure("trained", int(seed), train.astype(np.float32), test.astype(np.float32))
    artifacts.save_csv(snakemake.output[0], columns)
