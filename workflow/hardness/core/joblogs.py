"""What the last line of a job's log says: scripts/common.py writes it."""

import re
from typing import NamedTuple

FINISHED = re.compile(r"finished in ([\d.]+) s, at most (\d+) MiB")


class Finished(NamedTuple):
    """A job's seconds, and the most memory that it took, in MiB."""

    seconds: float
    memory: float


def last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]


def finished(text: str) -> Finished | None:
    """What a log's text says of a job that has finished; None of one that has not."""
    match = FINISHED.fullmatch(last_line(text))
    return Finished(float(match[1]), float(match[2])) if match else None
