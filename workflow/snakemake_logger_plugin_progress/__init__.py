"""A logger plugin for Snakemake: one line for the whole study, and every failure with the end of
its log.

`snakemake --logger progress` finds it where workflow/ is on PYTHONPATH (workflow/run.py sees to
that). On a terminal the line is updated in place; elsewhere a plain line comes every half minute.
Snakemake's own log is in .snakemake/log.
"""

import logging
import os
import re
import shutil
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from .progress import Progress, clock_time

LAST_LINES = 12
# Of what Snakemake says in passing, the lines that a person wants (their beginnings).
WORTH_SAYING = ("Nothing to be done", "Trying to restart")
STOPPING = ("Terminating processes", "Will exit after")
# Of its errors, those that a failed job's own message or the last line say better.
SAID_ANYWAY = (
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete",
)


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Command line options of the plugin: --logger-progress-interval."""

    interval: float = field(
        default=30.0,
        metadata={
            "help": "Seconds between two lines where the output is not a terminal.",
            "required": False,
        },
    )


class LogHandler(LogHandlerBase):
    """Turns Snakemake's records into the line. Records come in one thread, the passing of time is
    drawn by another.
    """

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.progress = Progress()
        self.stream = sys.stderr
        self.in_place = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.interval = self.settings.interval if self.settings else LogHandlerSettings.interval
        self.stopping = False  # the user has asked Snakemake to stop
        self.stopped = threading.Event()  # it has

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO and self.common_settings.dryrun:
            self.say(record.getMessage())
        elif event == LogEvent.RUN_INFO:  # once in a run
            self.progress.plan(
                {rule: count for rule, count in record.stats.items() if rule != "total"}
            )
            self.begin()
        elif event == LogEvent.JOB_INFO and not self.common_settings.dryrun:
            self.progress.start(
                record.jobid, record.rule_name, dict(record.wildcards), tuple(record.log)
            )
            self.redraw()
        elif event == LogEvent.JOB_FINISHED and record.job_id in self.progress.running:
            self.progress.finish(record.job_id)
            self.redraw()
        elif event == LogEvent.JOB_ERROR and record.jobid in self.progress.running:
            job = self.progress.fail(record.jobid)
            if not self.stopping:
                self.say(
                    "\n".join(
                        [f"FAILED: {job}", *self.why(record.log, record.rule_msg, record.shellcmd)]
                    )
                )
        elif event in (None, LogEvent.ERROR):
            self.pass_on(record)

    def pass_on(self, record: logging.LogRecord) -> None:
        """Print warnings, errors that no job's log tells, and the few remarks that matter to a
        person.
        """
        text = record.getMessage().strip()
        # A job that did not write its outputs is reported as an exception only.
        unwritten = re.search(r"^Job (\d+) +completed successfully, but", text, re.MULTILINE)
        if unwritten and int(unwritten[1]) in self.progress.running:
            self.progress.fail(int(unwritten[1]))
        # A command that fails is reported as an exception first, with a traceback, and then as a
        # job's error.
        is_jobs_own = (
            getattr(record, "exception", None) == "RuleException" and "CalledProcessError" in text
        )
        if record.levelno >= logging.WARNING:
            if not (is_jobs_own or text.startswith(SAID_ANYWAY)):
                self.say(text)
        elif text.startswith(STOPPING):
            if not self.stopping:
                self.say(text)
            self.stopping = True
        elif text.startswith(WORTH_SAYING) or (
            text.startswith("Complete log") and self.progress.failed
        ):
            self.say(text)

    def why(self, logs: list[str], message: str | None, command: str | None) -> list[str]:
        """What to show below a failure: the log's path and last lines, or the command where there
        is no log.
        """
        lines = [f"  {message}"] if message else []
        for path in logs:
            try:
                with Path(path).open(encoding="utf-8", errors="replace") as file:
                    last = [line.rstrip() for line in deque(file, LAST_LINES)]
            except OSError as error:
                lines.append(f"  log: {path} (not there: {error.strerror})")
            else:
                lines.append(f"  log: {path}" + ("" if last else " (empty)"))
                lines += [f"  | {line}" for line in last]
        if not logs and command:
            lines.append(f"  command: {command.strip()}")
        return lines

    def begin(self) -> None:
        """Show the line for the first time, and from now on as time passes."""
        self.redraw()
        if not self.in_place:
            self.say(self.progress.line())
        threading.Thread(target=self.tick, name="progress", daemon=True).start()

    def tick(self) -> None:
        while not self.stopped.wait(1.0 if self.in_place else self.interval):
            with self.lock:
                if self.stopped.is_set():
                    return
                if self.in_place:
                    self.redraw()
                else:
                    self.say(self.progress.line())

    def redraw(self) -> None:
        if self.in_place and self.progress.total:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{self.progress.line()[:width]}")
            self.stream.flush()

    def say(self, text: str) -> None:
        """Print lines that stay; on a terminal they push the progress line down."""
        self.stream.write(f"\r\x1b[K{text}\n" if self.in_place else f"{text}\n")
        self.stream.flush()
        self.redraw()

    def close(self) -> None:
        """The run is over: say how it went, once."""
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
        progress = self.progress
        failed = f", {len(progress.failed)} failed" if progress.failed else ""
        done = f"{progress.done} of {progress.total} jobs done{failed}"
        lines = [f"{done}, in {clock_time(progress.elapsed)}"]
        lines += [f"  failed: {line}" for line in progress.failures()]
        progress.totals.clear()  # no line to draw any more
        self.say("\n".join(lines))
