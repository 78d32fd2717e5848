"""Compute the class sizes that recall, accuracy and F1 would give as hardness estimators."""

from common import job
from hardness.core import artifacts
from hardness.core.tables import stacked
from hardness.data import datasets
from hardness.sets import class_tables
from hardness.sets.allocation import policies

METRICS = ("recall", "accuracy", "f1")  # Sec. IV of the paper names these

with job("size_by_metric") as snakemake:
    params, data = snakemake.params, datasets.load(snakemake.input.data)
    labels, by = data.train_labels, policies(params.alphas, params.rhos)
    evaluation = artifacts.load_csv(snakemake.input.evaluation[0])
    tables = {}
    for metric in METRICS:
        scores = class_tables.scores_of_metric(evaluation, metric, labels, data.classes)
        tables[metric] = class_tables.table(
            metric, scores, labels, data.class_names, params.members, by
        )
    artifacts.save_csv(snakemake.output[0], stacked(tables, ()))
