"""List the training samples, one per row: index, label and every estimator's score, mean over the
hardness members.
"""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.evidence.samples import samples
from hardness.scoring import estimation, sources

with job("list_samples") as snakemake:
    files, members = snakemake.input, snakemake.params.members
    scores = estimation.load_all(files.hardness, snakemake.params.estimators)
    correct = sources.load_dynamics(files.dynamics, ["correct"]).correct[:members]
    columns = samples(datasets.load(files.data), scores, correct, members)
    artifacts.save_csv(snakemake.output[0], columns)
