"""A logger plugin for Snakemake: it shows a screen that says what a run will do, one line of
progress, every failure with the end of its log, and a screen that says what was done.

`snakemake --logger progress` finds it if workflow/ is on PYTHONPATH (workflow/run.py sees to that).
On a terminal the line is updated in place; elsewhere a line is printed every half minute. The two
screens are made by study/outlook.py, which the Snakefile attaches; without it, or if it fails,
Snakemake's own messages are shown. Snakemake's own log is in .snakemake/log.
"""

import contextlib
import logging
import os
import re
import shutil
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from hardness.core import joblogs
from study.times import clock_time

from .progress import Progress

LAST_LINES = 12
TRACEBACK = "Traceback (most recent call last):"
NOTHING = "Nothing to be done"
# Beginnings of those of Snakemake's remarks that are shown.
WORTH_SAYING = ("Trying to restart",)
STOPPING = ("Terminating processes", "Will exit after")
# Errors that are not shown, because a failed job's own message or the last line say them better.
SAID_ANYWAY = (
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete",
)
FAILED = re.compile(r"\w+ failed: ")
ALL_JOBS = "Nothing was computed. Every job, with Snakemake's reasons: {}"


def is_plan(record: logging.LogRecord) -> bool:
    """Whether a record says what a run will do: Snakemake's graph is complete by then."""
    return getattr(record, "event", None) == LogEvent.RUN_INFO or _says_nothing(record)


def _says_nothing(record: logging.LogRecord) -> bool:
    return isinstance(record.msg, str) and record.msg.startswith(NOTHING)


def _without_traceback(lines: list[str]) -> list[str]:
    """The lines of a log, without the traceback if the last line reports the error."""
    if lines and FAILED.match(lines[-1]) and TRACEBACK in lines:
        return [*lines[: lines.index(TRACEBACK)], lines[-1]]
    return lines


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Command line options of the plugin: --logger-progress-interval, --logger-progress-command,
    --logger-progress-all-jobs.
    """

    interval: float = field(
        default=30.0,
        metadata={
            "help": "Seconds between two lines if the output is not a terminal.",
            "required": False,
        },
    )
    command: str = field(
        default="the same command",
        metadata={"help": "What to type to go on after a failure.", "required": False},
    )
    all_jobs: str = field(
        default="snakemake -n",
        metadata={"help": "What to type to see every job of a dry run.", "required": False},
    )


class LogHandler(LogHandlerBase):
    """Turns Snakemake's records into output. Records arrive in one thread; another one updates the
    line as time passes.
    """

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.progress = Progress()
        self.outlook: Any = None  # the run's, once it is known
        self.finished: set[int] = set()  # jobs, by their numbers
        self.stream = sys.stdout if self.common_settings.dryrun else sys.stderr
        self.in_place = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.options = self.settings or LogHandlerSettings()
        self.stopping = False  # the user has asked Snakemake to stop
        self.stopped = threading.Event()  # the run is over

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if is_plan(record):
            self.open(record)
        elif event == LogEvent.JOB_INFO and self.counts(record.jobid):
            self.progress.start(
                record.jobid, record.rule_name, dict(record.wildcards), tuple(record.log)
            )
            self.redraw()
        elif event == LogEvent.JOB_FINISHED and record.job_id in self.progress.running:
            self.progress.finish(record.job_id)
            self.finished.add(record.job_id)
            self.redraw()
        elif event == LogEvent.JOB_ERROR and record.jobid in self.progress.running:
            job = self.progress.fail(record.jobid)
            if not self.stopping:
                self.say(
                    "\n".join(
                        [f"FAILED: {job}", *self.why(record.log, record.rule_msg, record.shellcmd)]
                    )
                )
        elif event == LogEvent.JOB_ERROR and record.log and not self.counts(record.jobid):
            self.say_message(record.log[0])
        elif event in (None, LogEvent.ERROR):
            self.pass_on(record)

    def open(self, record: logging.LogRecord) -> None:
        """Print what the run will do, once, though a dry run reports it twice."""
        self.outlook = self.outlook or getattr(record, "outlook", None)
        if unsaid := getattr(record, "unsaid", None):
            self.say(f"(Snakemake's own words follow, because ours failed: {unsaid})")
        if _says_nothing(record):
            lines = self.words("nothing")
            return self.say("\n".join(lines or [record.getMessage().strip()]))
        if self.progress.total:
            return
        stats = {rule: count for rule, count in record.stats.items() if rule != "total"}
        self.progress.plan(self.outlook.jobs_by_rule() if self.outlook else stats)
        opening = getattr(record, "opening", None)
        if opening:
            self.say("\n".join(opening))
        if not self.common_settings.dryrun and self.progress.total:
            self.begin(bool(opening))
        elif opening:
            self.say(ALL_JOBS.format(self.options.all_jobs))
        elif self.progress.total:
            self.say(record.getMessage())

    def words(self, what: str, *of: object) -> list[str]:
        """Return what the outlook says, or its error: the run must not fail because of it."""
        try:
            return getattr(self.outlook, what)(*of) if self.outlook else []
        except Exception as error:
            return [f"(cannot say what was done: {type(error).__name__}: {error})"]

    def counts(self, jobid: int) -> bool:
        """Whether a job is counted: not if it makes nothing, as a target such as `all`."""
        is_target = self.outlook and jobid not in self.outlook.numbers
        return not (is_target or self.common_settings.dryrun)

    def pass_on(self, record: logging.LogRecord) -> None:
        """Print warnings, errors that are in no job's log, and the few remarks that matter to the
        user.
        """
        text = record.getMessage().strip()
        # A job that did not write its outputs is only reported as an exception.
        unwritten = re.search(r"^Job (\d+) +completed successfully, but", text, re.MULTILINE)
        if unwritten and int(unwritten[1]) in self.progress.running:
            self.progress.fail(int(unwritten[1]))
        # A command that fails is reported as an exception first, with a traceback, and then as a
        # job's error.
        is_jobs_own = (
            getattr(record, "exception", None) == "RuleException" and "CalledProcessError" in text
        )
        if record.levelno >= logging.WARNING:
            if hasattr(record, "wrong_target"):  # by study/targets.py
                self.say(f"{text}\nNothing was computed. Asked for: {self.options.command}")
            elif not (is_jobs_own or text.startswith(SAID_ANYWAY)):
                self.say(text)
        elif text.startswith(STOPPING):
            if not self.stopping:
                self.say(text)
            self.stopping = True
        elif text.startswith(WORTH_SAYING) or (
            text.startswith("Complete log") and self.progress.failed
        ):
            self.say(text)

    def say_message(self, log: str) -> None:
        """Print the error in the log of a job that is not counted, such as verify; it prints
        everything else itself.
        """
        with contextlib.suppress(OSError):
            last = joblogs.last_line(Path(log).read_text(encoding="utf-8", errors="replace"))
            if FAILED.match(last):
                self.say(last)

    def why(self, logs: list[str], message: str | None, command: str | None) -> list[str]:
        """Return the lines below a failure: the log's path and last lines, or the command if there
        is no log.
        """
        lines = [f"  {message}"] if message else []
        for path in logs:
            try:
                text = Path(path).read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                lines.append(f"  log: {path} (not there: {error.strerror})")
            else:
                last = _without_traceback(text.splitlines())[-LAST_LINES:]
                lines.append(f"  log: {path}" + ("" if last else " (empty)"))
                lines += [f"  | {line.rstrip()}" for line in last]
        if not logs and command:
            lines.append(f"  command: {command.strip()}")
        return lines

    def begin(self, opened: bool) -> None:
        """Show the line for the first time, and start to update it. opened: whether the number of
        jobs has already been printed.
        """
        self.redraw()
        if not self.in_place and not opened:
            self.say(self.progress.line())
        threading.Thread(target=self.tick, name="progress", daemon=True).start()

    def tick(self) -> None:
        while not self.stopped.wait(1.0 if self.in_place else self.options.interval):
            with self.lock:
                if self.stopped.is_set():
                    return
                if self.in_place:
                    self.redraw()
                else:
                    self.say(self.progress.line())

    def redraw(self) -> None:
        if self.in_place and self.progress.total and not self.common_settings.dryrun:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{self.progress.line()[:width]}")
            self.stream.flush()

    def say(self, text: str) -> None:
        """Print lines that stay; on a terminal they push the progress line down."""
        self.stream.write(f"\r\x1b[K{text}\n" if self.in_place else f"{text}\n")
        self.stream.flush()
        self.redraw()

    def close(self) -> None:
        """Say once how the run went."""
        with self.lock:
            if (
                self.progress.total
                and not self.common_settings.dryrun
                and not self.stopped.is_set()
            ):
                self.say_end()
            self.stopped.set()
        super().close()

    def say_end(self) -> None:
        """Print how many jobs were done, what was made, where to look, and how to go on after a
        failure.
        """
        progress = self.progress
        ended = "stopped" if self.stopping else "failed"
        failed = f", {len(progress.failed)} {ended}" if progress.failed else ""
        left = progress.total - progress.done - len(progress.failed)
        done = f"{progress.done} of {progress.total} jobs done{failed}"
        waiting = f"; {left} not started" if left else ""
        lines = [f"{done}, in {clock_time(progress.elapsed)}{waiting}"]
        lines += [f"  {ended}: {line}" for line in progress.failures()]
        lines += self.words("closing", self.finished)
        if left or progress.failed:
            lines.append(f"To go on (what is done stays done): {self.options.command}")
        progress.totals.clear()  # so that the line is not drawn any more
        self.say("\n".join(lines))
