"""Loss and difficulty of simulated samples that are unlearned with several probabilities."""

from common import job
from hardness.analysis import passes
from hardness.core import artifacts

with job("simulate_difficulty") as snakemake:
    artifacts.save_csv(snakemake.output[0], passes.simulation(**snakemake.params.setting))
