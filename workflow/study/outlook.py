"""Describe what a run will do and what it has done, each on one screen, in plain words.

`make study` shows this: the logger plugin `progress` asks for it once Snakemake's graph is
complete.
"""

import datetime
import json
import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from hardness.data import leftout

from . import layout, ownfiles, reasons, stored, times
from .plan import Plan
from .settings.source import OwnFiles
from .tasks import Cause, Task, Work

WIDTH = 100  # columns
# rule -> what its jobs make, singular and plural; jobs of other rules are steps
MADE = {
    "make_data": ("data", "data"),
    "make_set": ("training set", "training sets"),
    "train": ("network", "networks"),
    "score": ("score", "scores"),
    "draw_figure": ("figure", "figures"),
    "write_table": ("table", "tables"),
    "make_report": ("report", "reports"),
}
ALL = "all together"  # the jobs that belong to no data set
STEP = ("further step", "further steps")


class Outlook:
    """One run. plan: of the config; work: its tasks; reports: the data sets whose reports were
    asked for, in order; cores, gpus: how many the jobs may use at once.
    """

    def __init__(
        self, plan: Plan, work: Work, reports: Sequence[str], cores: int, gpus: int
    ) -> None:
        self.plan, self.work, self.reports = plan, work, reports
        self.cores, self.gpus = cores, gpus
        self.began = datetime.datetime.now()

        # tasks without files, such as verify, are neither announced nor counted
        self.tasks = [task for task in work.tasks if task.outputs]
        self.numbers = {task.number for task in self.tasks}

    def jobs_by_rule(self) -> Counter[str]:
        return Counter(task.rule for task in self.tasks)

    def opening(self) -> list[str]:
        """Return lines that say what will be made for each data set, and why; what the store has;
        and how long it may take. Empty if there is nothing to make.
        """
        in_store = stored.look_up(self.tasks, Path(layout.RESULTS, layout.STORE))
        lines = [self._all(in_store)] if self.tasks else []
        for dataset, own in _by_dataset(self.tasks).items():
            lines += _wrapped(f"{dataset or ALL}: {'; '.join(self._why(dataset, own))}", "  ")
            lines += _wrapped(f"-> {made(own)}", "    ")
            lines += _of_store(own, in_store)
        return lines

    def closing(self, finished: Collection[int]) -> list[str]:
        """Return lines that say what was made for each data set, what of it came from the store,
        what was up to date, and where the reports are. finished: the numbers of the jobs that were
        done; after a failure not all.
        """
        done = [task for task in self.tasks if task.number in finished]
        in_store = dict.fromkeys(times.found_in_store(done), stored.FINISHED)
        lines = []
        for dataset, own in _by_dataset(done).items():
            lines += _wrapped(f"{dataset or ALL}: {made(own)}", "  ")
            lines += _of_store(own, in_store)
        if self.work.up_to_date:
            lines.append(f"Up to date already: {_count(self.work.up_to_date, 'job')}")
        return [*lines, *self._reports("" if self.numbers <= {*finished} else " of what there is")]

    def nothing(self) -> list[str]:
        """Return the lines of a run that has nothing to do."""
        return [f"All is up to date: {_count(self.work.up_to_date, 'job')}.", *self._reports()]

    def _all(self, in_store: Mapping[int, str]) -> str:
        trained = [task for task in self.tasks if in_store.get(task.number) != stored.FINISHED]
        last = times.last_times(Path(layout.RESULTS))
        seconds = times.estimate(trained, last, self.cores, self.gpus)
        took = f", {times.about(seconds)} by the last times" if seconds is not None else ""
        idle = self.work.up_to_date
        rest = f"; up to date: {_count(idle, 'job')}" if idle else ""
        return f"To do: {_count(len(self.tasks), 'job')}{took}{rest}"

    def _why(self, dataset: str | None, tasks: Sequence[Task]) -> list[str]:
        def files(cause: Cause) -> str:
            source = self.plan.dataset(str(dataset)).source
            if not isinstance(source, OwnFiles):
                return "it is no longer read from files"
            return ownfiles.changed(str(dataset), source, str(cause.old))

        def keys() -> list[str]:
            return [] if dataset is None else _changed_keys(self.plan, dataset)

        folder = Path(layout.RESULTS, dataset or "")
        begun = any(path.is_file() for path in folder.glob("*.npz"))
        return reasons.why(tasks, files, keys, begun)

    def _reports(self, what: str = "") -> Iterator[str]:
        for name in self.reports:
            path = Path(layout.REPORT.path(dataset=name)).resolve()
            if path.exists():
                made = datetime.datetime.fromtimestamp(path.stat().st_mtime)
                old = f" (of {made:%Y-%m-%d %H:%M}: not made again)" if made < self.began else ""
                yield f"Report{what if not old else ''}: {path}{old}"
            else:
                yield f"No report of {name} yet."
            yield from leftout.said_of(name, Path(layout.LEFT_OUT.path(dataset=name)))


def _changed_keys(plan: Plan, dataset: str) -> list[str]:
    """The keys of the config that differ from those in the data set's last report; none if there
    is no report.
    """
    described = Path(layout.LOGS.path(dataset=dataset), "make_report.json")
    try:
        old = yaml.safe_load(json.loads(described.read_text(encoding="utf-8"))["params"]["config"])
    except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError):
        return []
    new = yaml.safe_load(yaml.safe_dump(plan.part([dataset]), allow_unicode=True))
    return reasons.changes(old, new)


def _by_dataset(tasks: Iterable[Task]) -> dict[str | None, list[Task]]:
    """The tasks of each data set, in alphabetical order; those of no data set come last."""
    found: dict[str | None, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: (task.dataset is None, task.dataset, task.number)):
        found.setdefault(task.dataset, []).append(task)
    return found


def made(tasks: Iterable[Task]) -> str:
    """Return what tasks make: data, 24 networks, 10 scores, report and 12 further steps."""
    counts: Counter[str] = Counter()
    for task in tasks:
        kind = task.rule if task.rule in MADE else task.rule.partition("_")[0]
        counts[kind if kind in MADE else ""] += task.networks or (
            len(task.outputs) if kind == "score" else 1
        )
    steps = counts.pop("", 0)
    told = [
        f"{counts[kind]} {words[counts[kind] > 1]}" if counts[kind] > 1 else words[0]
        for kind, words in MADE.items()
        if counts[kind]
    ]
    further = f"{steps} {STEP[steps > 1]}"
    return ", ".join(told) + (f" and {further}" if told and steps else further if steps else "")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}   ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _of_store(tasks: Iterable[Task], in_store: Mapping[int, str]) -> list[str]:
    found: Counter[str] = Counter()
    for task in tasks:
        found[in_store.get(task.number, "")] += task.networks
    said = {
        stored.FINISHED: "found in the store, not trained again: {}",
        stored.BEGUN: "begun before, and taken up: {}",
    }
    return [
        f"    {words.format(_count(found[state], 'network'))}"
        for state, words in said.items()
        if found[state]
    ]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def attach(logger: Any, is_plan: Callable[[Any], bool], look: Callable[[], Outlook]) -> None:
    """Let Snakemake's logger add `outlook` and `opening` to the record of a run's plan.

    A filter runs in the thread that plans the run, before the first job. is_plan: whether a record
    is that of the plan. If the outlook fails, the record gets the error as `unsaid` instead, and
    Snakemake's own messages remain.
    """

    def add(record: Any) -> bool:
        if is_plan(record):
            logger.removeFilter(add)  # a dry run says it twice
            try:
                record.outlook = outlook = look()
                record.opening = outlook.opening()
            except Exception as error:
                record.unsaid = f"{type(error).__name__}: {error}"
        return True

    logger.addFilter(add)
