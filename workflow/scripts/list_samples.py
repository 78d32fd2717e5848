"""A row a training sample: index, label and every estimator's score, mean over the hardness
members.
"""

from common import job
from hardness import artifacts, datasets, dynamics, estimators

with job("list_samples") as snakemake:
    names, members = snakemake.params.estimators, snakemake.params.members
    scores = {
        name: estimators.load(path, name)
        for name, path in zip(names, snakemake.input.hardness, strict=True)
    }
    runs = dynamics.load(snakemake.input.dynamics, ["correct"])
    columns = estimators.samples(
        datasets.load(snakemake.input.data), scores, runs.correct[:members], members
    )
    artifacts.save_csv(snakemake.output[0], columns)
