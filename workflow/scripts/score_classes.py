"""Score all samples and classes of a data set by its data-based estimators."""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import class_scores, sources
from hardness.scoring.parts import ESTIMATORS

with job("score_classes") as snakemake:
    data, estimators = datasets.load(snakemake.input.data), snakemake.params.estimators
    needs = {name for estimator in estimators for name in ESTIMATORS.find(estimator).NEEDS}
    samples, rows = {}, []
    for setting, stored in snakemake.params.settings.items():
        source = sources.load_neighbours(snakemake.input.neighbours, data, sorted(needs), stored)
        for name in estimators:
            scores, classes = class_scores.score(name, source)
            if len(scores) == len(source.labels):  # of samples, not of classes
                samples[f"{setting}-{name}"] = scores
            rows += [{"setting": setting, "estimator": name} | row for row in classes]
    artifacts.save_npz(snakemake.output.samples, **samples)
    artifacts.save_csv(snakemake.output.classes, class_scores.columns(rows))
