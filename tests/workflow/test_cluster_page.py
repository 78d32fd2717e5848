"""The command of docs/cluster.md that checks whether file locks hold between nodes, with a
simulated srun.
"""

import os
import re
import subprocess

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
(COMMAND,) = re.findall(r"^ +(flock README\.md srun .+)$", PAGE, re.MULTILINE)


def answer(folder, **programs):
    """What the command prints, with these programs before all others on the PATH."""
    (folder / "README.md").touch()
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", COMMAND], cwd=folder, capture_output=True, text=True, encoding="utf-8",
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}, timeout=20,
    )  # fmt: skip
    # nothing of it is left that holds the lock
    free = ["flock", "-n", "README.md", "true"]
    assert subprocess.run(free, cwd=folder, timeout=20).returncode == 0
    return done.stdout.strip()


# a job that waits in the queue is the same to the command: it holds the lock meanwhile
@pytest.mark.parametrize("waits", ["", "sleep 1; "])
def test_locks_that_hold(tmp_path, waits):
    assert answer(tmp_path, srun=f'{waits}shift; exec "$@"') == "locks hold"


def test_locks_that_do_not_hold(tmp_path):
    other = 'mkdir -p node; cd node; touch README.md; shift; exec "$@"'  # a file of its own
    assert answer(tmp_path, srun=other) == "NO LOCKS"


def test_an_srun_that_fails_says_nothing_of_locks(tmp_path):
    assert answer(tmp_path, srun="echo 'invalid partition' >&2; exit 1") == ""
