"""Compare difficulty during training with class sizes by hardness: each member's recall."""

from common import job
from hardness.analysis import difficulty
from hardness.core import artifacts

with job("compare_difficulty") as snakemake:
    files, rivals = snakemake.input, snakemake.params.rivals
    evaluations = {
        tuple(one): artifacts.load_csv(path)
        for one, path in zip(rivals, files.evaluation, strict=True)
    }
    groups = artifacts.load_csv(files.groups)
    hard = groups["group"][groups["class"].argsort()] == "hard"
    artifacts.save_csv(snakemake.output[0], difficulty.recalls(evaluations, hard))
