"""Compute loss and difficulty of simulated samples, unlearned with several probabilities."""

from common import job
from hardness.analysis import simulation
from hardness.core import artifacts

with job("simulate_difficulty") as snakemake:
    artifacts.save_csv(snakemake.output[0], simulation.columns(**snakemake.params.setting))
