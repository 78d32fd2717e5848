"""The store: finished and unfinished training by the digest of everything that it depends on.

store/{key}/ holds a block's outputs with their checksums, or its resume state; origin.json says what made them; `lock`
is held by the one process that trains, and dies with it.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import artifacts

RESUME = "resume.npz"


def key(parts: dict) -> str:
    """The key of a block: SHA-256 of its parts in canonical JSON, 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]


@contextlib.contextmanager
def only_writer(entry: Path, job: str) -> Iterator[None]:
    """Hold the entry's lock; wait, saying for whom, while another process holds it."""
    entry.mkdir(parents=True, exist_ok=True)
    with open(entry / "lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            print(f"waiting: {entry.name} is being trained by {file.read().strip() or 'another process'}", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{job} (process {os.getpid()} on {socket.gethostname()})")
        file.flush()
        yield


def finished(entry: Path, names: Iterable[str]) -> bool:
    """Whether all outputs are there, and whole. A damaged entry is moved aside, to be trained again."""
    try:
        for name in names:
            artifacts.check(entry / name)
    except FileNotFoundError:
        return False
    except artifacts.Damaged as error:
        set_aside(entry, error)
        return False
    return True


def set_aside(entry: Path, why: Exception) -> None:
    """Move everything of a damaged entry but its lock into a folder beside it."""
    number = 1
    while (aside := entry.with_name(f"{entry.name}.damaged-{number}")).exists():
        number += 1
    aside.mkdir()
    for path in entry.iterdir():
        if path.name != "lock":
            path.rename(aside / path.name)
    print(f"{why}\n{entry.name} was moved aside to {aside.name} and is trained again", flush=True)


def link(entry: Path, names: Iterable[str], folder: Path) -> None:
    """Give the entry's outputs and their checksums their place in `folder`: hard links, or copies on another file
    system.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for source in (entry / name, artifacts.checksum_path(entry / name)):
            temporary = folder / f".{source.name}.{os.getpid()}.part"
            temporary.unlink(missing_ok=True)
            try:
                os.link(source, temporary)
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                    raise
                shutil.copyfile(source, temporary)
            os.utime(temporary)  # newer than its inputs, for Snakemake
            os.replace(temporary, folder / source.name)
            temporary.unlink(missing_ok=True)  # os.replace leaves it where both are the same file already


def note_origin(entry: Path, **origin: object) -> None:
    """Write what made the entry beside it: versions, device, machine, key's parts. Never part of the key."""
    artifacts.save_text(entry / "origin.json", json.dumps(origin, indent=1, sort_keys=True) + "\n")
