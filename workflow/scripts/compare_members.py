"""Measure how well networks agree on which samples are hard, as single ones and as ensembles."""

from common import job
from hardness.analysis import difficulty
from hardness.core import artifacts
from hardness.scoring import estimation

with job("compare_members") as snakemake:
    params = snakemake.params
    scores = estimation.load_all(snakemake.input, params.estimators)
    found = difficulty.agreement(
        {name: one.scores for name, one in scores.items()}, params.stability["splits"]
    )
    artifacts.save_csv(snakemake.output[0], found)
