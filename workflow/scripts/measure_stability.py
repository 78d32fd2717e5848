"""Measure how much a further member changes an ensemble's results, how well estimators agree, and
how reliable scores and class sizes are.
"""

from common import job
from hardness.analysis import stability
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation

with job("measure_stability") as snakemake:
    params, data = snakemake.params, datasets.load(snakemake.input.data)
    made = stability.tables(
        estimation.load_all(snakemake.input.hardness, params.estimators),
        data.train_labels,
        data.classes,
        params.ensembles,
        params.stability,
        params.alphas,
        params.rhos,
    )
    for name, columns in made.items():
        artifacts.save_csv(getattr(snakemake.output, name), columns)
