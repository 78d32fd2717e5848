"""Write the report: one HTML file with the figures and tables that are there; it says which are
missing.
"""

from pathlib import Path

from common import job
from hardness.analysis import evaluation
from hardness.core import artifacts
from hardness.evidence import figures, tabulation
from report.build import build, versions
from report.logs import failures, times

with job("make_report") as snakemake:
    params, dataset = snakemake.params, snakemake.wildcards.dataset
    parts, settings, logs = params.parts, params.settings, Path(params.parts["logs"])
    missing, overview = failures(logs, params.since), []
    try:
        overview = evaluation.overview(artifacts.load_csv(parts["overall"]), settings["recipe"])
    except (FileNotFoundError, artifacts.Damaged) as error:
        log = str(logs / "collect_evaluation.log")
        missing.append(
            {
                "name": "overall-evaluation",
                "path": parts["overall"],
                "log": log,
                "problem": str(error),
            }
        )
    sizes = settings["ensembles"]
    study = {
        "dataset": dataset,
        "base_recipe": settings["recipe"],
        "stands_for": settings["stands_for"],
    }
    members = ", ".join(f"{number} for {use}" for use, number in sizes.items())
    html = build(
        folder=Path(snakemake.output[0]).parent,
        dataset=dataset,
        header={"Data set": dataset, "Recipe": settings["recipe"], "Members": members},
        overview=overview,
        figures=[
            part | figures.described(part["name"], dataset, sizes) for part in parts["figures"]
        ],
        tables=[
            part | tabulation.described(part["name"], part["csv"], study)
            for part in parts["tables"]
        ],
        config=params.config,
        versions=versions(),
        times=times(logs),
        missing=missing,
    )
    artifacts.save_text(snakemake.output[0], html)
