"""The store: finished and unfinished training, found by the digest of everything that it depends
on.

store/{key}/ holds a block's outputs with their checksums, or its resume state. origin.json says
what made them. `lock` is held by the one process that trains; it ends with the process.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import platform
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from hardness.core import artifacts, codedigest
from hardness.core.draws import draw_of
from hardness.data import datasets
from hardness.training import parts

RESUME = "resume.npz"


class Block(NamedTuple):
    """What a job trains: the members `seeds` on `training_set` of `data` by `recipe`.

    observe: the names of the observers, each of which leaves a file beside test.npz; name: for
    messages, such as "digits, full".
    """

    data: datasets.Data
    training_set: datasets.TrainingSet
    recipe: dict
    seeds: list[int]
    observe: tuple[str, ...]
    name: str

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the files that the block leaves."""
        return tuple(f"{name}.npz" for name in ("test", *self.observe))


def key_parts(block: Block) -> dict:
    """Everything that the block's outputs depend on, as digests and plain values. The block's key
    is the digest of these.
    """
    data, draws = block.data, block.training_set
    used = [draw_of(seed, len(draws.source)) for seed in block.seeds]
    return {
        "data": artifacts.array_digest(
            data.train_inputs, data.train_labels, data.test_inputs, data.mean, data.std
        ),
        "classes": data.classes,
        "draws": [
            artifacts.array_digest(
                draws.source[d],
                draws.labels_of(d),
                draws.synthetic[d],
                *draws.statistics[d : d + 1],
            )
            for d in used
        ],
        "recipe": block.recipe,
        "seeds": list(block.seeds),
        "observe": list(block.observe),
        "code": sorted({code.own for code in map(codedigest.read, _code(block)) if not code.empty}),
    }


def _code(block: Block) -> set[Path]:
    """The files whose code may change numbers: the loop, the parts that the recipe names, and the
    project's modules that these import.

    The modules that this one imports are left out: they read and write files and find parts. Tests
    guard that.
    """
    here = Path(__file__).resolve()
    view = parts.VIEWS.file(parts.view_of(block.data.train_inputs, block.recipe))
    named = [*parts.files(block.recipe).values(), *map(parts.OBSERVERS.file, block.observe)]
    loop = here.with_name("loop.py")
    return set(codedigest.modules(loop, view, *named)) - set(codedigest.modules(here))


def key(contents: dict) -> str:
    """The key of a block: SHA-256 of its parts in canonical JSON, 32 hexadecimal digits."""
    return hashlib.sha256(
        json.dumps(contents, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()[:32]


def obtain(
    block: Block, folder: Path, train: Callable[[Path], None], job: str, target: Path | None = None
) -> Path:
    """The block's finished entry in the store `folder`: found there, or filled by `train(entry)`.

    All is done under the entry's lock. job: who trains, for jobs that wait. target: the folder into
    which the outputs are linked. Nothing here imports torch, so that finding an entry costs no more
    than its checksums.
    """
    entry = folder / key(key_parts(block))
    with only_writer(entry, job):
        artifacts.drop_unfinished(entry)
        if finished(entry, block.outputs):
            seeds = f"{block.seeds[0]} to {block.seeds[-1]}"
            print(
                f"{block.name}, seeds {seeds}: found in the store as {entry.name}, nothing to "
                "train",
                flush=True,
            )
        else:
            train(entry)
        if target:
            link(entry, block.outputs, target)
    return entry


@contextlib.contextmanager
def only_writer(entry: Path, job: str) -> Iterator[None]:
    """Hold the entry's lock. While another process holds it, wait, and print which one."""
    with contextlib.ExitStack() as stack:
        while True:
            entry.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(open(entry / "lock", "a+", encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                who = file.read().strip() or "another process"
                print(f"waiting: {entry.name} is being trained by {who}", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:  # else the entry was dropped while we waited
                break
        file.truncate(0)
        file.write(f"{job} (process {os.getpid()} on {socket.gethostname()})")
        file.flush()
        yield


def finished(entry: Path, names: Iterable[str]) -> bool:
    """Whether all outputs exist and are undamaged. A damaged entry is moved aside, to be trained
    again.
    """
    try:
        for name in names:
            artifacts.check(entry / name)
    except FileNotFoundError:
        return False
    except artifacts.DamagedError as error:
        set_aside(entry, error)
        return False
    return True


def set_aside(entry: Path, why: Exception) -> None:
    """Move the outputs of a damaged entry into a folder beside it; its lock and its resume state
    stay.
    """
    number = 1
    while (aside := entry.with_name(f"{entry.name}.damaged-{number}")).exists():
        number += 1
    aside.mkdir()
    for path in entry.iterdir():
        if path.name not in ("lock", RESUME):
            path.rename(aside / path.name)
    print(f"{why}\n{entry.name} was moved aside to {aside.name} and is trained again", flush=True)


def link(entry: Path, names: Iterable[str], folder: Path) -> None:
    """Put an entry's outputs and their checksums into `folder`: as hard links, or as copies where
    links are impossible.

    They get the present time, to be newer than their inputs. Time stamps belong to a file, not to
    its names: a second place gets a copy, so that the first place's files do not look new.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for source in (entry / name, artifacts.checksum_path(entry / name)):
            target = folder / source.name
            if not (target.exists() and target.samefile(source)):
                temporary = folder / f".{source.name}.{os.getpid()}.part"
                temporary.unlink(missing_ok=True)
                _link_or_copy(source, temporary)
                os.replace(temporary, target)
            os.utime(target)


def _link_or_copy(source: Path, target: Path) -> None:
    if source.stat().st_nlink == 1:
        try:
            return os.link(source, target)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
    shutil.copyfile(source, target)


def note_origin(entry: Path, block: Block, resumed: bool, **made_by: str) -> None:
    """Write what made the entry into its origin.json: versions, device and machine, and the key's
    parts. The first three are not part of the key.

    resumed: whether training resumes from a state: then what made that state is kept.
    """
    made_by |= {
        "machine": socket.gethostname(),
        "processor": platform.machine(),
        "name": block.name,
    }
    earlier = [one for one in origins(entry) if resumed and one != made_by]
    text = json.dumps(
        {"made_by": [*earlier, made_by], "key": key_parts(block)}, indent=1, sort_keys=True
    )
    artifacts.save_text(entry / "origin.json", text + "\n")


def origins(entry: Path) -> list[dict[str, str]]:
    """What made an entry: several, if training was resumed elsewhere; none, if origin.json is lost
    or damaged.
    """
    try:
        return json.loads((entry / "origin.json").read_text(encoding="utf-8"))["made_by"]
    except (OSError, ValueError, KeyError):
        return []


def drop_unused(folder: Path, used: Callable[[], set[str]]) -> Iterator[Path]:
    """Remove the entries of the store `folder` that no results use, and the damaged ones that were
    moved aside; yield each removed one. An entry that a process is working on stays.

    used: returns the texts of the checksums of every test.npz that was linked or copied from an
    entry. It is called again before an entry is removed.
    """
    used_at_first = used()
    for entry in sorted(path for path in folder.glob("*") if path.is_dir()):
        if _made(entry) in used_at_first:
            continue
        with (
            open(entry / "lock", "a", encoding="utf-8") as lock,
            contextlib.suppress(BlockingIOError),
        ):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _made(entry) not in used():  # it may have been linked until now
                shutil.rmtree(entry)
                yield entry


def _made(entry: Path) -> str | None:
    made = entry / "test.npz.sha256"
    if ".damaged-" in entry.name or not made.exists():
        return None
    return made.read_text(encoding="utf-8")
