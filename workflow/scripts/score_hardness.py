"""Score every training sample with one estimator: members x samples."""

from common import job
from hardness import artifacts, dynamics, estimators

with job("score_hardness") as snakemake:
    name = snakemake.wildcards.estimator
    runs = dynamics.load(snakemake.input, estimators.find(name).NEEDS)
    scores = estimators.compute(name, runs)
    artifacts.save_npz(
        snakemake.output[0], scores=scores.scores, seeds=scores.seeds, keys=scores.keys
    )
