"""Score every training sample with one estimator: members x samples."""

from common import job
from hardness.core import artifacts
from hardness.scoring import dynamics, estimation
from hardness.scoring.parts import ESTIMATORS

with job("score_hardness") as snakemake:
    name = snakemake.wildcards.estimator
    runs = dynamics.load(snakemake.input, ESTIMATORS.find(name).NEEDS)
    scores = estimation.compute(name, runs)
    artifacts.save_npz(
        snakemake.output[0], scores=scores.scores, seeds=scores.seeds, keys=scores.keys
    )
