"""Measure how early in training the scores agree with the final ones."""

from common import job
from hardness.analysis import sensitivity
from hardness.core import artifacts
from hardness.scoring import sources
from hardness.scoring.running import RUNNING

with job("measure_epochs") as snakemake:
    params = snakemake.params
    dynamics = sources.load_dynamics(snakemake.input, sorted(RUNNING - {"aum"}))
    dynamics = dynamics._replace(
        **{
            name: array[: params.members]
            for name, array in dynamics._asdict().items()
            if array is not None and name != "probe_epoch"
        }
    )
    columns = sensitivity.by_epoch(dynamics, params.estimators, params.rates)
    artifacts.save_csv(snakemake.output[0], columns)
