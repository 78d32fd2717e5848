"""Write the report: one HTML file with the figures and tables that are there; it says which are
missing.
"""

from pathlib import Path

from common import job
from hardness.core import artifacts
from hardness.evidence import figures, tabulation
from report.build import NOT_TESTED, build, read_overview, versions
from report.logs import failures, times

with job("make_report") as snakemake:
    params, dataset = snakemake.params, snakemake.wildcards.dataset
    parts, settings, logs = params.parts, params.settings, Path(params.parts["logs"])
    log = str(logs / "collect_evaluation.log")
    sizes, recipe = settings["ensembles"], settings["recipe"]
    overall = parts["overall"]  # none of what was recorded
    overview, unread = read_overview(overall, recipe, log) if overall else (NOT_TESTED, [])
    members = ", ".join(f"{number} for {use}" for use, number in sizes.items())
    html = build(
        folder=Path(snakemake.output[0]).parent,
        dataset=dataset,
        header={"Data set": dataset, "Recipe": recipe, "Members": members},
        overview=overview,
        figures=[one | figures.described(one["name"], params.study) for one in parts["figures"]],
        tables=[
            one | tabulation.described(one["name"], one["csv"], params.study)
            for one in parts["tables"]
        ],
        config=params.config,
        versions=versions(),
        times=times(logs),
        missing=[*failures(logs, params.since), *unread],
    )
    artifacts.save_text(snakemake.output[0], html)
