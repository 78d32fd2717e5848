"""Compute the embedded study once from nothing: its wall time, its largest job, and the cores' time
by rule.

It is computed in a temporary folder. A job's seconds begin after its imports; the rest of the
cores' time is start-up (Python, imports), scheduling and idle cores. --quick computes the tiny
study of the tests instead.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import bench
from bench import CORES, ROOT, row
from report.logs import times

SMALL = 0.01  # rules with a smaller share of the cores' time are only in the json


def measure(repeats: int, quick: bool) -> list[dict]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        command = [
            sys.executable,
            ROOT / "workflow/run.py",
            "--snakefile",
            ROOT / "Snakefile",
            "--directory",
            folder,
        ]
        command += ["--configfile", ROOT / "tests/tiny.yaml"] if quick else []
        wall = bench.wall_time(subprocess.run, command, cwd=ROOT, check=True)
        rules = []
        for logs in sorted(Path(folder, "results").glob("*/logs")):
            header, *lines = times(logs)
            rules += [
                {"data set": logs.parent.name} | dict(zip(header, line, strict=True))
                for line in lines
            ]
    return rows_of(wall, CORES, rules)


def rows_of(wall: float, cores: int, rules: list[dict]) -> list[dict]:
    """Return the table's rows. rules: rows of report.logs.times, of every data set."""
    jobs, taken = {}, {}
    for rule in rules:
        name = rule["rule"]
        jobs[name] = jobs.get(name, 0) + int(rule["jobs"])
        taken[name] = taken.get(name, 0) + float(rule["seconds in all"])
    rest, whole = wall * cores - sum(taken.values()), wall * cores
    largest = max(float(rule["memory, MiB"]) for rule in rules)
    what = f"the embedded study from nothing, {sum(jobs.values())} jobs"
    return [
        row(f"{what}: wall time", "s", [wall], aim="at most 420 s") | {"rules": rules},
        row(f"{what}: largest job", "MiB", [largest], aim="at most 2,048 MiB"),
        *(
            row(
                f"of the cores' time: {jobs[name]} jobs of {name}",
                "s",
                [taken[name]],
                [whole],
                "share",
            )
            for name in sorted(taken, key=taken.get, reverse=True)
            if taken[name] >= SMALL * whole
        ),
        row("of the cores' time: start-up, Snakemake, idle cores", "s", [rest], [whole], "share"),
    ]


if __name__ == "__main__":
    bench.run(__file__, measure)
