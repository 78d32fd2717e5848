"""Collect the evaluation of all ensembles in two files for readers: one row per member and class,
and one row per member.
"""

from common import job
from hardness.analysis import evaluation
from hardness.core import artifacts

with job("collect_evaluation") as snakemake:
    params = snakemake.params
    files = zip(params.ensembles, snakemake.input.evaluation, strict=True)
    ensembles = {tuple(ensemble): artifacts.load_csv(path) for ensemble, path in files}
    easy = artifacts.load_csv(snakemake.input.groups)["group"] == "easy"
    classwise, overall = evaluation.collect(ensembles, easy, params.compared)
    artifacts.save_csv(snakemake.output.classwise, classwise)
    artifacts.save_csv(snakemake.output.overall, overall)
