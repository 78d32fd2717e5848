"""Compute class hardness, ratios and class sizes by one estimator, for every alpha and rho."""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation
from hardness.sets import class_tables
from hardness.sets.allocation import policies

with job("allocate") as snakemake:
    name, params = snakemake.wildcards.estimator, snakemake.params
    data = datasets.load(snakemake.input.data)
    scores = estimation.load(snakemake.input.hardness, name)
    by = policies(params.alphas, params.rhos)
    columns = class_tables.table(
        name, scores, data.train_labels, data.class_names, params.members, by
    )
    artifacts.save_csv(snakemake.output[0], columns)
