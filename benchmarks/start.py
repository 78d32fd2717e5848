"""Measure the cost of planning a run, before its first job: `snakemake -n` on the study of this
repository, against a workflow of one rule with as many jobs.

Every start of `make study` takes this time, and every Snakemake that a job of SLURM starts.
"""

import os
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import bench
from bench import ROOT, row

REPEATS = 5
FILE = "results/digits/data.npz"
BARE = """
rule all:
    input: expand("{n}", n=range(config["jobs"]))
rule one:
    output: "{n}"
    shell: "touch {output}"
"""


def measure(repeats: int, quick: bool) -> list[dict]:
    rows = []
    for what, targets, jobs, aim in (("one file", [FILE], 1, 2), ("457 jobs", [], 457, 3)):
        sides = {"ours": partial(of_study, targets), "reference": partial(of_bare, jobs)}
        found = bench.alternate(f"{what}, CPU s", sides, min(repeats, REPEATS))
        title = f"planning {what}; reference: Snakemake with as many jobs of a bare rule"
        compared = found["ours"], found["reference"]
        rows.append(row(title, "CPU s", *compared, "times as long", f"at most {aim}x"))
    return rows


def of_study(targets: list[str]) -> float:
    return cpu_seconds(["--snakefile", str(ROOT / "Snakefile"), *targets])


def of_bare(jobs: int) -> float:
    return cpu_seconds(["--cores", "1", "--config", f"jobs={jobs}"], BARE)


def cpu_seconds(options: list[str], snakefile: str = "") -> float:
    """Return the CPU seconds of a dry run in a folder that is empty except for a Snakefile, if
    given.
    """
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "all", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        if snakefile:
            Path(folder, "Snakefile").write_text(snakefile, encoding="utf-8")
        before = of_children()
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        return of_children() - before


def of_children() -> float:
    """Return the CPU seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    bench.run(__file__, measure)
