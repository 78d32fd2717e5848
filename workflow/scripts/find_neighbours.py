"""Find the nearest neighbors of all samples in one space, with what estimators read of them."""

from blocks import device
from common import job
from hardness.core import artifacts
from hardness.data import datasets, neighbours, spaces

with job("find_neighbours") as snakemake:
    params, space = snakemake.params, snakemake.wildcards.space
    found_on = device(snakemake, {"device": "any"}, snakemake.wildcards.dataset)
    data = datasets.load(snakemake.input.data)
    if snakemake.input.features:
        points = spaces.Points(**artifacts.load_npz(snakemake.input.features[0], "train", "test"))
    else:
        points = spaces.of_inputs(data, params.components)
    arrays = neighbours.measured(points, data, params.k, params.settings.values(), found_on.type)
    # data.npz already has the inputs in the space of pixels
    inputs = points if space != spaces.PIXELS else spaces.Points(points.train[:0], points.test[:0])
    artifacts.save_npz(
        snakemake.output[0], **arrays, train_inputs=inputs.train, test_inputs=inputs.test
    )
