"""Whether what a data set is read from can be found. It is asked before any job: Snakemake deletes
what a job is to make before the job runs, and so before it can find that it has nothing to read.
"""

import functools
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hardness.core.errors import HardnessError
from hardness.data import arrays, classfolders, csvfiles, datasets, leftout, recordings
from hardness.evidence import fonts

from .settings.source import ImageFolder, OwnFiles, Source, Torchvision

MOUNT = "mount the drive, or correct datasets.{name}.source.path in the config"


class SourceError(HardnessError):
    """A data set would be made again, and cannot be; nothing was removed."""


def files_state(name: str, source: Source, made: Path) -> str | None:
    """What decides whether a user's own files are read again: their state; None for a data set that
    is read from none.

    name: the data set. made: its data.npz. Where the files, or one of them, cannot be found, this
    is the state that `made` was read from, which so stays; a line on stderr says it.
    """
    if not isinstance(source, OwnFiles):
        return None
    return _state(name, source.kind, source.path, made)


@functools.cache
def _state(name: str, kind: str, path: str, made: Path) -> str | None:
    try:
        state, lost = OWN[kind](path)
        reason = f"{path}: {leftout.some(lost)} cannot be found"
    except ValueError as error:  # laid out wrongly: `check` will refuse
        return f"not to be read: {error}"
    except OSError as error:
        state, lost, reason = None, [path], str(error)
    recorded = _recorded(made)
    if not lost or recorded in (None, state):
        return state
    if made.exists():
        print(
            f"{made} is kept as it was read: its files are not all there ({reason}). "
            f"To read them again, {MOUNT.format(name=name)}.",
            file=sys.stderr,
            flush=True,
        )
    return recorded


def _state_of_table(path: str) -> classfolders.State:
    return classfolders.State(csvfiles.state(csvfiles.files(path)), [])


def _state_of_arrays(path: str) -> classfolders.State:
    return classfolders.State(csvfiles.state(arrays.files(path)), [])


def _state_of_recording(path: str) -> classfolders.State:
    return classfolders.State(csvfiles.state(recordings.files(path)), [])


# The kinds of a user's own files, and what tells their state; raises OSError, ValueError
OWN: dict[str, Callable[[str], classfolders.State]] = {
    "image-folder": classfolders.state,
    "table": _state_of_table,
    "arrays": _state_of_arrays,
    "recorded": _state_of_recording,
}


def _recorded(made: Path) -> str | None:
    """The state that a data set was read from, by the description of the job beside its log."""
    try:
        text = (made.parent / "logs" / "make_data.json").read_text(encoding="utf-8")
        return json.loads(text)["params"]["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check(name: str, source: Source, data_dir: Path, made: Path) -> None:
    """Raise SourceError if `made` is there, and what it would be made again from is not.

    What of a public data set is not in `data_dir` is downloaded.
    """
    if not made.exists():
        return
    do = f"put the files into {data_dir}, or correct data_dir in the config"
    try:
        if isinstance(source, Torchvision):
            datasets.fetch(source.kind, data_dir)
        elif isinstance(source, OwnFiles):
            do = MOUNT.format(name=name)
            if isinstance(source, ImageFolder):
                _check_folder(Path(source.path).expanduser().absolute())
            else:
                OWN[source.kind](source.path)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{made} would have to be made again, for the config or the code has changed (or it "
            f"is forced), and cannot be: {error}. Nothing was removed or computed. Now {do}; or "
            "undo the change; or leave the data set out, by naming other targets."
        ) from error


def _check_folder(root: Path) -> None:
    """Raise OSError if an image cannot be opened, or as `classfolders.listed`."""
    if lost := classfolders.unreadable(root, classfolders.listed(root).files()):
        raise FileNotFoundError(f"{root}: {leftout.some(lost)} cannot be found, or may not be read")


def survey(name: str, source: Source) -> list[str]:
    """Lines on what a folder of images holds, by the names in it: said before it is read. None for
    other sources, and for a folder that is laid out wrongly: reading it will say why.

    Raises SourceError if too much would be left out.
    """
    if not isinstance(source, ImageFolder):
        return []
    root = Path(source.path).expanduser().absolute()
    try:
        found = classfolders.listed(root)
    except (OSError, ValueError):
        return []
    left_out = classfolders.left_out_by_name(root, found)
    used = Counter(found.class_names[file.label] for file in found.files())
    try:
        leftout.check(root, left_out, used, source.most_left_out)
    except ValueError as error:
        raise SourceError(f"{error}. Nothing was removed or computed.") from error
    beside = f"; left out: {leftout.described(leftout.table(left_out))}" if left_out else ""
    lines = [f"{name}: {used.total()} files to read in {len(used)} classes of {root}{beside}"]
    _, without = fonts.families_for(found.class_names)
    return [*lines, f"{name}: {fonts.advice(without)}"] if without else lines
