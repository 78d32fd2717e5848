# Stage: report
# Needs:  all files that the data set's config asks for, results/{dataset}/figures/pictures.npz
# Makes:  results/{dataset}/report.html; after a failure too, with the files that exist
import json
import subprocess
import time

import yaml
from hardness.core.artifacts import file_digest

STARTED = time.time()


# The artifacts (study/inventory.py) that the report's sentences and lists are made from
READ = (
    "overall",
    "classwise",
    "ranks",
    "sizes",
    "samples",
    "map",
    "duplicates",
    "review",
    "out-of-fold",
    "confusion",
    "class-differences",
    "reliability",
    "cells",
)


def parts_of(dataset):
    """The paths of what the report shows and names, each with its log."""
    figures = all_figures.parts(dataset, "draw_figure")
    by_class = [part["csv"] for part in figures if part["name"] == "gallery-by-class"]
    return {
        "figures": figures,
        "tables": all_tables.parts(dataset, "write_table"),
        "files": inventory.paths_of(plan, dataset, READ),
        # left-out: only of image files; gallery-by-class: if missing, its figure says so
        "optional": {"left-out": layout.LEFT_OUT.path(dataset=dataset)}
        | {"gallery-by-class": path for path in by_class},
        "pictures": inventory.paths_of(plan, dataset, ["pictures"]).get("pictures"),
        "source": plan.folder_of_images(dataset),
        "logs": layout.LOGS.path(dataset=dataset),
    }


def told_report(dataset):
    """The facts of the study for the report: those for every figure, and further ones."""
    estimator = plan.ranked_by(dataset)
    told = all_figures.told(dataset) | {
        "estimators": list(plan.dataset(dataset).estimators),
        "ranked_down": ESTIMATORS.literal(estimator, "DIRECTION") == "down",
        "kinds": sorted({spec.KIND for spec in plan.sets(dataset).values()}),
    }
    if rebalancing.ensembles(plan, dataset):
        told["rebalancing"] = rebalancing.told(plan, dataset)
    told["trained"] = {}
    for catalog in (all_figures, all_tables):
        told["trained"] |= catalog.trained(dataset, catalog.planned(dataset))
    return told


def report_assets():
    """The report's templates, styles and scripts."""
    ends = (".jinja", ".css", ".js")
    return [path for path in sorted((WORKFLOW / "report").iterdir()) if path.suffix in ends]


@functools.cache
def report_params(dataset):
    parts = parts_of(dataset)
    shown = [FIGURES.file(part["name"]) for part in parts["figures"]]
    shown += [TABLES.file(part["name"]) for part in parts["tables"]]
    return {
        "parts": parts,
        "settings": plan.dataset_params(dataset),
        "study": told_report(dataset),
        "since": None,
        "config": yaml.safe_dump(plan.part([dataset]), allow_unicode=True, sort_keys=False),
        "code": digest_of("make_report", *shown),
    }


def report_param(key):
    return lambda wildcards: report_params(wildcards.dataset)[key]


def inputs_of_report(wildcards):
    parts = report_params(wildcards.dataset)["parts"]
    pictures = [parts["pictures"]] if parts["pictures"] else []
    return [*artifacts_of(wildcards.dataset), *parts["files"].values(), *pictures]


def report_after_failure():
    """Make the reports of the data sets that were asked for, from the files that exist."""
    asked_for = targets.asked_for(
        workflow.dag_settings.targets, plan.study.study.datasets, plan.study.datasets
    )
    for dataset in asked_for:
        logs = Path(layout.LOGS.path(dataset=dataset))
        # make_report.json must keep describing the last complete report, with its config
        described = logs / "make_report-after-failure.json"
        job = {
            "wildcards": {"dataset": dataset},
            "output": [layout.REPORT.path(dataset=dataset)],
            "log": [str(logs / "make_report.log")],
            "params": report_params(dataset) | {"since": STARTED},
        }
        try:
            logs.mkdir(parents=True, exist_ok=True)
            described.write_text(json.dumps(job), encoding="utf-8")
        except OSError as error:
            print(
                f"no report of {dataset}: cannot write {described}: {error.strerror}",
                file=sys.stderr,
            )
            continue
        script = WORKFLOW / "scripts" / "make_report.py"
        subprocess.run([*shlex.split(sys.executable), script, described], check=False)


rule make_report:
    input:
        inputs_of_report,
    output:
        "results/{dataset}/report.html",
    log:
        "results/{dataset}/logs/make_report.log",
    params:
        parts=report_param("parts"),
        settings=report_param("settings"),
        study=report_param("study"),
        since=None,
        config=report_param("config"),
        code=report_param("code"),
        assets=[file_digest(path) for path in report_assets()],
    script:
        "../scripts/make_report.py"
