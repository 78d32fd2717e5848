"""Files whose damage is noticed: each is written whole or not at all, with a SHA-256 beside it that
is checked when the file is read.
"""

import contextlib
import csv
import errno
import hashlib
import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from hardness.core.errors import HardnessError

if TYPE_CHECKING:
    import pandas


# columns of a csv that are text whatever they look like: a class may be called 01, true or NA
TEXT = (
    "name",
    "file",
)

# What zipfile and numpy raise over damaged or foreign bytes. RuntimeError: a flag says encrypted,
# or compressed in an unknown way; TypeError: an npy, which is one array; OSError (EINVAL): a seek
# to before the file's beginning.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    EOFError,
    RuntimeError,
    TypeError,
    OSError,
)


class DamagedError(HardnessError):
    """A file is not what was written: truncated, changed, foreign, or without its checksum."""


def file_digest(path: Path | str) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def array_digest(*arrays: np.ndarray) -> str:
    """SHA-256 of the arrays' types, shapes and values, in hexadecimal."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def checksum_path(path: Path | str) -> Path:
    return Path(f"{path}.sha256")


def write_atomically(
    path: Path | str, write: Callable[[BinaryIO], object], checksum: bool = True
) -> None:
    """Let `write` fill a temporary file, flush it to disk, and rename it to `path`. A failure
    leaves nothing behind, a kill only the temporary file. Raises OSError naming the path.

    checksum: whether to write a SHA-256 beside the file. It is renamed first: whenever the process
    dies, a file that exists has one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        if checksum:
            line = f"{file_digest(temporary)}  {path.name}\n".encode()
            write_atomically(checksum_path(path), lambda file: file.write(line), checksum=False)
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError) and "nothing was left" not in str(error):
            raise OSError(
                error.errno, f"cannot write {path}: {error.strerror}; nothing was left half-written"
            ) from error
        raise


def drop_unfinished(folder: Path) -> None:
    """Remove the temporary files that killed processes left in `folder`. Only its one writer may do
    so.
    """
    for path in folder.glob(".*.part"):
        path.unlink(missing_ok=True)


def _umask() -> int:
    value = os.umask(0o022)
    os.umask(value)
    return value


def save_bytes(path: Path | str, content: bytes) -> None:
    """Write `content` to `path`, and its checksum beside it."""
    write_atomically(path, lambda file: file.write(content))


def save_text(path: Path | str, text: str) -> None:
    save_bytes(path, text.encode())


def save_npz(path: Path | str, checksum: bool = True, **arrays: np.ndarray) -> None:
    """Write named arrays as an npz (uncompressed, no dates: the same arrays give the same bytes),
    and its checksum.

    checksum: False for a state that is overwritten in one step, with nothing beside it (an npz has
    a CRC of its own).
    """
    write_atomically(path, lambda file: np.savez(file, allow_pickle=False, **arrays), checksum)


def save_csv(path: Path | str, columns: "Mapping[str, Iterable] | pandas.DataFrame") -> None:
    """Write columns of equal length as a csv, and its checksum. Missing values (None, nan) become
    empty fields.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        zip(*([_field(value) for value in column] for _, column in columns.items()), strict=True)
    )
    save_text(path, text.getvalue())


def _field(value: object) -> str:
    if isinstance(value, np.ndarray):  # an array of no axes
        value = value.item()
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return str(value)


def check(path: Path | str) -> None:
    """Compare a file with the checksum beside it.

    Raises FileNotFoundError if the file is missing, DamagedError if its checksum is missing or
    differs.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"{path} is missing: run what makes it (make study ARGS={path})")
    try:
        expected = checksum_path(path).read_text(encoding="utf-8").split()[0]
    except (FileNotFoundError, IndexError, UnicodeDecodeError) as error:
        raise DamagedError(
            f"{checksum_path(path)} is missing or no checksum: {path} cannot be checked; "
            f"delete {path} and run again"
        ) from error
    if file_digest(path) != expected:
        raise DamagedError(
            f"{path} is damaged: its SHA-256 is not the one in {checksum_path(path).name}; "
            "delete it and run again"
        )


def load_npz(path: Path | str, *names: str, checksum: bool = True) -> dict[str, np.ndarray]:
    """Read arrays of an npz: those named, or all. Raises as `check` (checksum: see save_npz);
    DamagedError too if it is no npz, its CRC is wrong, or an array is missing.
    """
    if checksum:
        check(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = sorted(set(names) - set(file.files))
            if missing:
                raise DamagedError(
                    f"{path} has no array {missing[0]!r}; it holds {', '.join(file.files)}"
                )
            return {name: file[name] for name in names or file.files}
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise DamagedError(
            f"{path} is no readable npz ({error}); delete it and run again"
        ) from error


def load_csv(path: Path | str) -> dict[str, np.ndarray]:
    """Read a csv that `save_csv` wrote, as columns: int64, float64 (empty fields: nan), bool, or
    text (those of TEXT always). Raises as `check`.

    For small jobs: importing pandas takes longer than they do.
    """
    check(path)
    try:
        with open(path, encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        columns = zip(*rows, strict=True) if rows else [()] * len(header)
        return {
            name: np.array(fields) if name in TEXT else _column(fields)
            for name, fields in zip(header, columns, strict=True)
        }
    except ValueError as error:  # empty, ragged or no text
        raise DamagedError(
            f"{path} is no readable csv ({error}); delete it and run again"
        ) from error


def _column(fields: tuple[str, ...]) -> np.ndarray:
    if set(fields) <= {"true", "false"}:
        return np.array([field == "true" for field in fields])
    if any("_" in field for field in fields):  # int and float would ignore it: 1_0 is 10 to them
        return np.array(fields)
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return np.array([kind(field) if field or kind is int else np.nan for field in fields])
    return np.array(fields)


def read_csv(path: Path | str) -> "pandas.DataFrame":
    """Read a csv that `save_csv` wrote. Raises as `check`."""
    import pandas

    check(path)
    return pandas.read_csv(
        path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(TEXT, str)
    )
