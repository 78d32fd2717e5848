"""Measure how much scores of the same samples depend on the recipe, and how much on the member."""

from common import job
from hardness.analysis import sensitivity
from hardness.core import artifacts
from hardness.core.tables import stacked
from hardness.scoring import estimation, sources
from hardness.scoring.parts import ESTIMATORS

with job("compare_recipes") as snakemake:
    params = snakemake.params
    blocks: dict[str, list[str]] = {}
    for recipe, path in zip(params.recipes, snakemake.input, strict=True):
        blocks.setdefault(recipe, []).append(path)

    between, split = {}, {}
    for name in params.estimators:
        needs = ESTIMATORS.find(name).NEEDS
        scores = {
            recipe: estimation.compute(
                name, sources.load_dynamics(paths, needs, params.probe_epochs[recipe])
            ).first(params.members)
            for recipe, paths in blocks.items()
        }
        between[name,] = sensitivity.between_recipes(scores, params.rates)
        split[name,] = sensitivity.variance_split(scores)
    artifacts.save_csv(snakemake.output.recipes, stacked(between, ["estimator"]))
    artifacts.save_csv(snakemake.output.variance, stacked(split, ["estimator"]))
