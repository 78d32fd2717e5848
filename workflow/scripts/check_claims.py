"""Compare what was found with every published claim: found, interval, verdict."""

from common import job
from hardness.core import artifacts
from hardness.evidence import claims

with job("check_claims") as snakemake:
    params = snakemake.params
    frames = {
        name: artifacts.load_csv(path)
        for name, path in zip(params.frames, snakemake.input.artifacts, strict=True)
    }
    artifacts.save_csv(
        snakemake.output[0], claims.table(params.claims, frames, params.study, params.missing)
    )
