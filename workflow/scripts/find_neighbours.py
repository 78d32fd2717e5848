"""Find the nearest neighbors of all samples in one space, with what estimators read of them."""

from common import job
from hardness.core import artifacts
from hardness.data import datasets, neighbours, spaces
from hardness.training import devices

with job("find_neighbours") as snakemake:
    params, gpus = snakemake.params, snakemake.resources.get("gpu") or 0
    devices.take(gpus, snakemake.resources.get("gpu_slots") or 1, snakemake.wildcards.dataset)
    data, space = datasets.load(snakemake.input.data), snakemake.wildcards.space
    if snakemake.input.features:
        points = spaces.Points(**artifacts.load_npz(snakemake.input.features[0], "train", "test"))
    else:
        points = spaces.of_inputs(data, params.components)
    device = devices.choose({"device": "any"}, gpus).type
    arrays = neighbours.measured(points, data, params.k, params.settings.values(), device)
    # data.npz already has the inputs in the space of pixels
    inputs = points if space != spaces.PIXELS else spaces.Points(points.train[:0], points.test[:0])
    artifacts.save_npz(
        snakemake.output[0], **arrays, train_inputs=inputs.train, test_inputs=inputs.test
    )
