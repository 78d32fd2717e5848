"""Measure the prediction depth of all training samples, by the stored weights of a block."""

from blocks import described, device
from common import job
from hardness.core import artifacts

with job("measure_depth") as snakemake:
    block = described(snakemake)
    what = f"depth of {block.name}, block {snakemake.wildcards.block}"
    found_on = device(snakemake, block.recipe, what)
    from hardness.training import depth

    weights = artifacts.load_npz(snakemake.input.weights)
    artifacts.save_npz(snakemake.output[0], **depth.depths(block, weights, found_on))
