"""Compare the results with every published claim: value found, interval, verdict."""

from common import job
from hardness.core import artifacts
from hardness.evidence import verdicts
from hardness.evidence.claims import Claim
from hardness.evidence.measures._values import Study

with job("check_claims") as snakemake:
    params = snakemake.params
    frames = {
        name: artifacts.load_csv(path)
        for name, path in zip(params.frames, snakemake.input.artifacts, strict=True)
    }
    claims = [Claim.from_plain(claim) for claim in params.claims]
    table = verdicts.table(claims, frames, Study(**params.study), params.missing)
    artifacts.save_csv(snakemake.output[0], table)
