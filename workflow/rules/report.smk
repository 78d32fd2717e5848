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
    overall = layout.COLLECTED.path(dataset=dataset, table="overall")
    return {
        "figures": all_figures.parts(dataset, "draw_figure"),
        "tables": all_tables.parts(dataset, "write_table"),
        "overall": overall if plan.trains(dataset) else None,
        "logs": layout.LOGS.path(dataset=dataset),
    }


@functools.cache
def report_params(dataset):
    parts = parts_of(dataset)
    shown = [FIGURES.file(part["name"]) for part in parts["figures"]]
    shown += [TABLES.file(part["name"]) for part in parts["tables"]]
    return {
        "parts": parts,
        "settings": plan.dataset_params(dataset),
        "study": all_figures.told(dataset),
        "since": None,
        "config": yaml.safe_dump(plan.part([dataset]), allow_unicode=True, sort_keys=False),
        "code": code_of("make_report", *shown),
    }


def report_param(key):
    return lambda wildcards: report_params(wildcards.dataset)[key]


def inputs_of_report(wildcards):
    return artifacts_of(wildcards.dataset)


def report_after_failure():
    """Make the reports of the data sets that were asked for, from what there is."""
    asked_for = targets.asked_for(
        workflow.dag_settings.targets, plan.study.study.datasets, plan.study.datasets
    )
    for dataset in asked_for:
        logs = Path(layout.LOGS.path(dataset=dataset))
        job = {
            "wildcards": {"dataset": dataset},
            "output": [layout.REPORT.path(dataset=dataset)],
            "log": [str(logs / "make_report.log")],
            "params": report_params(dataset) | {"since": STARTED},
        }
        try:
            logs.mkdir(parents=True, exist_ok=True)
            (logs / "make_report.json").write_text(json.dumps(job), encoding="utf-8")
        except OSError as error:
            print(
                f"no report of {dataset}: cannot write {logs}/make_report.json: {error.strerror}",
                file=sys.stderr,
            )
            continue
        script = WORKFLOW / "scripts" / "make_report.py"
        subprocess.run(
            [*shlex.split(sys.executable), script, logs / "make_report.json"], check=False
        )


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
        template=file_digest(WORKFLOW / "report" / "report.html.jinja"),
    script:
        "../scripts/make_report.py"
