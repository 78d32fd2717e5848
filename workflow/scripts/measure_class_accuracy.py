"""Measure the accuracy of ensembles on each class, by their size, and score the classes by their
predictions.
"""

import numpy as np

from common import job
from hardness.analysis import class_accuracy as analysis
from hardness.core import artifacts
from hardness.core.tables import stacked
from hardness.data import datasets
from hardness.scoring import sources

with job("measure_class_accuracy") as snakemake:
    params, blocks = snakemake.params, list(snakemake.input.test)
    tables: dict[str, dict] = {"ensembles": {}, "agreement": {}, "scores": {}}
    samples: dict[str, np.ndarray] = {}
    for path, (setting, count) in zip(snakemake.input.data, params.settings, strict=True):
        data, own, blocks = datasets.load(path), blocks[:count], blocks[count:]
        labels = data.test_labels
        p = np.stack([one.astype(np.float32) for one in sources.member_probabilities(own)])
        made = analysis.class_accuracy(p, labels, data.classes)
        tables["ensembles"][setting,] = analysis.sizes_table(made, labels, data.class_names)
        tables["agreement"][setting,] = analysis.agreement_table(made, p, labels)
        entropy = sources.entropy(p).mean(axis=0)
        predictions = sources.MeanPredictions(made.p, labels, entropy)
        scores = analysis.sample_scores(predictions, params.estimators)
        tables["scores"][setting,] = analysis.scores_table(scores, labels, data.classes)
        samples |= {f"{setting}-{name}": values for name, values in scores.items()}
    for name, by_setting in tables.items():
        artifacts.save_csv(getattr(snakemake.output, name), stacked(by_setting, ["setting"]))
    artifacts.save_npz(snakemake.output.samples, **samples)
