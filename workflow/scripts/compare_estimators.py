"""Compare estimators by what pruning or resampling by them does to the accuracy."""

from common import job
from hardness.analysis import by_estimator
from hardness.core import artifacts
from hardness.core.tables import pick
from hardness.sets import spec

with job("compare_estimators") as snakemake:
    params, output = snakemake.params, snakemake.output
    overall = pick(artifacts.load_csv(snakemake.input.overall), recipe=params.recipe)
    specs = {name: spec.from_columns(columns) for name, columns in params.sets.items()}
    artifacts.save_csv(output.pruned, by_estimator.pruned(overall, specs))
    artifacts.save_csv(output.resampled, by_estimator.resampled(overall, specs))
