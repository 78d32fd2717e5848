"""Read from the logs of a results folder how long jobs took, estimate how long others may take, and
put times into words.
"""

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from hardness.core.joblogs import finished

from . import layout
from .tasks import TRAINS, Task

START = 0.6  # seconds until a job's script starts to work, which its log does not count
FOUND = ": found in the store as "  # in the log of a job that trained nothing

Last = Mapping[tuple[str | None, str], float]  # (data set, rule) or (None, rule) -> seconds


def last_times(results: Path) -> Last:
    """Return the median seconds of each rule's jobs; for training, per network and epoch."""
    found: defaultdict[tuple[str | None, str], list[float]] = defaultdict(list)
    for folder in layout.LOGS.files(results):
        for log in sorted(folder.rglob("*.log")):
            rule = log.relative_to(folder).parts[0].removesuffix(".log")
            try:
                text = log.read_text(encoding="utf-8", errors="replace")
                params = json.loads(log.with_suffix(".json").read_text(encoding="utf-8"))["params"]
                done = finished(text)
                if done and FOUND not in text:
                    one = done.seconds / effort(rule, params)
                    found[folder.parent.name, rule].append(one)
                    if not rule.startswith(TRAINS):  # other data and networks differ too much
                        found[None, rule].append(one)
            except (OSError, ValueError, LookupError, TypeError):
                continue
    return {of: median(each) for of, each in found.items()}


def found_in_store(tasks: Iterable[Task]) -> Iterator[int]:
    """Yield the numbers of the finished jobs that trained nothing, by their logs."""
    for task in tasks:
        if task.networks and task.log:
            with contextlib.suppress(OSError):
                if FOUND in Path(task.log).read_text(encoding="utf-8", errors="replace"):
                    yield task.number


def effort(rule: str, params: Mapping[str, Any]) -> int:
    """Return how much work a job is: networks times epochs if it trains, else 1."""
    if not rule.startswith(TRAINS):
        return 1
    return len(params["seeds"]) * params["recipe"]["epochs"]


def estimate(tasks: Sequence[Task], last: Last, cores: int, gpus: int) -> float | None:
    """Estimate the seconds that the jobs may take; None if too little is known: nothing about a
    job that trains, or nothing about half of all jobs or more.
    """
    each = [_expected(task, last) for task in tasks]
    known = [one for one in each if one is not None]
    unknown = [task for task, one in zip(tasks, each, strict=True) if one is None]
    if any(task.networks for task in unknown) or len(known) <= len(unknown):
        return None
    rest = median(known)
    every = [START + (rest if one is None else one) for one in each]
    spread = [one * task.threads / cores for one, task in zip(every, tasks, strict=True)]
    on_gpus = sum(one for one, task in zip(every, tasks, strict=True) if task.gpus)
    return max(sum(spread), on_gpus / max(gpus, 1))


def _expected(task: Task, last: Last) -> float | None:
    one = last.get((task.dataset, task.rule), last.get((None, task.rule)))
    return None if one is None else one * effort(task.rule, task.params)


def clock_time(seconds: float) -> str:
    """Format seconds as 3:05 or 2:03:05."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def about(seconds: float) -> str:
    """Put an estimate into words, without false precision: under a minute, about 4 min, about 2 h
    10 min, about 3 days.
    """
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"about {minutes} min"
    if minutes < 24 * 60:
        hours, minutes = divmod(round(minutes / 10) * 10, 60)
        return f"about {hours} h" + (f" {minutes} min" if minutes else "")
    days = round(minutes / (24 * 60))
    return f"about {days} day{'s' if days > 1 else ''}"
