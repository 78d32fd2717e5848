"""Time the embedded study from nothing: wall time, and where it goes, by rule.

    PYTHONPATH=workflow .venv/bin/python benchmarks/embedded_study.py

computes it in a temporary folder and writes embedded_study.json beside this file. A job's seconds begin after its
imports; what is left of the cores' time is start-up (Python, imports), scheduling and idle cores.
"""

import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report.logs import times

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="embedded-study-"))
    try:
        began = time.monotonic()
        command = [
            sys.executable,
            ROOT / "workflow" / "run.py",
            "--snakefile",
            ROOT / "Snakefile",
            "--directory",
            folder,
        ]
        subprocess.run(command, cwd=ROOT, check=True)
        wall = time.monotonic() - began
        header, *rows = times(folder / "results" / "digits" / "logs")
        result = {
            "date": datetime.date.today().isoformat(),
            "machine": f"{processor()}, {os.cpu_count()} cores",
            "versions": {"python": platform.python_version()}
            | {name: importlib.metadata.version(name) for name in ("torch", "numpy", "snakemake")},
            "wall_seconds": round(wall, 1),
            "job_seconds": round(sum(float(row[2]) for row in rows), 1),
            "rules": [dict(zip(header, row, strict=True)) for row in rows],
        }
        Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
        print(json.dumps(result, indent=1))
    finally:
        shutil.rmtree(folder)


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
