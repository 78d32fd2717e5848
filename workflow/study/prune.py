"""Find and remove what lies below results/ and is not asked for by the config.

Only the study's own files are considered: those with a checksum beside them, logs, and the store.
"""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from hardness.core import artifacts
from hardness.training import store

from . import layout
from .targets import PAPER
from .verification import ask_snakemake, left_over_datasets

LOGS = "logs"


class LeftOver(NamedTuple):
    """What the config does not ask for. datasets: files and logs of each data set that it does not
    have; files: of each other data set, the files that it does not plan, under "" those of no data
    set; entries: training in the store that no other result uses.
    """

    datasets: dict[str, list[Path]]
    files: dict[str, list[Path]]
    entries: list[Path]

    @property
    def paths(self) -> list[Path]:
        """All files except the entries of the store."""
        return [path for part in (self.datasets, self.files) for of in part.values() for path in of]


def find(results: Path, datasets: Collection[str], options: list[str]) -> LeftOver:
    """Find what is left over below `results`, a folder in the current directory.

    datasets: those of the config; options: those of Snakemake that name the config. Raises
    RuntimeError with Snakemake's message if it cannot plan: then nothing can be said.
    """
    gone = {name: _own(results / name) for name in left_over_datasets(results, datasets)}
    known = sorted(name for name in datasets if (results / name).is_dir())
    plan = set(ask_snakemake(known, options))
    files = {
        name: [path for path in _artifacts(results / name) if str(path) not in plan]
        for name in known
    }
    claims = Path(layout.ALL_CLAIMS.path())
    if claims.exists() and not {*datasets} & {*PAPER}:
        files[""] = [claims]
    found = LeftOver(gone, {name: of for name, of in files.items() if of}, [])
    return found._replace(entries=list(_unused(results, {*found.paths})))


def remove(results: Path, found: LeftOver) -> Iterator[Path]:
    """Remove what was found, with its checksums, and the folders of data sets that become empty.

    Yields the removed entries of the store. Exhaust the generator: each entry is removed only when
    the next one is asked for.
    """
    for path in found.paths:
        for file in (path, artifacts.checksum_path(path)):
            file.unlink(missing_ok=True)
    for name in found.datasets:
        folders = (path for path in (results / name).rglob("*") if path.is_dir())
        for folder in [*sorted(folders, reverse=True), results / name]:
            with contextlib.suppress(OSError):  # it holds what the study did not make
                folder.rmdir()
    yield from drop_unused(results)


def drop_unused(results: Path) -> Iterator[Path]:
    """Drop the unused entries of the store of `results`, as store.drop_unused does."""

    def used() -> set[str]:
        return {path.read_text(encoding="utf-8") for path, _ in layout.trained(results)}

    return store.drop_unused(results / layout.STORE, used)


def described(found: LeftOver) -> list[str]:
    """Describe what is left over, line by line; empty if there is nothing."""
    lines = [
        f"results/{name}: a data set that the config does not have, {_amount(paths)}"
        for name, paths in found.datasets.items()
    ]
    for name, paths in found.files.items():
        place = Path(layout.RESULTS, name)
        folders = Counter(path.parent.relative_to(place).as_posix() for path in paths)
        places = ", ".join(f"{folder}: {count}" for folder, count in folders.items())
        lines.append(f"{place}: not asked for (any more), {_amount(paths)} ({places})")
    begun = sum(not (entry / "test.npz").exists() for entry in found.entries)
    if found.entries:
        unfinished = f"; {begun} unfinished, which a run could take up" if begun else ""
        inside = [path for entry in found.entries for path in entry.iterdir()]
        entries = "entry" if len(found.entries) == 1 else "entries"
        lines.append(
            f"results/.store: training that no other result uses, {len(found.entries)} {entries}, "
            f"{_size(inside)}{unfinished}"
        )
    return lines


def _artifacts(folder: Path) -> list[Path]:
    """The files with a checksum below a folder."""
    sums = sorted(folder.rglob("*.sha256"))
    return [path.with_suffix("") for path in sums if path.with_suffix("").is_file()]


def _own(folder: Path) -> list[Path]:
    """All of the study's files in a data set's folder, even if only their checksum is left."""
    files = [path.with_suffix("") for path in sorted(folder.rglob("*.sha256"))]
    return files + [path for end in ("log", "json") for path in (folder / LOGS).rglob(f"*.{end}")]


def _unused(results: Path, without: Collection[Path]) -> Iterator[Path]:
    """The entries of the store that no result uses, except those in `without`."""
    used = {
        path.read_text(encoding="utf-8")
        for path, _ in layout.trained(results)
        if path.with_suffix("") not in without
    }
    for entry in sorted(path for path in (results / layout.STORE).glob("*") if path.is_dir()):
        made = entry / "test.npz.sha256"
        is_used = made.exists() and made.read_text(encoding="utf-8") in used
        if not is_used or ".damaged-" in entry.name:
            yield entry


def _amount(paths: Collection[Path]) -> str:
    return f"{len(paths)} file{'' if len(paths) == 1 else 's'}, {_size(paths)}"


def _size(paths: Iterable[Path]) -> str:
    size = sum(path.stat().st_size for path in paths if path.is_file())
    return f"{size / 1e6:.1f} MB"
