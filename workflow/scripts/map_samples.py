"""Compute the data map: each training sample's mean confidence, its variability, and how often
members were right about it.
"""

import numpy as np

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation, sources
from hardness.scoring.parts import ESTIMATORS
from hardness.scoring.scores import mean_score

AXES = {"confidence": "confidence", "variability": "variability", "correctness": "accuracy"}

with job("map_samples") as snakemake:
    data = datasets.load(snakemake.input.data)
    needed = {need for name in AXES.values() for need in ESTIMATORS.find(name).NEEDS}
    dynamics = sources.load_dynamics(snakemake.input.dynamics, sorted(needed))
    scores = {
        column: mean_score(estimation.compute(name, dynamics), snakemake.params.members)
        for column, name in AXES.items()
    }
    labels = data.train_labels
    columns = {"index": np.arange(len(labels)), "label": labels, "name": data.class_names[labels]}
    columns |= {column: values.astype(np.float32) for column, values in scores.items()}
    artifacts.save_csv(snakemake.output[0], columns)
