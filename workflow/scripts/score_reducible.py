"""Score every training sample by its loss in training, minus that of members not trained on it."""

import numpy as np

from common import job
from hardness.data import datasets
from hardness.scoring import estimation, sources
from hardness.sets import folds

with job("score_reducible") as snakemake:
    files = snakemake.input
    members = np.stack(list(sources.member_probabilities(files.predictions)))
    if files.set:  # a recording has none: all its predictions are of samples held out
        members = folds.out_of_fold(members, datasets.load_set(files.set).source)
    labels = datasets.load(files.data).train_labels
    read = sources.reducible(files.dynamics, members, labels)
    for name, path in zip(snakemake.params.estimators, snakemake.output, strict=True):
        estimation.save(path, estimation.compute(name, read))
