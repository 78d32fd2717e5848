"""Report which of a user's own files were added, removed or changed since a data set was read.

sources.py holds the state that decides whether they are read again; this file only puts the
difference into words.
"""

import contextlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from hardness.data import arrays, classfolders, csvfiles, recordings

from . import layout
from .settings.source import OwnFiles

NAMED = 2  # files that are named for each kind of change

# kind of source -> a function that lists its files; each raises OSError, ValueError
FILES: dict[str, Callable[[Path], Iterable[Path]]] = {
    "image-folder": lambda root: (
        root / file.path for file in classfolders.listed(root.absolute()).files()
    ),
    "table": lambda path: csvfiles.files(str(path)),
    "arrays": lambda path: arrays.files(str(path)),
    "recorded": lambda path: recordings.files(str(path)),
}


def note(dataset: str, source: OwnFiles, state: str) -> None:
    """Record the files that are about to be read in the data set's logs, with their `state`. If
    they cannot be listed, record nothing: reading them will say why.
    """
    path = Path(layout.SEEN.path(dataset=dataset))
    with contextlib.suppress(OSError, ValueError):
        text = json.dumps({"state": state, "files": _files(source)})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _files(source: OwnFiles) -> dict[str, str]:
    """The files that a source is read from, with their sizes and times. Raises OSError,
    ValueError.
    """
    root = Path(source.path).expanduser()
    found = {}
    for file in FILES[source.kind](root):
        about = file.stat()
        name = file.relative_to(root).as_posix() if file != root else file.name
        found[name] = f"{about.st_size} {about.st_mtime_ns}"
    return found


def changed(dataset: str, source: OwnFiles, state: str) -> str:
    """Return in words what has changed since a data set was read: 1 file gone (cat/7.png).

    state: that of the files when they were read.
    """
    try:
        text = Path(layout.SEEN.path(dataset=dataset)).read_text(encoding="utf-8")
        noted = json.loads(text)
        before, now = noted["files"] if noted["state"] == state else {}, _files(source)
    except (OSError, ValueError, LookupError, TypeError):
        before, now = {}, {}
    kinds = {
        "gone": [name for name in before if name not in now],
        "added": [name for name in now if name not in before],
        "changed": [name for name in before if name in now and before[name] != now[name]],
    }
    told = [_told(names, what) for what, names in kinds.items() if names and before]
    return ", ".join(told) or f"files of {source.path} changed"


def _told(names: list[str], what: str) -> str:
    files = f"{len(names)} file{'s' if len(names) > 1 else ''}"
    more = ", ..." if len(names) > NAMED else ""
    return f"{files} {what} ({', '.join(names[:NAMED])}{more})"
