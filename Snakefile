# The study. Targets: all (the default: the data sets of study.datasets), figures, tables, report, paper, verify, and every data set's name.
# Any file can be asked for by itself: snakemake results/digits/figures/recall-by-class.pdf
import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))
os.environ["PYTHONPATH"] = str(WORKFLOW)  # the scripts import the package from there
sys.executable = shlex.quote(sys.executable)  # Snakemake puts it into a shell command as it is: a path may hold a space
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # jobs share the cores: a thread that waits must not spin
# glibc gives the memory of every large temporary back to the kernel, which clears it again at the next step
os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(2**25))  # the most that all versions take
os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(2**32))

from study.config import ConfigError, check, read_strictly

if workflow.resource_settings.cores == 0:
    raise WorkflowError("--cores 0: no job could start, ever; expected 1 or more, or all")

try:
    read_strictly(Path(workflow.basedir) / "config.yaml")  # Snakemake would not say which line is no YAML
except ConfigError as error:
    raise WorkflowError(str(error)) from None


configfile: Path(workflow.basedir) / "config.yaml"


try:
    config = check(config, workflow.configfiles)
except ConfigError as error:
    raise WorkflowError(str(error)) from None


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/sets.smk"
include: "workflow/rules/members.smk"
include: "workflow/rules/hardness.smk"
include: "workflow/rules/allocation.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/stability.smk"
include: "workflow/rules/effects.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/verify.smk"


rule all:
    default_target: True
    input:
        [everything(dataset) for dataset in config["study"]["datasets"]],


rule figures:
    input:
        [figure_files(dataset) for dataset in config["study"]["datasets"]],


rule tables:
    input:
        [table_files(dataset) for dataset in config["study"]["datasets"]],


rule report:
    input:
        [plan.path(dataset, "report.html") for dataset in config["study"]["datasets"]],


rule paper:
    input:
        lambda wildcards: [file for dataset in papers(wildcards) for file in everything(dataset)],
        "results/claims.csv",


for dataset in config["datasets"]:

    rule:
        name:
            dataset
        input:
            everything(dataset),


def unknown(wildcards):
    """Raises ValueError with the nearest targets."""
    known = [one.name for one in workflow.rules if not one.has_wildcards()]
    raise ValueError(f"unknown target {wildcards.target!r}: {nearest(wildcards.target, known)}")


rule unknown_target:  # makes nothing: all files are below results/, so that a bare name is a target's, mistyped
    input:
        unknown,
    output:
        "{target}",
    wildcard_constraints:
        target="[^/]+",


onstart:
    check_sources()


onerror:
    report_after_failure()
