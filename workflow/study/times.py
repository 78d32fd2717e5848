"""How long jobs took, by the logs of a results folder, how long others may take by that; and times
in words.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from hardness.core.joblogs import finished

from . import layout
from .tasks import TRAINS, Task

START = 0.6  # seconds until a job's script is at work, which its log does not count
FOUND = ": found in the store as "  # said by a job that trained nothing

Last = Mapping[tuple[str | None, str], float]  # by data set and rule; by rule alone under None


def last_times(results: Path) -> Last:
    """The median seconds of each rule's jobs; of those that train, for one network and epoch."""
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
                    if not rule.startswith(TRAINS):  # of other data sets and networks: no guide
                        found[None, rule].append(one)
            except (OSError, ValueError, LookupError, TypeError):
                continue
    return {of: median(each) for of, each in found.items()}


def effort(rule: str, params: Mapping[str, Any]) -> int:
    """How much a job does: networks times epochs where it trains; else it counts as one."""
    if not rule.startswith(TRAINS):
        return 1
    return len(params["seeds"]) * params["recipe"]["epochs"]


def estimate(tasks: Sequence[Task], last: Last, cores: int, gpus: int) -> float | None:
    """Seconds that the jobs may take; None where too little is known: of a job that trains, or of
    half of all.
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
    """Seconds as 3:05 or 2:03:05."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def about(seconds: float) -> str:
    """An estimate in words, no finer than it deserves: under a minute, about 4 min, about 2 h 10
    min, about 3 days.
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
