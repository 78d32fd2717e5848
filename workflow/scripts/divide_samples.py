"""Divide samples into easy, medium and hard ones by the shape of each estimator's values."""

from common import job
from hardness.analysis import division
from hardness.core import artifacts
from hardness.core.tables import columns_of
from hardness.scoring import estimation

with job("divide_samples") as snakemake:
    params, hardness = snakemake.params, iter(snakemake.input)
    families: list[dict] = []
    curves: list[dict] = []
    for (setting, names), members in zip(params.estimators.items(), params.members, strict=True):
        for name in names:
            scores = estimation.load(next(hardness), name)
            rows, points = division.tables(setting, name, scores, members)
            families += rows
            curves += points
    for path, rows, columns in (
        (snakemake.output.families, families, division.FAMILIES),
        (snakemake.output.curves, curves, division.CURVES),
    ):
        artifacts.save_csv(path, columns_of(rows, columns))
