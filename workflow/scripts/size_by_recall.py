"""The class sizes that recall itself would give, were it the hardness estimator."""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.sets import allocation

with job("size_by_recall") as snakemake:
    params, data = snakemake.params, datasets.load(snakemake.input.data)
    evaluation = artifacts.load_csv(snakemake.input.evaluation[0])
    scores = allocation.scores_of_recall(evaluation, data.train_labels, data.classes)
    columns = allocation.table(
        "recall",
        scores,
        data.train_labels,
        data.class_names,
        params.members,
        params.alphas,
        params.rhos,
    )
    artifacts.save_csv(snakemake.output[0], columns)
