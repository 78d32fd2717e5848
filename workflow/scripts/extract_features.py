"""Compute the features of all samples by the ensemble's first member, seed 0.

This runs on one core, because other numbers of cores round differently.
"""

from threadpoolctl import threadpool_limits

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import devices

with job("extract_features") as snakemake:
    gpus, recipe = snakemake.resources.get("gpu"), snakemake.params.recipe
    devices.take(gpus, snakemake.resources.get("gpu_slots") or 1, snakemake.wildcards.dataset)
    from hardness.training import features  # torch, after the GPU is chosen

    data, device = datasets.load(snakemake.input.data), devices.choose({"device": "any"}, gpus)
    with threadpool_limits(1):
        points = features.of_member(snakemake.input.weights, 0, data, recipe, device)
    artifacts.save_npz(snakemake.output[0], train=points.train, test=points.test)
