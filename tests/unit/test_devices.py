"""Locks on simulated GPUs, between real processes: never more jobs than places, and no place is
lost.
"""

import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from hardness.training import devices

JOB = """
import os, sys
from pathlib import Path
from hardness.training import devices
gpus, slots, who, folder, user = sys.argv[1:]
devices.POLL = 0.05
os.umask(0o077)
os.setuid(int(user))
devices.take(int(gpus), int(slots), who, Path(folder))
print("uses", os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
sys.stdin.read()
"""
USER = os.getuid()
ONLY = ("CUDA_VISIBLE_DEVICES", "HARDNESS_DEVICE", "SLURM_JOB_ID")


class Job:
    """A process that takes a GPU, says which, and holds it until it is ended."""

    def __init__(self, folder, name, gpus, slots, user, environment):
        clean = {key: value for key, value in os.environ.items() if key not in ONLY}
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-c", JOB, str(gpus), str(slots), name, folder, str(user)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8",
            env=clean | {"PYTHONPATH": str(Path(devices.__file__).parents[2])} | environment,
        )  # fmt: skip

    def line(self):
        return self.process.stdout.readline().strip()

    def taken(self):
        """The GPU that it computes on, read from what it prints; None if it waits, with what it
        says in .waits.
        """
        said = self.line()
        if said.startswith("waiting"):
            self.waits = said
            return None
        return self.uses(said)

    def uses(self, said=None):
        """The GPU that it shows CUDA, once it has one."""
        told = re.fullmatch(r"computing on GPU (.+)", said or self.line())
        assert told and self.line() == f"uses {told[1]}"
        return told[1]

    def end(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait()


@pytest.fixture
def start(tmp_path):
    jobs = []

    def start(count=1, gpus=1, slots=1, user=USER, folder=tmp_path, **environment):
        started = [
            Job(folder, f"job {number}", gpus, slots, user, environment) for number in range(count)
        ]
        jobs.extend(started)
        return started if count > 1 else started[0]

    yield start
    for job in jobs:
        job.end()
        job.process.stdin.close()
        job.process.stdout.close()


def one_that_speaks(jobs):
    """The first of several waiting jobs that gets a GPU; the others still wait."""
    ready, _, _ = select.select([job.process.stdout for job in jobs], [], [], 60)
    assert len(ready) == 1, f"{len(ready)} of {len(jobs)} went on"
    return next(job for job in jobs if job.process.stdout is ready[0])


@pytest.mark.parametrize("slots", [1, 3])
def test_never_more_at_once_than_places_and_a_dead_ones_place_is_free(start, slots):
    """Eight jobs that start at the same moment on two GPUs; one after the other is killed, or
    ends.
    """
    jobs = start(8, slots=slots, CUDA_VISIBLE_DEVICES="0,1")
    taken = {job: job.taken() for job in jobs}
    holders = [job for job in jobs if taken[job]]
    waiting = [job for job in jobs if not taken[job]]
    assert Counter(taken[job] for job in holders) == {"0": slots, "1": slots}
    for job in waiting:
        holder = r"[01]: (job \d \(process \d+ of [\w ]+\)|a job that has not named itself)"
        assert re.fullmatch(f"waiting for a free GPU; taken are {holder}(; {holder})*", job.waits)
        assert {int(pid) for pid in re.findall(r"process (\d+)", job.waits)} <= {
            one.process.pid for one in holders
        }

    while waiting:
        done = holders.pop(0)
        done.end([signal.SIGKILL, signal.SIGTERM][len(waiting) % 2])
        heir = one_that_speaks(waiting)
        taken[heir] = heir.uses()
        assert taken[heir] == taken[done]
        holders.append(heir)
        waiting.remove(heir)
    assert len(holders) == 2 * slots


def test_a_holder_that_has_not_written_its_name_yet_is_told_as_such(start, tmp_path):
    lock = devices._locked(tmp_path / "hardness-gpu-0-slot-0.lock")
    job = start(CUDA_VISIBLE_DEVICES="0")
    assert (
        job.taken() is None
        and job.waits == "waiting for a free GPU; taken are 0: a job that has not named itself"
    )
    os.close(lock)
    assert job.uses() == "0"


def test_a_job_that_is_given_a_second_gpu_goes_there_before_it_shares_one(start):
    """With slots free everywhere, jobs spread over the GPUs."""
    assert [start(slots=3, CUDA_VISIBLE_DEVICES="0,1,2").taken() for _ in range(4)] == [
        "0",
        "1",
        "2",
        "0",
    ]


def test_the_gpus_that_a_user_leaves_to_the_study_are_shared_out(start):
    assert {start(CUDA_VISIBLE_DEVICES="2, 3").taken() for _ in range(2)} == {"2", "3"}
    late = start(CUDA_VISIBLE_DEVICES="3,2")
    assert late.taken() is None and "2: job 0" in late.waits and "3: job 0" in late.waits
    assert start(CUDA_VISIBLE_DEVICES="5").taken() == "5"


def test_gpus_by_other_names(start):
    names = ("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "MIG-GPU-8932f937/1/0")
    assert {start(CUDA_VISIBLE_DEVICES=",".join(names)).taken() for _ in range(2)} == set(names)


@pytest.mark.parametrize("number", [4, 1])
def test_without_the_variable_all_gpus_of_the_machine(start, tmp_path, number):
    """As nvidia-smi lists them; parts of a GPU (MIG) are not counted."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    lines = "".join(
        f"GPU {n}: NVIDIA H200 (UUID: GPU-{n})\n  MIG 1g.18gb Device 0: (UUID: MIG-{n})\n"
        for n in range(number)
    )
    program.write_text(f"#!/bin/sh\n[ \"$1\" = -L ] || exit 1\ncat <<'END'\n{lines}END\n")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    assert sorted(start(PATH=path).taken() for _ in range(number)) == [
        str(n) for n in range(number)
    ]
    assert start(PATH=path).taken() is None


def test_a_machine_without_nvidia_smi_has_one_gpu_at_most(start, tmp_path):
    assert start(PATH=str(tmp_path)).taken() == "0"
    assert start(PATH=str(tmp_path)).taken() is None


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"HARDNESS_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": "0,1"}, "0,1"),
        ({"gpus": 0, "CUDA_VISIBLE_DEVICES": "0,1"}, "0,1"),
        ({"CUDA_VISIBLE_DEVICES": ""}, ""),
        ({"CUDA_VISIBLE_DEVICES": "-1,0"}, "-1,0"),
        ({"CUDA_VISIBLE_DEVICES": "NoDevFiles"}, "NoDevFiles"),
        ({"SLURM_JOB_ID": "77", "CUDA_VISIBLE_DEVICES": "0"}, "0"),
    ],
)
def test_jobs_that_take_no_lock(start, tmp_path, options, shown):
    """On the CPU, without a GPU, where none is visible, or where SLURM has given this job one."""
    job = start(**options)
    assert job.line() == f"uses {shown}".strip()
    assert not list(tmp_path.glob("*.lock"))


def test_hardness_device_cuda_takes_one_without_the_profile(start):
    assert start(gpus=0, HARDNESS_DEVICE="cuda", CUDA_VISIBLE_DEVICES="1").taken() == "1"
    assert start(CUDA_VISIBLE_DEVICES="1").taken() is None


def test_a_slurm_allocation_of_several_gpus_is_shared_out_and_apart_from_others(start):
    """Numbers may begin at 0 in each allocation: the same name is not the same GPU."""
    inside = [start(SLURM_JOB_ID="77", CUDA_VISIBLE_DEVICES="0,1").taken() for _ in range(3)]
    assert sorted(inside, key=str) == ["0", "1", None]
    assert start(SLURM_JOB_ID="78", CUDA_VISIBLE_DEVICES="0,1").taken() == "0"
    assert start(CUDA_VISIBLE_DEVICES="0,1").taken() == "0"


@pytest.mark.skipif(USER != 0, reason="needs the right to become another user")
def test_other_users_share_the_locks(start):
    """Another user's job waits for root's, and takes its lock file over when it is free, in a
    folder such as /tmp.
    """
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o1777)
        ours = start(folder=folder, CUDA_VISIBLE_DEVICES="0")
        assert ours.taken() == "0"
        theirs = start(folder=folder, user=65534, CUDA_VISIBLE_DEVICES="0")
        assert theirs.taken() is None and f"process {ours.process.pid} of " in theirs.waits
        ours.end()
        assert theirs.uses() == "0"
        assert start(folder=folder, CUDA_VISIBLE_DEVICES="0").taken() is None


def test_slots_that_are_no_number_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.delenv("HARDNESS_DEVICE", raising=False)
    for slots in (0, "2", 1.5):
        with pytest.raises(ValueError, match="gpu_slots is .*expected a whole number"):
            devices.take(1, slots, "job", tmp_path)
