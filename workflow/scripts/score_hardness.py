"""Score every training sample with one estimator."""

from common import job
from hardness.scoring import estimation, sources
from hardness.scoring.parts import ESTIMATORS

with job("score_hardness") as snakemake:
    name = snakemake.wildcards.estimator
    estimator = ESTIMATORS.find(name)
    source = sources.load(
        estimator.SOURCE, snakemake.input, estimator.NEEDS, snakemake.params.probe_epoch
    )
    estimation.save(snakemake.output[0], estimation.compute(name, source))
