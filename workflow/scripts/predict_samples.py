"""Predict with the weights that a block of members left: all training samples; or, where the rule
says alphas, all test samples by total direct effect.
"""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import devices, store

with job("predict_samples") as snakemake:
    wildcards, recipe = snakemake.wildcards, snakemake.params.recipe
    name = f"{wildcards.dataset}, {getattr(wildcards, 'set', 'full')}, {wildcards.recipe}"
    block = store.Block(
        data=datasets.load(snakemake.input.data),
        training_set=datasets.load_set(snakemake.input.set),
        recipe=recipe,
        seeds=snakemake.params.seeds,
        observe=(),
        name=name,
    )
    gpus, slots = snakemake.resources.get("gpu"), snakemake.resources.get("gpu_slots") or 1
    devices.take(gpus, slots, f"predictions of {name}, block {wildcards.block}")
    from hardness.training import prediction  # torch, after the GPU was chosen

    weights = artifacts.load_npz(snakemake.input.weights)
    device, alphas = devices.choose(recipe, gpus), getattr(snakemake.params, "alphas", ())
    if alphas:
        predicted = prediction.direct_effects(block, weights, alphas, device)
    else:
        predicted = prediction.predict(block, weights, device)
    artifacts.save_npz(snakemake.output[0], **predicted)
