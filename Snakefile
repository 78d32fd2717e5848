# The study. Targets: all (the default: the data sets of study.datasets), figures, tables, report,
# paper, verify, and every data set's name.
# Any file can be asked for by itself: snakemake results/digits/figures/recall-by-class.pdf
import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import min_version

min_version("9.27")

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))
os.environ["PYTHONPATH"] = str(WORKFLOW)  # the scripts import the package from there
# whatever the locale, jobs read and write UTF-8, file names too
os.environ["PYTHONUTF8"] = "1"
# Snakemake puts it into a shell command as it is: a path may hold a space
sys.executable = shlex.quote(sys.executable)
# jobs share the cores: a thread that waits must not spin
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# glibc gives the memory of every large temporary back to the kernel, which clears it again at the
# next step
os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(2**25))  # the most that all versions take
os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(2**32))

from snakemake_logger_plugin_progress import is_plan
from study import outlook, tasks
from study.config import ConfigError, check, config_files, joined
from study.joblimit import lift_default

if workflow.resource_settings.cores == 0:
    raise WorkflowError("--cores 0: no job could start, ever; expected 1 or more, or all")

try:  # Snakemake would not say which line is no YAML, nor what two files give
    joined(config_files(workflow.basedir))
except ConfigError as error:
    raise WorkflowError(str(error)) from None

for file in config_files(workflow.basedir):

    configfile: file


try:
    config = check(config, workflow.configfiles)
except ConfigError as error:
    raise WorkflowError(str(error)) from None


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/sets.smk"
include: "workflow/rules/members.smk"
include: "workflow/rules/recordings.smk"
include: "workflow/rules/hardness.smk"
include: "workflow/rules/unlabelled.smk"
include: "workflow/rules/neighbours.smk"
include: "workflow/rules/review.smk"
include: "workflow/rules/allocation.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/classes.smk"
include: "workflow/rules/stability.smk"
include: "workflow/rules/effects.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/verify.smk"


STUDY = plan.study.study.datasets


rule all:
    default_target: True
    input:
        [everything(dataset) for dataset in STUDY],


rule figures:
    input:
        [all_figures.files(dataset) for dataset in STUDY],


rule tables:
    input:
        [all_tables.files(dataset) for dataset in STUDY],


rule report:
    input:
        [layout.REPORT.path(dataset=dataset) for dataset in STUDY],


def everything_of_papers(wildcards):
    return [file for dataset in papers(wildcards) for file in everything(dataset)]


rule paper:
    input:
        everything_of_papers,
        "results/claims.csv",


for dataset in plan.study.datasets:

    rule:
        name:
            dataset
        input:
            everything(dataset),


def unknown(wildcards):
    """Raises ValueError with the nearest targets."""
    known = [one.name for one in workflow.rules if not one.has_wildcards()]
    raise ValueError(f"unknown target {wildcards.target!r}: {nearest(wildcards.target, known)}")


# Makes nothing: all files are below results/, so that a bare name is a target's, mistyped
rule unknown_target:
    input:
        unknown,
    output:
        "{target}",
    wildcard_constraints:
        target="[^/]+",


def look_ahead():
    """What `make study` shows of this run."""
    wanted = targets.asked_for(workflow.dag_settings.targets, STUDY, plan.study.datasets)
    at_once = workflow.resource_settings.cores or workflow.resource_settings.nodes or 1
    gpu = workflow.global_resources.get("gpu")
    gpus = gpu and gpu.value or 0
    return outlook.Outlook(plan, tasks.work(workflow), wanted, at_once, gpus)


if workflow.is_main_process and "progress" in workflow.output_settings.log_handler_settings:
    outlook.attach(logger, is_plan, look_ahead)


onstart:
    check_sources()
    # Without this Snakemake's own process takes half a core after some hundred jobs
    lift_default(workflow)


onerror:
    report_after_failure()
