"""What every script does: keep a log, say in one message what went wrong, and run by hand too.

By hand: python workflow/scripts/SCRIPT.py LOG, where LOG is the log of an earlier run (its first line describes the job), or a
json file of the same description.
"""

import contextlib
import json
import os
import re
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from hardness.artifacts import Damaged


class _Files(list):
    """Snakemake's named lists, for a job that is run by hand."""

    def __init__(self, described: dict | list):
        super().__init__(described["all"] if isinstance(described, dict) else described)
        self.__dict__.update(described["names"] if isinstance(described, dict) else {})

    def items(self):
        return self.__dict__.items()


def _description(snakemake) -> dict:
    def files(part):
        return {"all": list(part), "names": {name: value if isinstance(value, str) else list(value) for name, value in part.items()}}

    return {"input": files(snakemake.input), "output": files(snakemake.output), "params": dict(snakemake.params.items()),
            "wildcards": dict(snakemake.wildcards.items()), "log": list(snakemake.log), "threads": snakemake.threads,
            "resources": {"gpu": snakemake.resources.get("gpu")}}


def _by_hand(path: Path) -> SimpleNamespace:
    with open(path) as file:
        described = json.loads(file.readline())
    return SimpleNamespace(
        input=_Files(described.get("input", [])), output=_Files(described["output"]), log=described["log"],
        params=SimpleNamespace(**described["params"], items=described["params"].items),
        wildcards=SimpleNamespace(**described["wildcards"], items=described["wildcards"].items),
        threads=described.get("threads", 1), resources=described.get("resources", {"gpu": None}),
    )


@contextlib.contextmanager
def job(name: str) -> Iterator:
    """Run a script's body: everything printed goes to the log, an error leaves one message there and exit status 1."""
    if len(sys.argv) == 2 and Path(sys.argv[0]).stem == name:
        snakemake = _by_hand(Path(sys.argv[1]))
    else:
        from snakemake.script import snakemake
    began = time.monotonic()
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    description = json.dumps(_description(snakemake) if not isinstance(snakemake, SimpleNamespace) else json.loads(
        Path(sys.argv[1]).read_text().splitlines()[0]))
    with open(log, "w") as file:
        file.write(description + "\n")
        file.flush()
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    try:
        yield snakemake
    except (ValueError, OSError, RuntimeError, Damaged) as error:
        traceback.print_exc()
        print(f"{name} failed: {error}", flush=True)
        sys.exit(1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(f"finished in {time.monotonic() - began:.2f} s, at most {peak:.0f} MiB", flush=True)


def times(logs: Path) -> list[list[str]]:
    """Per rule: jobs, seconds in all, the longest job's, and the largest memory, from the last lines of the logs."""
    found: dict[str, list[tuple[float, float]]] = {}
    for log in sorted(logs.rglob("*.log")):
        last = log.read_text(errors="replace").rstrip().rpartition("\n")[2]
        if match := re.fullmatch(r"finished in ([\d.]+) s, at most (\d+) MiB", last):
            rule = log.relative_to(logs).parts[0].removesuffix(".log")
            found.setdefault(rule, []).append((float(match[1]), float(match[2])))
    rows = [[rule, str(len(jobs)), f"{sum(s for s, _ in jobs):.1f}", f"{max(s for s, _ in jobs):.1f}", f"{max(m for _, m in jobs):.0f}"]
            for rule, jobs in sorted(found.items(), key=lambda item: -sum(s for s, _ in item[1]))]
    return [["rule", "jobs", "seconds in all", "longest, s", "memory, MiB"], *rows] if rows else []
