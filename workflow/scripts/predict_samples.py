"""Predict by the stored weights of a block of members: all training samples or, if the rule gives
alphas, all test samples by total direct effect.
"""

from blocks import described, take_gpu
from common import job
from hardness.core import artifacts
from hardness.training import devices

with job("predict_samples") as snakemake:
    block = described(snakemake)
    gpus = take_gpu(snakemake, f"predictions of {block.name}, block {snakemake.wildcards.block}")
    from hardness.training import prediction  # torch, after the GPU was chosen

    weights, device = (
        artifacts.load_npz(snakemake.input.weights),
        devices.choose(block.recipe, gpus),
    )
    if alphas := getattr(snakemake.params, "alphas", ()):
        predicted = prediction.direct_effects(block, weights, alphas, device)
    else:
        predicted = prediction.predict(block, weights, device)
    artifacts.save_npz(snakemake.output[0], **predicted)
