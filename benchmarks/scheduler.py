"""Measure the cost of Snakemake's own process while a ready job waits: under the project's
Snakefile, against Snakemake with its defaults.

The workflow is a toy: tiny jobs that finish, one that keeps running, and one that waits for it. The
sides differ only in study/joblimit.py.
"""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil

import bench
from bench import ROOT, row

REPEATS = 3  # a run of 1,700 jobs takes 25 s
TOY = """
from study.joblimit import lift_default

rule all:
    input: "first", "second", expand("jobs/{n}", n=range(config["jobs"]))
rule one:
    output: touch("jobs/{n}")
    shell: ":"
rule first:
    output: touch("first")
    resources: token=1
    priority: 1
    shell: "until [ -e go ]; do sleep 0.2; done"
rule second:
    output: touch("second")
    resources: token=1
    shell: ":"
onstart:
    if config["lift"]:
        lift_default(workflow)
"""


def measure(repeats: int, quick: bool) -> list[dict]:
    rows, seconds = [], 1 if quick else 15
    for jobs in (20,) if quick else (300, 1700):
        sides = {
            "ours": partial(share_of_a_core, jobs, True, seconds),
            "reference": partial(share_of_a_core, jobs, False, seconds),
        }
        found = bench.alternate(
            f"{jobs:,} jobs finished, % of a core", sides, min(repeats, REPEATS)
        )
        what = f"Snakemake while a job waits, {jobs:,} finished; reference: as it comes"
        compared = found["ours"], found["reference"]
        rows.append(row(what, "% of a core", *compared, "share", "ours under 3% of a core"))
    return rows


def share_of_a_core(jobs: int, lift: bool, seconds: float) -> float:
    """Return the percentage of a core that Snakemake's process takes during `seconds` of waiting,
    after so many jobs have finished.
    """
    command = [sys.executable, "-m", "snakemake", "--scheduler", "greedy", "--quiet", "all"]
    command += ["--cores", "3", "--resources", "token=1"]
    command += ["--config", f"jobs={jobs}", f"lift={int(lift)}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        tempfile.TemporaryFile() as log,
    ):
        home = Path(folder)
        (home / "Snakefile").write_text(TOY, encoding="utf-8")
        run = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        try:
            wait_until_finished(run, home / "jobs", jobs)
            before = cpu_seconds(run)
            time.sleep(seconds)
            taken = cpu_seconds(run) - before
        finally:
            (home / "go").touch()  # ends the job that runs, and with it Snakemake
            status = run.wait()
        if status:
            log.seek(0)
            raise RuntimeError(f"Snakemake failed:\n{log.read().decode()}")
    return 100 * taken / seconds


def wait_until_finished(run: subprocess.Popen, folder: Path, jobs: int) -> None:
    """Wait until `folder` has so many files, and two seconds more for what Snakemake does after the
    last job. Raises RuntimeError if Snakemake ends before.
    """
    while not folder.exists() or len(list(folder.iterdir())) < jobs:
        if run.poll() is not None:
            raise RuntimeError(f"Snakemake ended before its {jobs} jobs had, with {run.returncode}")
        time.sleep(0.2)
    time.sleep(2)


def cpu_seconds(run: subprocess.Popen) -> float:
    """Return the CPU seconds of the process so far, without those of its children."""
    times = psutil.Process(run.pid).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    bench.run(__file__, measure)
