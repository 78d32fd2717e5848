"""The training set `full`: the data set as it is."""

from common import job
from hardness.data import datasets

with job("make_full_set") as snakemake:
    data = datasets.load(snakemake.input[0])
    datasets.save_set(
        snakemake.output[0], datasets.full(data.train_labels, data.train_inputs.shape[1:])
    )
