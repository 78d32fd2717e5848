"""Check that the results are intact and made by this code and config: `snakemake verify`."""

import csv
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from hardness.core import artifacts
from hardness.training import store

from . import layout
from .targets import PAPER

KINDS = {".npz", ".csv", ".json", ".pdf", ".png", ".tex", ".md", ".html"}
RIGHT = "All that is there is whole, and of this code and config."
TELL_EVERY = 5.0  # seconds
READERS = 4  # files that are read at once
STALE = {  # Snakemake's reason for making a file again -> ours
    "params changed": "made by other code or from another config",
    "rule implementation changed": "made by another rule",
    "set of input files changed": "made from files other than those the config now asks for",
    "updated input files": "older than what it is made from",
}


class Origin(NamedTuple):
    """The software and hardware that trained a block of members."""

    torch: str
    device: str
    machine: str

    def __str__(self) -> str:
        return f"torch {self.torch} on {self.device} of {self.machine}"


UNKNOWN = Origin("?", "?", "?")


class Findings(NamedTuple):
    """What was found. The results are right if damaged, missing and stale (path -> what is wrong)
    are empty.

    files, size: number of files, and their bytes. For information only: left_over, data sets that
    the config does not have, whose files are not checked; follows, files that are made again
    because others are; unrecorded, files that Snakemake has no record of making; unplanned, files
    that the config does not ask for; aside, entries of the store that an earlier run found damaged;
    blocks, ensemble -> how many of its blocks each origin trained.
    """

    files: int
    size: int
    damaged: dict[str, str]
    missing: dict[str, str]
    stale: dict[str, str]
    left_over: list[str]
    follows: list[str]
    unrecorded: list[str]
    unplanned: list[str]
    aside: list[str]
    blocks: dict[str, Counter]

    @property
    def wrong(self) -> bool:
        return bool(self.damaged or self.missing or self.stale)


def verify(
    results: Path, datasets: Collection[str], options: list[str], tell: Callable[[str], None]
) -> Findings:
    """Check everything below `results`, a folder in the current directory, where the study is run.

    datasets: those of the config; options: those of Snakemake that name Snakefile and config; tell:
    called with a line every few seconds. Raises RuntimeError with Snakemake's message if it cannot
    plan.
    """
    left_over = left_over_datasets(results, datasets)

    def is_asked_for(path: Path) -> bool:
        return path.relative_to(results).parts[0] not in left_over

    below = artifacts_below(results)
    files = {path: status for path, status in below.items() if is_asked_for(path)}
    damaged = compare(files, tell)
    there = {path.as_posix() for path in files}
    orphans = sorted(map(Path.as_posix, filter(is_asked_for, checksums_without_file(results))))

    targets = sorted(name for name in datasets if (results / name).is_dir())
    claims = layout.ALL_CLAIMS.path()
    targets += [claims] if claims in there and set(datasets) & set(PAPER) else []
    plan = ask_snakemake(targets, options)
    lost = [
        name
        for name, row in plan.items()
        if row["status"] == "missing" and row["log-file(s)"] != "-"
    ]
    pending = [
        name for name, row in plan.items() if name in there and row["plan"] == "update pending"
    ]
    stale = {name: STALE[plan[name]["status"]] for name in pending if plan[name]["status"] in STALE}
    return Findings(
        files=len(files),
        size=sum(
            {(status.st_dev, status.st_ino): status.st_size for status in files.values()}.values()
        ),
        damaged=damaged,
        missing=dict.fromkeys(lost, "it was made before")
        | dict.fromkeys(orphans, "its checksum is there"),
        stale=stale,
        left_over=left_over,
        follows=[name for name in pending if name not in stale],
        unrecorded=[
            name for name, row in plan.items() if name in there and row["log-file(s)"] == "-"
        ],
        unplanned=sorted(name for name in there - {*plan} if not layout.in_store(name)),
        aside=sorted(path.as_posix() for path in layout.SET_ASIDE.files(results)),
        blocks=blocks_by_origin(results),
    )


def left_over_datasets(results: Path, datasets: Collection[str]) -> list[str]:
    """Return the data sets that lie below `results` but are not among `datasets` of the config."""
    folders = sorted(path for path in results.glob("[!.]*") if path.name not in layout.SPANNING)
    return [
        folder.name
        for folder in folders
        if folder.name not in datasets and any(folder.rglob("*.sha256"))
    ]


# The files, against their checksums


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder and in its store, except logs, resume states, hidden files and
    entries that were set aside.
    """
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name == layout.STORE
            or not (name.startswith(".") or name == "logs" or ".damaged-" in name)
        ]
        yield from (
            Path(place, name) for name in names if not name.startswith(".") and name != "resume.npz"
        )


def artifacts_below(results: Path) -> dict[Path, os.stat_result]:
    """Return the files of the kinds that should have checksums, whether they have one or not."""
    found = {}
    for path in sorted(_files(results)):
        if path.suffix in KINDS and path != results / "README.md":
            try:
                found[path] = path.stat()
            except FileNotFoundError:  # a running study is making it again
                continue
    return found


def checksums_without_file(results: Path) -> Iterator[Path]:
    checksums = (path for path in _files(results) if path.suffix == ".sha256")
    return (path.with_suffix("") for path in checksums if not path.with_suffix("").exists())


def compare(files: Mapping[Path, os.stat_result], tell: Callable[[str], None]) -> dict[str, str]:
    """Compare files with the checksums beside them. Returns path -> what is wrong.

    A file with several names, such as one linked from the store, is read once.
    """
    names: dict[tuple[int, int], list[Path]] = defaultdict(list)
    for path, status in files.items():
        names[status.st_dev, status.st_ino].append(path)
    sizes = [files[same[0]].st_size for same in names.values()]
    done, told = 0, time.monotonic()
    wrong: dict[str, str] = {}
    with ThreadPoolExecutor(READERS) as pool:
        digests = pool.map(_digest, [same[0] for same in names.values()])
        for same, size, digest in zip(names.values(), sizes, digests, strict=True):
            wrong |= {
                path.as_posix(): problem for path in same if (problem := _problem(path, digest))
            }
            done += size
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                tell(
                    f"{done / 1e9:.1f} of {sum(sizes) / 1e9:.1f} GB compared, "
                    f"{len(wrong)} damaged files so far"
                )
    return wrong


def _digest(path: Path) -> str | OSError:
    try:
        return artifacts.file_digest(path)
    except OSError as error:
        return error


def _problem(path: Path, digest: str | OSError) -> str | None:
    if isinstance(digest, OSError):
        return f"cannot be read: {digest.strerror}"
    try:
        expected = artifacts.checksum_path(path).read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError, UnicodeDecodeError):
        return "its checksum is missing or invalid"
    return (
        None
        if digest == expected
        else "its SHA-256 is not the one that was written when it was made"
    )


# What Snakemake would do


def ask_snakemake(targets: list[str], options: list[str]) -> dict[str, dict[str, str]]:
    """Return Snakemake's summary of all files that the targets need: file -> status, plan,
    log-file(s) ("-" if it has no record of the file), and more. It compares recorded params, which
    include code digests, and time stamps.

    Raises RuntimeError with Snakemake's message if it cannot plan.
    """
    if not targets:
        return {}
    command = [sys.executable, "-m", "snakemake", *targets, "--summary", *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(f"Snakemake cannot plan {', '.join(targets)}: {done.stderr.strip()}")
    rows = csv.DictReader(done.stdout.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["output_file"]: row for row in rows}


# What trained


def blocks_by_origin(results: Path) -> dict[str, Counter]:
    """Return ensemble, as {dataset}/{set}/{recipe} -> how many of its blocks each origin trained,
    wholly or in part, by the store's records.
    """
    made = {}
    for path in layout.STORED_TEST.files(results, ".sha256"):
        made[path.read_text(encoding="utf-8")] = [
            Origin(*(one.get(field, "?") for field in Origin._fields))
            for one in store.origins(path.parent)
        ]
    found: dict[str, Counter] = defaultdict(Counter)
    for path, block in layout.trained(results):
        ensemble = "{dataset}/{set}/{recipe}".format(**block)
        found[ensemble].update(made.get(path.read_text(encoding="utf-8")) or [UNKNOWN])
    return dict(found)


# What is said


def report(found: Findings) -> str:
    """Return the findings as text: first those for information, last the verdict."""
    lines = [f"{found.files} files, {found.size / 1e6:.1f} MB, compared with their checksums."]
    lines += _list("Set aside as damaged by earlier runs", "make prune removes them", found.aside)
    lines += _list(
        "Data sets that the config does not have",
        "left over, and not checked; make prune removes them, after asking",
        found.left_over,
    )
    folders = Counter(Path(name).parent.as_posix() for name in found.unplanned)
    lines += _list(
        "Folders with files that the config does not ask for",
        "nothing reads these; make prune removes them, after asking",
        [f"{folder}: {count}" for folder, count in folders.items()],
    )
    lines += _list(
        "Of unknown code and config",
        "Snakemake has no record of making them; unpacked, or copied",
        found.unrecorded,
        most=3,
    )
    lines += _mixtures(found.blocks)
    for reason in STALE.values():
        files = [name for name, why in found.stale.items() if why == reason]
        lines += _list(reason[0].upper() + reason[1:], "the next run makes them again", files)
    if found.follows:
        lines.append(f"{len(found.follows)} more files are made again because those are.")
    for title, advice, wrong_files in (
        ("Missing", "make study ARGS=FILE makes one again", found.missing),
        (
            "Damaged",
            "delete each with its .sha256, then make study ARGS=FILE makes it again",
            found.damaged,
        ),
    ):
        lines += _list(title, advice, [f"{name}: {why}" for name, why in wrong_files.items()])
    kinds = (("damaged", found.damaged), ("missing", found.missing), ("stale", found.stale))
    wrong = ", ".join(f"{len(files)} {word}" for word, files in kinds if files)
    return "\n".join([*lines, f"Wrong: {wrong}." if wrong else RIGHT])


def _list(title: str, advice: str, items: Collection[str], most: int | None = None) -> list[str]:
    if not items:
        return []
    rest = [f"  and {len(items) - most} more"] if most and len(items) > most else []
    return [
        f"{title} ({len(items)}): {advice}",
        *(f"  {item}" for item in list(items)[:most]),
        *rest,
    ]


def _mixtures(blocks: Mapping[str, Counter]) -> list[str]:
    """The ensembles whose blocks were trained by different torch versions, devices or machines."""
    mixed = {name: origins for name, origins in blocks.items() if len(origins) > 1}
    alike = sorted(
        name for name, origins in mixed.items() if len({origin[:2] for origin in origins}) == 1
    )
    told = [
        f"{name}: "
        + "; ".join(f"{origin} ({count} blocks)" for origin, count in origins.most_common())
        for name, origins in mixed.items()
        if name not in alike
    ]
    machines = ", ".join(sorted({origin.machine for name in alike for origin in mixed[name]}))
    return [
        *_list(
            "Ensembles of mixed origin",
            "trained by different versions of torch or on different devices",
            told,
        ),
        *_list(
            "Ensembles of several machines", f"{machines}; the same torch and device", alike, most=3
        ),
    ]
