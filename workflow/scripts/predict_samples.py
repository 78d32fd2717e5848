"""Predict by the stored weights of a block of members: all training samples or, if the rule gives
alphas, all test samples by total direct effect.
"""

from blocks import described, device
from common import job
from hardness.core import artifacts

with job("predict_samples") as snakemake:
    block = described(snakemake)
    what = f"predictions of {block.name}, block {snakemake.wildcards.block}"
    found_on = device(snakemake, block.recipe, what)
    from hardness.training import prediction

    weights = artifacts.load_npz(snakemake.input.weights)
    if alphas := getattr(snakemake.params, "alphas", ()):
        predicted = prediction.direct_effects(block, weights, alphas, found_on)
    else:
        predicted = prediction.predict(block, weights, found_on)
    artifacts.save_npz(snakemake.output[0], **predicted)
