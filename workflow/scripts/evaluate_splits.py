"""Compute precision, recall, accuracy, F1 and MCC per member and class, on the rows that the
member's split leaves out.
"""

from common import job
from hardness.analysis import evaluation, readings
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import sources
from hardness.sets import splits

with job("evaluate_splits") as snakemake:
    data, files = datasets.load(snakemake.input.data), snakemake.input
    seeds, predicted = sources.load_predictions(files.predictions, snakemake.params.members)
    rows = splits.test_rows(datasets.load_set(files.set).source, data.train_labels)
    tested = readings.left_out(predicted, seeds, rows)
    artifacts.save_csv(
        snakemake.output[0],
        evaluation.classwise(data.train_labels[rows[0]], tested, seeds, data.class_names),
    )
