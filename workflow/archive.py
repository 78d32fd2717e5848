"""Pack the small artifacts of results/ into one zip file, from which figures, tables and report can
be made without training; and unpack it.

    python workflow/archive.py pack study.zip [data set ...]
    python workflow/archive.py unpack study.zip

Both work in the current directory, where config.yaml and results/ lie, and hold the lock of `make
study` meanwhile. The archive begins with manifest.json, which lists the path, bytes, SHA-256 and
order (the rank of the time stamp) of every other entry. Then comes config.yaml, the part of the
config that made the other files, with all defaults filled in. Unpacking checks everything before it
writes anything, replaces nothing, and writes the files in order, so that no file is older than its
inputs. The same results give the same bytes (with the same version of zlib; deflate needs 30% less
space than storing).
"""

import functools
import hashlib
import json
import os
import stat
import subprocess
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import yaml

from hardness.core import artifacts
from hardness.core.errors import HardnessError
from hardness.core.names import nearest
from run import take_lock
from study import zipped
from study.config import ConfigError, load
from study.layout import RESULTS, is_artifact, small_files
from study.plan import Plan

CONFIG, MANIFEST = Path("config.yaml"), "manifest.json"
FORMAT = "small artifacts of a hardness study, 1"
STEP = 1000  # ns between time stamps: more than the rounding error of seconds as a float
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    OverflowError,
)


class RefusedError(HardnessError):
    """What was asked for cannot be done; nothing was written."""


def main(arguments: list[str]) -> int:
    match arguments:
        case ["pack", archive, *datasets]:
            act = functools.partial(pack, Path(archive), datasets)
        case ["unpack", archive]:
            act = functools.partial(unpack, Path(archive))
        case _:
            sys.exit(__doc__)
    lock = take_lock(Path(RESULTS, ".study.lock"))
    try:
        print("\n".join(act()))
    except (RefusedError, ConfigError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        os.close(lock)
    return 0


def _list(said: str, problems: list[str], then: str = "") -> str:
    more = [f"and {len(problems) - 10} more"] if len(problems) > 10 else []
    return "\n".join(
        [said, *(f"  {problem}" for problem in [*problems[:10], *more]), *([then] if then else [])]
    )


# The config


def config_of(config: dict, datasets: Iterable[str]) -> str:
    """Return as YAML the part of a checked config on which these data sets depend."""
    return yaml.safe_dump(Plan(config).part(datasets), allow_unicode=True)


# Packing


def pack(archive: Path, asked: Collection[str] = ()) -> list[str]:
    """Write an archive of the data sets `asked` for, by default all of config.yaml, and of those
    that they are made from. Returns lines to print for the user.

    Raises RefusedError for a wrong name of the archive, an unknown data set, nothing to pack, and
    damaged artifacts, which it names.
    """
    config, there = load(Path()), small_files()
    if archive.suffix != ".zip":
        raise RefusedError(f"ARCHIVE={archive}: expected a name that ends in .zip")
    for name in asked:
        if name not in config["datasets"]:
            raise RefusedError(
                f"DATASETS: unknown data set {name!r}: {nearest(name, config['datasets'])}"
            )
        if name not in there:
            raise RefusedError(
                f"results/{name} holds nothing to pack: compute it first (make study ARGS={name})"
            )
    datasets = [
        name for name in Plan(config).with_origins(asked or config["datasets"]) if name in there
    ]
    if not datasets:
        beside = f", but {', '.join(sorted(there))}, which config.yaml does not have" * bool(there)
        raise RefusedError(
            f"results/ holds nothing to pack{beside}: compute the study first (make study)"
        )
    files = sorted(
        (file for name in [*datasets, ""] for file in there.get(name, [])), key=Path.as_posix
    )
    text = config_of(config, datasets).encode()
    entries = [_entry(CONFIG, len(text), hashlib.sha256(text).hexdigest(), 0), *_checked(files)]
    manifest = {"format": FORMAT, "version": _version(), "datasets": datasets, "files": entries}

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
            zipped.add(target, MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
            zipped.add(target, CONFIG.name, text)
            for entry in entries[1:]:
                content = Path(entry["path"]).read_bytes()
                if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                    raise RefusedError(
                        f"{entry['path']} changed while it was packed: pack again when no run "
                        "is active"
                    )
                zipped.add(target, entry["path"], content)

    artifacts.write_atomically(archive, write, checksum=False)
    told = [
        f"{archive}: {len(files)} files of {', '.join(datasets)}, "
        f"{archive.stat().st_size / 1e6:.1f} MB"
    ]
    if unknown := sorted({*there} - {*config["datasets"], ""}):
        told.append(
            f"Left out, because config.yaml has no such data set: {', '.join(unknown)}. "
            "make prune removes it, after asking"
        )
    return told


def _checked(files: list[Path]) -> list[dict]:
    """The manifest's entries for artifacts, each compared with its checksum. Raises RefusedError
    that names the damaged ones.
    """
    damaged = []
    for path in files:
        try:
            artifacts.check(path)
        except artifacts.DamagedError as error:
            damaged.append(str(error))
    if damaged:
        raise RefusedError(_list("No archive was written:", damaged))
    stamps = {path: path.stat().st_mtime_ns for path in files}
    ranks = {stamp: rank for rank, stamp in enumerate(sorted(set(stamps.values())))}
    return [
        _entry(
            path,
            path.stat().st_size,
            artifacts.checksum_path(path).read_text(encoding="utf-8").split()[0],
            ranks[stamps[path]],
        )
        for path in files
    ]


def _entry(path: Path, size: int, digest: str, order: int) -> dict:
    return {"path": path.as_posix(), "bytes": size, "sha256": digest, "order": order}


def _version() -> str | None:
    """The version of the code by `git describe`; None without git."""
    here = Path(__file__).resolve().parents[1]
    if not (here / ".git").exists():  # a copy inside another repository must not take its version
        return None
    command = ["git", "-C", str(here), "describe", "--tags", "--always", "--dirty"]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


# Unpacking


def unpack(archive: Path) -> list[str]:
    """Verify an archive, then write those of its files that do not exist yet. Returns lines to
    print for the user.

    Raises RefusedError, before anything is written, for an archive that is missing, truncated,
    changed or foreign, and for results that exist and differ.
    """
    if not archive.exists():
        raise RefusedError(f"{archive} is missing: name an archive, make unpack ARCHIVE=name.zip")
    try:
        source = zipfile.ZipFile(archive)
    except BROKEN as error:
        raise _refusal(archive, [f"it is truncated, or not a zip file ({error})"]) from error
    with source:
        manifest = read_manifest(source, archive)
        if problems := [*problems_of_names(source, manifest)] or [
            *problems_of_contents(source, manifest)
        ]:
            raise _refusal(archive, problems)
        files = [entry for entry in manifest["files"] if entry["path"] != CONFIG.name]
        if differing := [
            entry["path"] for entry in files if _differs(Path(entry["path"]), entry["sha256"])
        ]:
            said = f"{archive} was not unpacked, because these results exist already, and differ:"
            raise RefusedError(
                _list(said, differing, "Move them away, or unpack in a fresh clone.")
            )
        config, datasets, made_with = (
            load(Path()),
            manifest["datasets"],
            source.read(CONFIG.name),
        )
        written = lay_out(source, files)

    told = [f"{archive}: {written} files laid out, {len(files) - written} were there"]
    if (
        not {*datasets} <= {*config["datasets"]}
        or config_of(config, datasets).encode() != made_with
    ):
        told.append(
            "config.yaml differs from the config with which these data sets were made: what is "
            "missing will be computed. "
            f"To see the config that made them: unzip -p '{archive}' {CONFIG}"
        )
    then = "make study ARGS='figures tables report'"
    return [*told, f"Figures, tables and report can now be made without training: {then}"]


def _refusal(archive: Path, problems: list[str]) -> RefusedError:
    then = "Fetch it again, or make it again with make archive."
    return RefusedError(_list(f"{archive} is refused, and nothing was written:", problems, then))


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def read_manifest(source: zipfile.ZipFile, archive: Path) -> dict:
    """Return the manifest of an archive. Raises RefusedError if there is none, or if `pack` did not
    write it.
    """
    entries = source.infolist()
    if not entries or entries[0].filename != MANIFEST:
        raise _refusal(
            archive, [f"it does not begin with {MANIFEST}: make archive did not write it"]
        )
    try:
        manifest = json.loads(source.read(entries[0]))
    except BROKEN as error:
        raise _refusal(archive, [f"{MANIFEST} is damaged ({_why(error)})"]) from error
    made = manifest.get("format") if isinstance(manifest, dict) else None
    if made != FORMAT:
        raise _refusal(archive, [f"{MANIFEST} has the format {made!r}, expected {FORMAT!r}"])
    names, files = manifest.get("datasets"), manifest.get("files")
    kinds = {"path": str, "bytes": int, "sha256": str, "order": int}
    if not (
        isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and isinstance(files, list)
        and all(
            isinstance(entry, dict) and {key: type(entry[key]) for key in entry} == kinds
            for entry in files
        )
    ):
        raise _refusal(archive, [f"{MANIFEST} does not list files with {', '.join(kinds)}"])
    return manifest


def problems_of_names(source: zipfile.ZipFile, manifest: dict) -> Iterator[str]:
    """Yield the problems of an archive that show before any content is read."""
    held = Counter(info.orig_filename for info in source.infolist())
    listed = Counter(entry["path"] for entry in manifest["files"])
    folders = {parent.as_posix() for path in listed for parent in Path(path).parents}
    for name in dict.fromkeys([CONFIG.name, *listed, *held]):
        if name not in (MANIFEST, CONFIG.name) and not is_artifact(name):
            yield f"{name!r} is not an artifact below results/"
        elif not held[name]:
            yield f"{name} is missing"
        elif not listed[name] and name != MANIFEST:
            yield f"{name} is not in {MANIFEST}"
        elif held[name] > 1 or listed[name] > 1 or name in folders:
            yield f"{name} is there twice"
    for info in source.infolist():
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            yield f"{info.filename} is a link, or not a file"


def problems_of_contents(source: zipfile.ZipFile, manifest: dict) -> Iterator[str]:
    """Yield entries that differ from the manifest; one entry is in memory at a time."""
    for entry in manifest["files"]:
        size = source.getinfo(entry["path"]).file_size
        if size != entry["bytes"]:
            yield f"{entry['path']} has {size} bytes, expected {entry['bytes']}"
            continue
        try:
            digest = hashlib.sha256(source.read(entry["path"])).hexdigest()
        except BROKEN as error:
            yield f"{entry['path']} is damaged ({_why(error)})"
            continue
        if digest != entry["sha256"]:
            yield f"{entry['path']} is damaged: its SHA-256 is not the one in {MANIFEST}"


def _differs(path: Path, digest: str) -> bool:
    """Whether something other than this file is at its path."""
    if any(parent.exists() and not parent.is_dir() for parent in path.parents):
        return True
    return path.exists() and (not path.is_file() or artifacts.file_digest(path) != digest)


def lay_out(source: zipfile.ZipFile, files: Collection[dict]) -> int:
    """Write the files that are missing or damaged, in the order in which they were made. Returns
    how many it wrote.
    """
    paths = [Path(entry["path"]) for entry in files]
    there = {path.as_posix(): path.stat().st_mtime_ns for path in paths if path.exists()}
    stamps, written = time_stamps(files, there, time.time_ns()), 0
    for entry in sorted(files, key=lambda entry: (entry["order"], entry["path"])):
        path = Path(entry["path"])
        if not _whole(path):
            _write(
                path, source.read(entry["path"]), there.get(entry["path"], stamps[entry["order"]])
            )
            written += 1
    return written


def time_stamps(files: Iterable[dict], there: Mapping[str, int], now: int) -> dict[int, int]:
    """Return order -> time stamp in ns for the files to be written.

    there: path -> time stamp of the files that exist, which keep theirs. The last order gets a time
    just before `now`, and each order a time before the next one; also before existing files of
    later orders, which would seem out of date otherwise.
    """
    kept: dict[int, list[int]] = {}
    for entry in files:
        kept.setdefault(entry["order"], []).extend(
            there[path] for path in [entry["path"]] if path in there
        )
    stamps = {}
    for order in sorted(kept, reverse=True):
        stamps[order] = now = min([now - STEP, *kept[order]])
    return stamps


def _whole(path: Path) -> bool:
    """Whether a file exists and matches its checksum."""
    try:
        artifacts.check(path)
    except (FileNotFoundError, artifacts.DamagedError):
        return False
    return True


def _write(path: Path, content: bytes, stamp: int) -> None:
    """Write an artifact, with its checksum and a time stamp in ns, in one step."""

    def write(file: BinaryIO) -> None:
        file.write(content)
        file.flush()  # a later write would change the time stamp
        os.utime(file.fileno(), ns=(stamp, stamp))

    artifacts.write_atomically(path, write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
