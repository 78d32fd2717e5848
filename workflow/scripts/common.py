"""What all scripts share: a log, one message for an error, and a way to run a script by hand.

By hand: python workflow/scripts/SCRIPT.py JOB.json, where JOB.json lies beside the log of an
earlier run and describes the job.
"""

import contextlib
import gc
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import ItemsView, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class _Files(list):
    """A stand-in for Snakemake's named lists, for a job that is run by hand."""

    def __init__(self, described: dict | list) -> None:
        super().__init__(described["all"] if isinstance(described, dict) else described)
        self.__dict__.update(described["names"] if isinstance(described, dict) else {})

    def items(self) -> ItemsView[str, Any]:
        return self.__dict__.items()


def _described(snakemake: Any) -> str:
    """The job as JSON, with everything that is needed to run it again by hand."""

    def files(part: Any) -> dict:
        return {
            "all": list(part),
            "names": {
                name: value if isinstance(value, str) else list(value)
                for name, value in part.items()
            },
        }

    return json.dumps(
        {
            "input": files(snakemake.input),
            "output": files(snakemake.output),
            "params": dict(snakemake.params.items()),
            "wildcards": dict(snakemake.wildcards.items()),
            "log": list(snakemake.log),
            "gpu": snakemake.resources.get("gpu"),
        }
    )


def _by_hand(job: dict) -> SimpleNamespace:
    """A stand-in for the object `snakemake`, for a job that is run by hand."""
    return SimpleNamespace(
        input=_Files(job.get("input", [])),
        output=_Files(job["output"]),
        log=job["log"],
        params=SimpleNamespace(**job["params"]),
        wildcards=SimpleNamespace(**job["wildcards"]),
        resources={"gpu": job.get("gpu")},
    )


@contextlib.contextmanager
def job(name: str) -> Iterator:
    """Run a script's body. Everything printed goes to the log; an error leaves its traceback and
    one message there, and exit status 1.
    """
    # Snakemake defines it in the script
    snakemake = getattr(sys.modules["__main__"], "snakemake", None)
    if snakemake is None and len(sys.argv) != 2:
        sys.exit(
            f"usage: {sys.argv[0]} JOB.json, which lies beside the log of an earlier run of the job"
        )
    began = time.monotonic()
    described = _described(snakemake) if snakemake else None
    snakemake = snakemake or _by_hand(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    log = Path(snakemake.log[0])
    try:
        if described:
            log.with_suffix(".json").write_text(described, encoding="utf-8")
        with open(log, "w", encoding="utf-8") as file:
            os.dup2(file.fileno(), sys.stdout.fileno())
            os.dup2(file.fileno(), sys.stderr.fileno())
    except OSError as error:
        sys.exit(f"{name} failed: cannot write {log} or its description: {error.strerror}")
    try:
        yield snakemake
    except Exception as error:  # reported in one line, and passed on as the exit status
        traceback.print_exc()
        print(f"{name} failed: {' '.join(str(error).split()) or type(error).__name__}", flush=True)
        sys.exit(1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "linux" else 1024**2
    )
    print(f"finished in {time.monotonic() - began:.2f} s, at most {peak:.0f} MiB", flush=True)
    # At exit Python searches everything that was imported for garbage: 0.4 s of CPU with torch
    gc.freeze()
