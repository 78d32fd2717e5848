"""Read, check and convert a data set once; or derive it from another one."""

from pathlib import Path

from common import job
from hardness import datasets, derived

with job("make_data") as snakemake:
    source = snakemake.params.source
    if source["kind"] == "subset":
        data = derived.subset(datasets.load(snakemake.input[0]), source["train"], source["test"], source["seed"])
    else:
        data = datasets.read(source, Path(snakemake.params.data_dir or ""))
    datasets.save(snakemake.output[0], data)
