"""Compute the features of all samples by the ensemble's first member, seed 0.

This runs on one core, because other numbers of cores round differently.
"""

from threadpoolctl import threadpool_limits

from blocks import device
from common import job
from hardness.core import artifacts
from hardness.data import datasets

with job("extract_features") as snakemake:
    found_on = device(snakemake, {"device": "any"}, snakemake.wildcards.dataset)
    from hardness.training import features

    data, recipe = datasets.load(snakemake.input.data), snakemake.params.recipe
    with threadpool_limits(1):
        points = features.of_member(snakemake.input.weights, 0, data, recipe, found_on)
    artifacts.save_npz(snakemake.output[0], train=points.train, test=points.test)
