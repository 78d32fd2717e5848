"""A real SLURM on this machine, from Debian's packages: one node with two simulated GPUs.

Everything lies in a separate folder, except two links in /etc/slurm: jobs find their configuration
nowhere else. The daemons listen on free ports. They are children of the tests, are stopped one by
one, and end when the tests are killed.
"""

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge", "slurm-wlm-basic-plugins")
ETC = Path("/etc/slurm")

SLURM_CONF = """\
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={folder}/prolog
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=1,sched_interval=2,bf_interval=2
KillWait=30
JobRequeue=0
MinJobAge=3600
SlurmdTimeout=300
ReturnToService=2
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName=localhost NodeAddr=127.0.0.1 CPUs=4 RealMemory=64000 Gres=gpu:2 Feature=pretended
PartitionName=gpu Nodes=localhost MaxTime=02:00:00 State=UP
PartitionName=short Nodes=localhost MaxTime=00:30:00 State=UP
"""
GRES_CONF = """\
AutoDetect=off
NodeName=localhost Name=gpu File={folder}/nvidia[0-1]
"""
PROLOG = """\
#!/bin/sh
# Runs before every task, with the task's environment. A batch script is none: it has no step.
[ -z "$SLURM_STEP_ID" ] || echo "$SLURM_JOB_ID ${{CUDA_VISIBLE_DEVICES-none}}" >>{folder}/tasks
"""


class UnusableError(Exception):
    """This machine cannot run the tests' SLURM."""


class Job(NamedTuple):
    """A job as squeue shows it. what: the rule and its wildcards, from the comment that Snakemake's
    plugin writes.
    """

    number: str
    state: str
    partition: str
    constraint: str
    cpus: str
    memory: str
    time: str
    gpus: str
    what: str


def install() -> None:
    """Install Debian's packages where they are missing. Raises UnusableError."""
    if os.geteuid() != 0:
        raise UnusableError("these tests start a SLURM of their own, which takes root")
    if all(shutil.which(name) for name in ("munged", "slurmctld", "slurmd", "sbatch")):
        return
    if not shutil.which("apt-get"):
        raise UnusableError(f"these tests need SLURM and munge; in Debian: {' '.join(PACKAGES)}")
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            ["apt-get", *command], env=environment, capture_output=True, text=True, encoding="utf-8"
        )
        if done.returncode:
            raise UnusableError(f"apt-get {' '.join(command)} failed: {done.stderr.strip()}")


class Slurm:
    """The three daemons. On a machine that has a SLURM raises UnusableError, and starts nothing."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.daemons: dict[str, subprocess.Popen] = {}
        self.links = [ETC / name for name in ("slurm.conf", "gres.conf")]
        if there := [link for link in self.links if link.exists() or link.is_symlink()]:
            raise UnusableError(
                f"there is {' and '.join(map(str, there))} ({there[0].resolve()}): this machine "
                f"has a SLURM; or "
                "tests that were killed left these links, which are then to be deleted"
            )

    def start(self) -> None:
        """Start munge, the controller and the node, and wait until the node takes jobs."""
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        for number in (0, 1):  # CUDA_VISIBLE_DEVICES is set only for GPUs that are device files
            os.mknod(self.folder / f"nvidia{number}", 0o666 | stat.S_IFCHR, os.makedev(195, number))
        key = self.folder / "munge.key"
        key.touch(mode=0o400)
        key.write_bytes(os.urandom(1024))
        for name, text in (
            ("slurm.conf", SLURM_CONF),
            ("gres.conf", GRES_CONF),
            ("prolog", PROLOG),
        ):
            (self.folder / name).write_text(text.format(folder=self.folder, ports=free_ports(2)))
        (self.folder / "prolog").chmod(0o755)
        for link in self.links:
            link.symlink_to(self.folder / link.name)

        files = {
            "key-file": "key",
            "socket": "socket",
            "pid-file": "pid",
            "log-file": "log",
            "seed-file": "seed",
        }
        self.launch(
            "munged",
            "--foreground",
            "--force",
            *(f"--{o}={self.folder}/munge.{f}" for o, f in files.items()),
        )
        wait_for(self.folder.joinpath("munge.socket").exists, "munged")
        self.launch("slurmctld", "-D", "-c", "-L", f"{self.folder}/slurmctld.log")
        self.start_node()

    def start_node(self) -> None:
        self.launch("slurmd", "-D", "-N", "localhost", "-L", f"{self.folder}/slurmd.log")
        ready = ("idle", "mixed", "allocated")
        wait_for(
            lambda: self.ask("sinfo", "--noheader", "--format=%T") in ready,
            f"the node (logs in {self.folder})",
        )

    def launch(self, name: str, *options: str) -> None:
        """Start a daemon in the foreground; it gets SIGTERM when the tests die."""
        with open(self.folder / f"{name}.out", "a", encoding="utf-8") as out:
            command = ["setpriv", "--pdeathsig", "TERM", name, *options]
            self.daemons[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    def kill_node(self) -> None:
        """Kill slurmd alone: the jobs on the node go on."""
        self.daemons["slurmd"].kill()
        self.daemons["slurmd"].wait()

    def stop(self) -> None:
        """Cancel the jobs, stop the daemons, remove the links: all that was started here, and
        nothing else.
        """
        with contextlib.suppress(TimeoutError):
            self.ask("scancel", "--user=root")
            wait_for(lambda: not self.ask("squeue", "--noheader"), "the end of all jobs")
        for name in ("slurmd", "slurmctld", "munged"):
            if daemon := self.daemons.get(name):
                daemon.terminate()
                try:
                    daemon.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()
        for link in self.links:
            if link.is_symlink() and link.readlink() == self.folder / link.name:
                link.unlink()

    def ask(self, *command: str) -> str:
        """What a command of SLURM prints; nothing where it fails."""
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8"
        ).stdout.strip()

    def jobs(self, folder: Path) -> list[Job]:
        """All jobs that were submitted in `folder`, ended ones too, in their order."""
        names = (
            "JobID",
            "State",
            "Partition",
            "Feature",
            "NumCPUs",
            "MinMemory",
            "TimeLimit",
            "tres-per-job",
            "Comment",
        )
        columns = ",".join(f"{name}:200" for name in (*names, "WorkDir"))
        lines = self.ask(
            "squeue", "--noheader", "--states=all", "--sort=i", "--Format", columns
        ).splitlines()
        return [Job(*job) for *job, where in map(str.split, lines) if where == str(folder)]

    def gpus_seen(self) -> dict[str, str]:
        """CUDA_VISIBLE_DEVICES of each job's task, by the job's number."""
        return dict(line.split() for line in (self.folder / "tasks").read_text().splitlines())


def wait_for(
    happened: Callable[[], object], what: str, seconds: float = 120, pause: float = 0.1
) -> None:
    """Wait until `happened()` is true. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(pause)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on."""
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [server.getsockname()[1] for server in servers]
