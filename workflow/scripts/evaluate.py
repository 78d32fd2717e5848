"""Compute precision, recall, accuracy, F1 and MCC per member and class on the test set."""

from common import job
from hardness.analysis import evaluation
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import sources

with job("evaluate") as snakemake:
    data = datasets.load(snakemake.input.data)
    seeds, predicted = sources.load_predictions(snakemake.input.test, snakemake.params.members)
    artifacts.save_csv(
        snakemake.output[0],
        evaluation.classwise(data.test_labels, predicted, seeds, data.class_names),
    )
