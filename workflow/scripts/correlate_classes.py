"""Correlate every estimator's scores of the classes with the accuracy of ensembles on them."""

from common import job
from hardness.analysis import class_correlations as analysis
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation

with job("correlate_classes") as snakemake:
    params, inputs = snakemake.params, snakemake.input
    files = {inputs.scores: "predictions"} | dict(zip(inputs.spaces, params.spaces, strict=True))
    tables = [analysis.in_space(artifacts.load_csv(path), space) for path, space in files.items()]
    hardness = iter(inputs.hardness)
    for path, (setting, names), members in zip(
        inputs.data, params.estimators.items(), params.members, strict=True
    ):
        data = datasets.load(path)
        scores = {name: estimation.load(next(hardness), name) for name in names}
        tables.append(
            analysis.of_samples(setting, scores, data.train_labels, data.classes, members)
        )
    values, accuracy = analysis.joined(tables), artifacts.load_csv(inputs.ensembles)
    artifacts.save_csv(snakemake.output.values, values)
    artifacts.save_csv(snakemake.output.correlations, analysis.table(values, accuracy))
