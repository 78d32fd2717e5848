"""The class sizes that recall itself would give, were it the hardness estimator."""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.sets import class_tables
from hardness.sets.allocation import policies

with job("size_by_recall") as snakemake:
    params, data = snakemake.params, datasets.load(snakemake.input.data)
    labels, by = data.train_labels, policies(params.alphas, params.rhos)
    evaluation = artifacts.load_csv(snakemake.input.evaluation[0])
    scores = class_tables.scores_of_recall(evaluation, labels, data.classes)
    columns = class_tables.table("recall", scores, labels, data.class_names, params.members, by)
    artifacts.save_csv(snakemake.output[0], columns)
