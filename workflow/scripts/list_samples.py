"""A row a training sample: index, label and every estimator's score, mean over the hardness
members.
"""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import dynamics, estimation

with job("list_samples") as snakemake:
    names, members = snakemake.params.estimators, snakemake.params.members
    scores = {
        name: estimation.load(path, name)
        for name, path in zip(names, snakemake.input.hardness, strict=True)
    }
    runs = dynamics.load(snakemake.input.dynamics, ["correct"])
    columns = estimation.samples(
        datasets.load(snakemake.input.data), scores, runs.correct[:members], members
    )
    artifacts.save_csv(snakemake.output[0], columns)
