"""Shared by the tests that run the real pipeline: a copy of the project with the tiny config,
computed once.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
# what `make test` sets: the driver that a test calls would take itself for a `make study`
os.environ.pop("MAKELEVEL", None)
TINY = ROOT / "tests" / "tiny.yaml"


class Job(NamedTuple):
    """A job that a dry run lists."""

    rule: str
    outputs: tuple[str, ...]


class Project:
    """A copy of the project, in which code and config may be changed; its results lie in `home`, by
    default there.
    """

    def __init__(self, folder, home=None):
        self.folder, self.home = Path(folder), Path(home or folder)

    @classmethod
    def new(cls, folder):
        """The code as it is in the repository, with the tiny config as config.yaml."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("workflow", "profiles"):
            shutil.copytree(
                ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        shutil.copy(ROOT / "Snakefile", folder)
        shutil.copy(TINY, folder / "config.yaml")
        return cls(folder)

    def copy(self, folder):
        """All of it, results and what Snakemake knows of them too, with times and hard links."""
        subprocess.run(["cp", "-a", self.folder, folder], check=True)
        return Project(folder)

    def __truediv__(self, path):
        return self.folder / path

    def results(self, *parts):
        return self.home.joinpath("results", *parts)

    def edit(self, path, old, new):
        """Replace the one occurrence of `old` in a file of the code."""
        text = (self / path).read_text()
        assert text.count(old) == 1, (
            f"{path} holds {text.count(old)} times {old!r}: the test must follow the code"
        )
        (self / path).write_text(text.replace(old, new))

    def change(self, *keys, value):
        """Set config[key][key]... to a value."""
        config = yaml.safe_load((self / "config.yaml").read_text())
        part = config
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value
        (self / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def start(self, *arguments, driver=True, **options):
        """Start `make study`'s driver, or plain Snakemake, as the leader of a group of processes of
        its own.
        """
        command = ["workflow/run.py"] if driver else ["-m", "snakemake"]
        return subprocess.Popen(
            [sys.executable, *command, *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            text=True,
            encoding="utf-8",
            start_new_session=True,
            **options,
        )

    def run(self, *arguments, **options):
        """Run to the end. Returns the exit status and the output."""
        process = self.start(*arguments, **options)
        try:
            output, _ = process.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return process.returncode, output

    def complete(self, *arguments, **options):
        """Run, and demand that it succeeds. Returns the output."""
        status, output = self.run(*arguments, **options)
        assert status == 0, output
        return output

    def plan(self, *arguments):
        """The jobs that a dry run lists; targets such as `all` are none."""
        output = self.complete("-n", *arguments, driver=False)
        jobs = []
        for block in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", output, re.MULTILINE):
            if made := re.search(r"^    output: (.+)$", block[1], re.MULTILINE):
                jobs.append(Job(block[0], tuple(made[1].split(", "))))
        total = re.search(r"^total +(\d+)$", output, re.MULTILINE)
        assert bool(jobs) == bool(total) != ("Nothing to be done" in output), output
        return jobs

    def entries(self):
        """The store's entries with finished training: key -> when that training began."""
        found = sorted(self.results(".store").glob("*/test.npz"))
        return {
            path.parent.name: path.with_name("origin.json").stat().st_mtime_ns for path in found
        }

    def log(self, *parts, dataset="tiny"):
        return self.results(dataset, "logs", *parts).read_text()


def text_of(path):
    """What a file holds; nothing if it is gone: Snakemake removes a log before it runs a job."""
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""


def rules(jobs):
    """How many jobs of each rule."""
    return Counter(job.rule for job in jobs)


def outputs(jobs, rule):
    """What the jobs of a rule make, below results/{dataset}/."""
    return {path.split("/", 2)[2] for job in jobs if job.rule == rule for path in job.outputs}


def figures_shown(report):
    """The names of the figures whose picture a report's HTML has."""
    return {
        *re.findall(r'<figure id="([a-z0-9-]+)">.*?<img src="data:image/png', report, re.DOTALL)
    }


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The tiny study, computed from nothing on two cores. Only to be read: `study` is a copy to be
    changed.
    """
    project = Project.new(tmp_path_factory.mktemp("finished") / "project")
    project.output = project.complete("--cores", "2")
    return project


@pytest.fixture
def study(finished, tmp_path):
    return finished.copy(tmp_path / "project")


@pytest.fixture
def empty(tmp_path):
    """The tiny study with nothing computed."""
    return Project.new(tmp_path / "project")
