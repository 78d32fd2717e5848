"""Test whether each class is certainly harder than the next easier one, by every estimator."""

from common import job
from hardness.analysis import class_differences
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation

with job("compare_classes") as snakemake:
    files, params = snakemake.input, snakemake.params
    data = datasets.load(files.data)
    scores = estimation.load_all(files.hardness, params.estimators)
    columns = class_differences.differences(
        scores, data.train_labels, data.class_names, params.members
    )
    artifacts.save_csv(snakemake.output[0], columns)
