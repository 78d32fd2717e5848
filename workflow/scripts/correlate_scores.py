"""Correlate all scores with each other, plain and given controls."""

from common import job
from hardness.analysis import score_correlations
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation

with job("correlate_scores") as snakemake:
    files, params = snakemake.input, snakemake.params
    data = datasets.load(files.data)
    scores = estimation.load_all(files.hardness, params.estimators)
    columns = score_correlations.table(scores, params.members, data.train_labels, data.classes)
    artifacts.save_csv(snakemake.output[0], columns)
