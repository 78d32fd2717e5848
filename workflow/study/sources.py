"""Check that the files of a data set can be found. This is done before any job: Snakemake deletes
the outputs of a job before it runs, and so before the job can find that it has nothing to read.
"""

import functools
import json
import sys
from collections import Counter
from pathlib import Path

from hardness.core.errors import HardnessError
from hardness.data import classfolders, csvfiles, datasets, leftout
from hardness.evidence import fonts

from . import ownfiles
from .settings.source import ImageFolder, OwnFiles, Source, Torchvision

MOUNT = "mount the drive, or correct datasets.{name}.source.path in the config"


class SourceError(HardnessError):
    """A data set has to be made again, but cannot be; nothing was removed."""


def files_state(name: str, source: Source, made: Path) -> str | None:
    """Return the state of a user's own files, which decides whether they are read again; None for
    a data set that is not read from such files.

    name: the data set; made: its data.npz. If any of the files cannot be found, this is the state
    from which `made` was read, so that `made` is kept; a line on stderr says so.
    """
    if not isinstance(source, OwnFiles):
        return None
    return _state(name, source.kind, source.path, made)


@functools.cache
def _state(name: str, kind: str, path: str, made: Path) -> str | None:
    try:
        state, lost = _state_of_files(kind, path)
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
            f"{made} is kept as it was read: some of its files are missing ({reason}). "
            f"To read them again, {MOUNT.format(name=name)}.",
            file=sys.stderr,
            flush=True,
        )
    return recorded


def _state_of_files(kind: str, path: str) -> classfolders.State:
    """The state of a user's own files. Raises OSError, ValueError."""
    if kind == "image-folder":
        return classfolders.state(path)
    return classfolders.State(csvfiles.state([*ownfiles.FILES[kind](Path(path))]), [])


def _recorded(made: Path) -> str | None:
    """The state from which a data set was read, by the description of the job beside its log."""
    try:
        text = (made.parent / "logs" / "make_data.json").read_text(encoding="utf-8")
        return json.loads(text)["params"]["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check(name: str, source: Source, data_dir: Path, made: Path) -> None:
    """Raise SourceError if `made` exists, but the files for making it again do not.

    Missing files of a public data set are downloaded into `data_dir`.
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
                _state_of_files(source.kind, source.path)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{made} has to be made again, because the config or the code has changed (or it "
            f"is forced), but cannot be: {error}. Nothing was removed or computed. Now {do}; or "
            "undo the change; or leave the data set out, by naming other targets."
        ) from error


def _check_folder(root: Path) -> None:
    """Raise OSError if an image cannot be opened, or as `classfolders.listed`."""
    if lost := classfolders.unreadable(root, classfolders.listed(root).files()):
        raise FileNotFoundError(f"{root}: {leftout.some(lost)} cannot be found, or may not be read")


def survey(name: str, source: Source) -> list[str]:
    """Return lines on what a folder of images holds, by file names only, to print before it is
    read. Empty for other sources, and for a folder with a wrong layout: reading it will say why.

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
