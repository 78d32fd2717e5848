"""Snakemake starts no timers of its scheduler under the project's Snakefile, unless the user limits
how many jobs start.
"""

import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, Project

JOBS = 20

# counts the timers that are started in Snakemake's own process, and writes down how many
COUNT = """
import threading
from pathlib import Path
timers = []
class Timer(threading.Timer):
    def start(self):
        timers.append(self)
        super().start()
threading.Timer = Timer
onsuccess:
    Path("timers.txt").write_text(str(len(timers)))
"""

# `second` is ready from the start, and waits until `first` has seen the end of all others
WAITING = f"""
rule all:
    input: "results/first", "results/second", expand("results/jobs/{{n}}", n=range({JOBS}))
rule one:
    output: touch("results/jobs/{{n}}")
    shell: ":"
rule first:
    output: touch("results/first")
    resources: token=1
    priority: 1
    shell: "until [ $(ls results/jobs 2> /dev/null | wc -l) = {JOBS} ]; do sleep 0.1; done"
rule second:
    output: touch("results/second")
    resources: token=1
    shell: ":"
"""
LIFTED = """
from study.joblimit import lift_default
onstart:
    lift_default(workflow)
"""


@pytest.mark.parametrize(
    ("profile", "driver"),
    [("default", True), ("default", False), ("workstation-gpu", True), ("slurm", True)],
)
def test_the_study_starts_no_timers(empty, profile, driver):
    empty.edit("profiles/slurm/config.yaml", "status-checks: 30", "status-checks: 1")
    with (empty / "Snakefile").open("a") as file:
        file.write(COUNT)
    empty.complete(
        "--workflow-profile", f"profiles/{profile}", "results/tiny/data.npz", driver=driver
    )
    assert empty.results("tiny", "data.npz").exists()
    assert (empty / "timers.txt").read_text() == "0"


@pytest.fixture
def toy(tmp_path):
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    return Project(tmp_path)


def run_toy(toy, *options):
    """Run a workflow with a job that is ready and waits. Returns how many timers were started."""
    done = subprocess.run(
        [sys.executable, ROOT / "workflow" / "run.py", "--cores", "3", "--resources", "token=1"]
        + [*options],
        cwd=toy.folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = {path.name for path in toy.results("jobs").iterdir()}
    assert made == {str(number) for number in range(JOBS)}
    assert toy.results("first").exists() and toy.results("second").exists()
    return int((toy / "timers.txt").read_text())


def test_no_timers_however_many_jobs_finish_while_one_waits(toy):
    (toy / "Snakefile").write_text(WAITING + LIFTED + COUNT)
    assert run_toy(toy) == 0


def test_snakemake_still_starts_timers_by_default(toy):
    """Where this fails, Snakemake has mended it: then study/joblimit.py can go."""
    (toy / "Snakefile").write_text(WAITING + COUNT)
    assert run_toy(toy) > 0


def test_a_limit_of_the_user_s_own_is_kept(toy):
    (toy / "Snakefile").write_text(WAITING + LIFTED + COUNT)
    assert run_toy(toy, "--max-jobs-per-timespan", "50/1s") > 0
