"""Score every training sample by the mean predictions of members that did not train on it."""

import numpy as np

from common import job
from hardness.data import datasets
from hardness.scoring import estimation, sources
from hardness.sets import folds

with job("score_out_of_fold") as snakemake:
    members = np.stack(list(sources.member_probabilities(snakemake.input.predictions)))
    if snakemake.input.set:  # a recording has none: all its predictions are of samples held out
        members = folds.out_of_fold(members, datasets.load_set(snakemake.input.set).source)
    read = sources.mean_predictions(members, datasets.load(snakemake.input.data).train_labels)
    for name, path in zip(snakemake.params.estimators, snakemake.output, strict=True):
        estimation.save(path, estimation.compute(name, read))
