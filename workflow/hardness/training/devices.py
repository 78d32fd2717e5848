"""Choose the device that a job runs on, and the GPU, where several jobs share a machine's GPUs.

Snakemake counts GPUs, but does not assign them. A job takes a free GPU by locking a file that
stands for it, and makes only that GPU visible to CUDA; the lock lasts as long as the process. The
files are in /tmp, for all clones and users of the machine.

If CUDA_VISIBLE_DEVICES is set, it names the GPUs to share: those that a user leaves to the study,
or that a scheduler gave it. A SLURM job that sees one GPU has it to itself, and locks nothing. If
it sees several, the jobs inside it share them, under locks of their own: in another SLURM job, 0
may be another GPU.
"""

import contextlib
import fcntl
import getpass
import itertools
import os
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hardness.core.errors import HardnessError

if TYPE_CHECKING:
    import torch

LOCKS = Path("/tmp")  # not TMPDIR: that may be a clone's own, or a shared file system
UNNAMED = "a job that has not named itself"
POLL = 1.0  # seconds between two looks for a free GPU
# what CUDA takes for one; it stops reading at anything else
NAME = re.compile(r"\d+|(GPU|MIG)-[\w/-]+")


class DeviceError(HardnessError):
    """A job cannot have the device that it needs."""


def choose(recipe: Mapping, gpus: int | None = None) -> "torch.device":
    """Choose the device of a job that was given `gpus` GPUs (None: outside Snakemake, use a GPU if
    there is one). HARDNESS_DEVICE, cpu or cuda, overrides this.

    Raises DeviceError if the recipe or the profile demands a GPU and there is none, or
    HARDNESS_DEVICE is something else.
    """
    import torch

    forced = os.environ.get("HARDNESS_DEVICE")
    if forced not in (None, "", "cpu", "cuda"):
        raise DeviceError(f"HARDNESS_DEVICE is {forced!r}; expected cpu or cuda, or nothing")
    if forced == "cpu":
        return torch.device("cpu")
    if gpus or forced == "cuda" or (gpus is None and torch.cuda.is_available()):
        if not torch.cuda.is_available():
            raise DeviceError(
                "this job was given a GPU, but torch sees none: check the driver and "
                "CUDA_VISIBLE_DEVICES, or set HARDNESS_DEVICE=cpu to compute on the CPU"
            )
        return torch.device("cuda")
    if recipe["device"] == "gpu":
        raise DeviceError(
            "the recipe says `device: gpu`, and this job was given none: run with "
            "--workflow-profile profiles/workstation-gpu (or another profile that gives GPUs), or "
            "set HARDNESS_DEVICE=cpu (slow)"
        )
    return torch.device("cpu")


def visible() -> list[str]:
    """The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES takes. Does not
    initialize CUDA.
    """
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return list(
            itertools.takewhile(NAME.fullmatch, (name.strip() for name in given.split(",")))
        )
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, encoding="utf-8", check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = ""
    count = len(re.findall(r"^GPU \d+:", listed, re.MULTILINE))
    # CUDA's first, if there is one, without nvidia-smi
    return [str(number) for number in range(max(count, 1))]


def take(gpus: int | None, slots: int, who: str, folder: Path = LOCKS) -> None:
    """Take a GPU until this process ends, if its job was given any (`gpus`, unless HARDNESS_DEVICE
    says otherwise). Wait while all are taken, and print by whom. Call it before CUDA is
    initialized, because CUDA reads the environment once.

    slots: how many jobs may share one GPU. who: this job, for those that wait.
    Raises ValueError if slots is not a positive whole number, OSError if a lock cannot be opened.
    """
    forced = os.environ.get("HARDNESS_DEVICE")
    if forced == "cpu" or not (gpus or forced == "cuda"):
        return
    if not (isinstance(slots, int) and slots > 0):
        raise ValueError(
            f"gpu_slots is {slots!r}; expected a whole number from 1: how many jobs may share one "
            "GPU"
        )
    names, given = visible(), "CUDA_VISIBLE_DEVICES" in os.environ
    allocation = os.environ.get("SLURM_JOB_ID") if given else None
    if not names or (allocation and len(names) == 1):
        return
    prefix = f"hardness-gpu-slurm-{allocation}-" if allocation else "hardness-gpu-"
    places = {  # the first slot of every GPU before any GPU's second one
        folder / f"{prefix}{name.replace('/', '_')}-slot-{slot}.lock": name
        for slot in range(slots)
        for name in names
    }
    said = False
    while True:
        for path, name in places.items():
            if (lock := _locked(path)) is not None:
                # a full /tmp: the text is only for those that wait
                with contextlib.suppress(OSError):
                    os.ftruncate(lock, 0)
                    os.pwrite(lock, f"{who} (process {os.getpid()} of {_user()})".encode(), 0)
                os.environ["CUDA_VISIBLE_DEVICES"] = name
                print(f"computing on GPU {name}", flush=True)
                return
        if not said:
            held = [  # a job names itself when it has the lock, if /tmp is not full
                f"{name}: {path.read_text(encoding='utf-8', errors='replace')[:300] or UNNAMED}"
                for path, name in places.items()
            ]
            print(f"waiting for a free GPU; taken are {'; '.join(held)}", flush=True)
            said = True
        time.sleep(POLL)


def _locked(path: Path) -> int | None:
    """Lock a file, which is created if it is missing. Returns its descriptor, which must stay open;
    None if another process holds the lock.
    """
    before = os.umask(0)  # other users lock it too
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o666))
    finally:
        os.umask(before)
    # O_CREAT would be refused on another user's file in /tmp
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_nlink:  # else a cleaner of /tmp removed the file just now
            return lock
    except BlockingIOError:
        pass
    os.close(lock)
    return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"user {os.getuid()}"
