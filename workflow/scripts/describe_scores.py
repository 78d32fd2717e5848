"""Describe the scores of samples by every estimator: the shape of their curve, which divides the
samples into easy, medium and hard ones, and how well estimators agree.
"""

from common import job
from hardness.analysis import class_correlations, division, score_agreement
from hardness.core import artifacts
from hardness.scoring import estimation
from hardness.scoring.scores import mean_score

with job("describe_scores") as snakemake:
    params, inputs = snakemake.params, snakemake.input
    scored: list[tuple] = []
    for path, (settings, names) in zip(inputs.samples, params.samples, strict=True):
        scored += division.of_samples(artifacts.load_npz(path), settings, names)
    hardness = iter(inputs.hardness)
    for (setting, names), members in zip(params.estimators.items(), params.members, strict=True):
        where = class_correlations.TRAINING.get(setting, setting)
        for name in names:
            scores = estimation.load(next(hardness), name)
            scored.append((where, name, mean_score(scores, members)))
    tables = division.tables(scored) | {"agreement": score_agreement.table(scored)}
    for table, columns in tables.items():
        artifacts.save_csv(getattr(snakemake.output, table), columns)
