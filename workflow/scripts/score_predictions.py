"""Score every training sample by the mean predictions of members that trained on it."""

from common import job
from hardness.data import datasets
from hardness.scoring import estimation, sources

with job("score_predictions") as snakemake:
    params = snakemake.params
    members = sources.member_probabilities(snakemake.input.predictions, params.members)
    read = sources.mean_predictions(members, datasets.load(snakemake.input.data).train_labels)
    for name, path in zip(params.estimators, snakemake.output, strict=True):
        estimation.save(path, estimation.compute(name, read))
