# Stage: report
# Needs:  all that the data set's config asks for
# Makes:  results/{dataset}/report.html; after a failure too, with what there is
import json
import subprocess
import time

import yaml
from hardness.core.artifacts import file_digest

STARTED = time.time()


def parts_of(dataset):
    """What the report shows and names, each with its log: paths only."""
    figures = [
        {"name": name, "log": plan.path(dataset, "logs", "draw_figure", f"{name}.log")}
        | {end: plan.path(dataset, "figures", f"{name}.{end}") for end in ("pdf", "png", "csv")}
        for name in planned(FIGURE_INPUTS, dataset)
    ]
    tables = [
        {"name": name, "log": plan.path(dataset, "logs", "write_table", f"{name}.log")}
        | {end: plan.path(dataset, "tables", f"{name}.{end}") for end in ("csv", "tex", "md")}
        for name in planned(TABLE_INPUTS, dataset)
    ]
    return {"figures": figures, "tables": tables, "overall": plan.path(dataset, "evaluation", "overall.csv"),
            "logs": plan.path(dataset, "logs")}


def report_params(dataset):
    settings = plan.dataset(dataset)
    return {
        "parts": parts_of(dataset),
        "settings": settings,
        "since": None,
        "config": yaml.safe_dump(plan.part([dataset]), allow_unicode=True, sort_keys=False),
        "code": code_of("make_report", *(FIGURES.file(name) for name in planned(FIGURE_INPUTS, dataset)), *(TABLES.file(name) for name in planned(TABLE_INPUTS, dataset))),
    }


def report_after_failure():
    """Make the reports of the data sets that were asked for, from what there is."""
    for dataset in needs.asked_for(workflow.dag_settings.targets, config["study"]["datasets"], config["datasets"]):
        logs = Path(plan.path(dataset, "logs"))
        job = {"wildcards": {"dataset": dataset}, "output": [plan.path(dataset, "report.html")],
               "log": [str(logs / "make_report.log")], "params": report_params(dataset) | {"since": STARTED}}
        try:
            logs.mkdir(parents=True, exist_ok=True)
            (logs / "make_report.json").write_text(json.dumps(job))
        except OSError as error:
            print(f"no report of {dataset}: cannot write {logs}/make_report.json: {error.strerror}", file=sys.stderr)
            continue
        script = WORKFLOW / "scripts" / "make_report.py"
        subprocess.run([*shlex.split(sys.executable), script, logs / "make_report.json"], check=False)


rule make_report:
    input:
        lambda wildcards: artifacts_of(wildcards.dataset),
    output:
        "results/{dataset}/report.html",
    params:
        parts=lambda wildcards: parts_of(wildcards.dataset),
        settings=lambda wildcards: report_params(wildcards.dataset)["settings"],
        since=None,
        config=lambda wildcards: report_params(wildcards.dataset)["config"],
        code=lambda wildcards: report_params(wildcards.dataset)["code"],
        template=file_digest(WORKFLOW / "report" / "report.html.jinja"),
    log:
        "results/{dataset}/logs/make_report.log",
    script:
        "../scripts/make_report.py"
