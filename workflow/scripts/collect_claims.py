"""The claims of the paper's data sets, one below the other."""

from common import job
from hardness.core import artifacts

with job("collect_claims") as snakemake:
    claims = zip(snakemake.params.datasets, snakemake.input, strict=True)
    artifacts.save_csv(
        snakemake.output[0],
        artifacts.stacked("dataset", {name: artifacts.load_csv(path) for name, path in claims}),
    )
