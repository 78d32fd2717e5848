"""Divide the classes into easy and hard ones, for every comparison of the two groups."""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation
from hardness.sets import class_tables

with job("group_classes") as snakemake:
    data = datasets.load(snakemake.input.data)
    scores = estimation.load(snakemake.input.hardness, snakemake.params.estimator)
    columns = class_tables.groups(
        scores, data.train_labels, data.class_names, snakemake.params.members
    )
    artifacts.save_csv(snakemake.output[0], columns)
