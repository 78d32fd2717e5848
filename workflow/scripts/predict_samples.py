"""Apply a block of members, by its stored weights, to samples. The name of the output decides what
is computed: predictions or depth of all training samples, or tde of all test samples.
"""

from pathlib import Path

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
    from hardness.training import depth, prediction  # torch, after the GPU was chosen

    weights, device = artifacts.load_npz(snakemake.input.weights), devices.choose(recipe, gpus)
    match Path(snakemake.output[0]).stem:
        case "tde":
            made = prediction.direct_effects(block, weights, snakemake.params.alphas, device)
        case "depth":
            made = depth.depths(block, weights, device)
        case _:
            made = prediction.predict(block, weights, device)
    artifacts.save_npz(snakemake.output[0], **made)
