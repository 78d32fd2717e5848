"""Stack the checked claims of all of the paper's data sets in one file."""

from common import job
from hardness.core import artifacts, tables

with job("collect_claims") as snakemake:
    claims = {
        (dataset,): artifacts.load_csv(path)
        for dataset, path in zip(snakemake.params.datasets, snakemake.input, strict=True)
    }
    artifacts.save_csv(snakemake.output[0], tables.stacked(claims, ["dataset"]))
