"""The claims of the paper's data sets, one below the other."""

from common import job
from hardness.core import artifacts, tables

with job("collect_claims") as snakemake:
    claims = {
        (dataset,): artifacts.load_csv(path)
        for dataset, path in zip(snakemake.params.datasets, snakemake.input, strict=True)
    }
    artifacts.save_csv(snakemake.output[0], tables.stacked(claims, ["dataset"]))
