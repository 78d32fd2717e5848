"""Count the samples of each class in each training set: kept, removed, added."""

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.sets import composition, spec

with job("list_sizes") as snakemake:
    data = datasets.load(snakemake.input.data)
    sets = {
        name: datasets.load_set(path)
        for name, path in zip(snakemake.params.sets, snakemake.input.sets, strict=True)
    }
    specs = {name: spec.from_columns(columns) for name, columns in snakemake.params.sets.items()}
    artifacts.save_csv(snakemake.output[0], composition.sizes_table(data, sets, specs))
