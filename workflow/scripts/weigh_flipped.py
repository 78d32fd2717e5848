"""Compute the accuracy of networks with flipped labels, and flipped samples' difficulty weights."""

import numpy as np

from common import job
from hardness.analysis import difficulty
from hardness.core import artifacts, tables
from hardness.data import datasets
from hardness.scoring import sources

with job("weigh_flipped") as snakemake:
    params, files, found = snakemake.params, snakemake.input, {}
    data = {
        name: datasets.load(path) for name, path in zip(params.datasets, files.data, strict=True)
    }
    for place, one in enumerate(params.ensembles):
        tests = sources.load_predictions(getattr(files, f"test_{place}"), one["members"])
        blocks = [
            artifacts.load_npz(path, *one["sums"]) for path in getattr(files, f"pass_{place}", [])
        ]
        sums = [np.concatenate([block[name] for block in blocks]) for name in one["sums"] if blocks]
        ensemble = difficulty.Flipped(tests.seeds, tests.predicted, tuple(sums), one["c"])
        training_set = datasets.load_set(getattr(files, f"set_{place}"))
        key = (one["rate"], one["set"], one["recipe"], one["sampler"])
        found[key] = difficulty.flipped(data[one["dataset"]], training_set, ensemble)
    artifacts.save_csv(
        snakemake.output[0], tables.stacked(found, ["rate", "set", "recipe", "sampler"])
    )
