"""Measure the prediction depth of all training samples, by the stored weights of a block."""

from blocks import described, take_gpu
from common import job
from hardness.core import artifacts
from hardness.training import devices

with job("measure_depth") as snakemake:
    block = described(snakemake)
    gpus = take_gpu(snakemake, f"depth of {block.name}, block {snakemake.wildcards.block}")
    from hardness.training import depth  # torch, after the GPU was chosen

    weights, device = (
        artifacts.load_npz(snakemake.input.weights),
        devices.choose(block.recipe, gpus),
    )
    artifacts.save_npz(snakemake.output[0], **depth.depths(block, weights, device))
