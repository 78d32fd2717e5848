"""All ensembles' evaluation in two files for readers: a row a member and class, and a row a
member.
"""

from pathlib import Path

from common import job
from hardness.analysis import evaluation
from hardness.core import artifacts

with job("collect_evaluation") as snakemake:
    ensembles = {
        (Path(path).parent.name, Path(path).stem): artifacts.load_csv(path)
        for path in snakemake.input.evaluation
    }
    easy = artifacts.load_csv(snakemake.input.groups)["group"] == "easy"
    classwise, overall = evaluation.collect(ensembles, easy, snakemake.params.compared)
    artifacts.save_csv(snakemake.output.classwise, classwise)
    artifacts.save_csv(snakemake.output.overall, overall)
