"""Write the report: one HTML file with the figures and tables that are there; it says which are
missing.
"""

from pathlib import Path

from common import job
from hardness.core import artifacts
from report import contents
from report.build import build, versions
from report.logs import failures, times

with job("make_report") as snakemake:
    params, dataset = snakemake.params, snakemake.wildcards.dataset
    parts, settings, logs = params.parts, params.settings, Path(params.parts["logs"])
    overview, missing = contents.overview(parts, settings["recipe"])
    html = build(
        folder=Path(snakemake.output[0]).parent,
        dataset=dataset,
        header=contents.header(dataset, settings),
        overview=overview,
        figures=contents.described_figures(parts, dataset, settings),
        tables=contents.described_tables(parts, dataset, settings),
        config=params.config,
        versions=versions(),
        times=times(logs),
        missing=[*failures(logs, params.since), *missing],
    )
    artifacts.save_text(snakemake.output[0], html)
