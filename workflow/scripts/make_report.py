"""Write the report: one HTML file with the figures and tables that are there; it says which are missing."""

import importlib.metadata
import platform
from pathlib import Path

from common import job, times
from hardness import artifacts, evaluation, plots, tables
from report.build import build

PACKAGES = (
    "snakemake",
    "torch",
    "torchvision",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "imbalanced-learn",
    "matplotlib",
)

with job("make_report") as snakemake:
    params, dataset = snakemake.params, snakemake.wildcards.dataset
    parts, settings = params.parts, params.settings
    figures = [
        part
        | {
            "number": plots.find(part["name"]).NUMBER,
            "caption": plots.find(part["name"]).CAPTION.format(dataset=dataset),
        }
        for part in parts["figures"]
    ]
    shown = [part | tables.described(part["csv"], {"dataset": dataset}) for part in parts["tables"]]
    overall = Path(parts["overall"])
    ensembles = settings["ensembles"]
    html = build(
        folder=Path(snakemake.output[0]).parent,
        dataset=dataset,
        header={
            "Data set": dataset,
            "Recipe": settings["recipe"],
            "Members": ", ".join(f"{n} for {use}" for use, n in ensembles.items()),
        },
        overview=evaluation.overview(artifacts.load_csv(overall), settings["recipe"]) if overall.exists() else [],
        figures=figures,
        tables=shown,
        config=params.config,
        versions={"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in PACKAGES},
        times=times(Path(parts["logs"])),
        missing=[]
        if overall.exists()
        else [{"name": "overall evaluation", "path": str(overall), "log": f"{parts['logs']}/collect_evaluation.log"}],
    )
    artifacts.save_text(snakemake.output[0], html)
