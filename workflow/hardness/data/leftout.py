"""The user's files that are left out of the data set, and why: counted, named, and refused if they
are too many.
"""

import contextlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hardness.data.filekinds import HEIC

NAMED = 20  # names in a message
EXAMPLES = 3  # names of files in a row of left-out.csv

# Reasons. Of images that are missing in the data set:
OUTSIDE = "outside of the class folders"
EMPTY, UNREADABLE, TOO_LARGE = "empty", "unreadable", "too large"
# ... whose pixels are there by another file, or whose label nobody knows
DUPLICATE, CONFLICT = "duplicate", "duplicate with another class"
# Of other files, and of parts of files
NO_IMAGE, FRAMES, BITS = "no image", "frames after the first", "lower 8 of 16 bits"
NOT_MISSING = (DUPLICATE, CONFLICT, NO_IMAGE, FRAMES, BITS)


class LeftOut(NamedTuple):
    """A file that is not used, or of which a part is not: why, its path below the folder, and its
    class or "".
    """

    reason: str
    file: str
    name: str = ""


def not_read(kind: str) -> str:
    """The reason of files in an image format that is not read."""
    return f"not read: {kind}"


def beside(folder: str) -> str:
    """The reason of images in a folder beside train/ and test/."""
    return f"in {folder}/, beside train/ and test/"


def some(texts: Iterable[str], most: int = NAMED) -> str:
    """The first texts, and how many more there are: a, b, c and 2 more."""
    texts = list(texts)
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def table(left_out: Iterable[LeftOut]) -> dict[str, list]:
    """Columns of left-out.csv: reason, n, examples (up to three files); the most first."""
    files: dict[str, list[str]] = {}
    for one in left_out:
        files.setdefault(one.reason, []).append(one.file)
    rows = sorted(files.items(), key=lambda row: (-len(row[1]), row[0]))
    return {
        "reason": [reason for reason, _ in rows],
        "n": [len(of_reason) for _, of_reason in rows],
        "examples": [", ".join(of_reason[:EXAMPLES]) for _, of_reason in rows],
    }


def described(columns: Mapping[str, Sequence]) -> str:
    """The columns of `table` in one line, such as "12 not read: HEIC (cat/1.heic, ...)"."""
    rows = zip(columns["reason"], columns["n"], columns["examples"], strict=True)
    return "; ".join(
        f"{n} {reason} ({examples}{', ...' if n > EXAMPLES else ''})"
        for reason, n, examples in rows
    )


def said_of(name: str, path: Path) -> Iterator[str]:
    """One line that describes a data set's left-out.csv; none if it is empty or cannot be read."""
    from hardness.core import artifacts

    with contextlib.suppress(FileNotFoundError, artifacts.DamagedError):
        columns = {name: column.tolist() for name, column in artifacts.load_csv(path).items()}
        if columns["reason"]:
            yield f"Left out of {name}: {described(columns)}"


def check(root: Path, left_out: Iterable[LeftOut], used: Mapping[str, int], most: float) -> None:
    """Raise ValueError if more than the share `most` of the images, of all or of a class, is left
    out. used: class -> number of images that are used.
    """
    missing = [one for one in left_out if one.reason not in NOT_MISSING]
    of_class = Counter(one.name for one in missing if one.name)
    shares = {
        "images": len(missing) / max(len(missing) + sum(used.values()), 1),
        **{f"images of {name}": n / (n + used.get(name, 0)) for name, n in of_class.items()},
    }
    what, share = max(shares.items(), key=lambda item: item[1])
    if share > most:
        raise ValueError(
            f"{root}: {share:.0%} of the {what} would be left out, more than {most:.0%}: "
            f"{described(table(missing))}. {advice(missing) or 'Repair them'}; or let the data "
            "set's source say "
            f"most_left_out: {min(math.ceil(100 * share) / 100, 0.99):g}"
        )


def advice(left_out: Sequence[LeftOut]) -> str:
    """What to do so that these images are not left out; "" where they can only be repaired."""
    reasons = {one.reason for one in left_out}
    steps = []
    if not_read(HEIC) in reasons:
        steps.append("install the package pillow-heif, by which HEIC is read, or convert them")
    elif any(reason.startswith(not_read("")) for reason in reasons):
        steps.append("convert them to PNG or JPEG")
    if OUTSIDE in reasons:
        steps.append("move them into the class folders")
    if any(reason.startswith("in ") for reason in reasons):
        steps.append("move them into train/ or test/")
    text = "; ".join(steps)
    return text[:1].upper() + text[1:]
