"""The state of a run: jobs done, running and failed, and an estimate of the time left."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from statistics import fmean, median
from typing import NamedTuple

from study.times import about, clock_time

RECENT = 20  # durations kept per rule: a rule's newest jobs predict its next ones best
FEW = 5  # failed jobs of one rule that are listed one by one
JOBS_BEFORE_GUESS = 3  # finished jobs before the time left is estimated at all
# A job that takes this many seconds beyond twice its rule's mean differs in kind from those before.
OVERDUE = 30.0


class Job(NamedTuple):
    """A job that was started: its rule, wildcards, log files, and start (seconds of the run's
    clock).
    """

    rule: str
    wildcards: Mapping[str, str]
    logs: tuple[str, ...]
    began: float

    def __str__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.wildcards.items())
        return f"{self.rule} ({values})" if values else self.rule


class Progress:
    """Counts a run's jobs from what Snakemake reports of them.

    clock: returns seconds that never decrease.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.began = clock()
        self.totals: Counter[str] = Counter()  # jobs to do, by rule
        self.finished: Counter[str] = Counter()
        self.running: dict[int, Job] = {}
        self.failed: dict[int, Job] = {}
        self.most_at_once = 1
        self._durations: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=RECENT))

    @property
    def total(self) -> int:
        return self.totals.total()

    @property
    def done(self) -> int:
        return self.finished.total()

    @property
    def elapsed(self) -> float:
        return self.clock() - self.began

    def plan(self, jobs_by_rule: Mapping[str, int]) -> None:
        """Set how many jobs each rule has to run."""
        self.totals = Counter(jobs_by_rule)

    def start(
        self, jobid: int, rule: str, wildcards: Mapping[str, str], logs: tuple[str, ...]
    ) -> None:
        """Note that a job begins; if it failed before, it is being tried again."""
        self.failed.pop(jobid, None)
        self.running[jobid] = Job(rule, wildcards, logs, self.clock())
        self.most_at_once = max(self.most_at_once, len(self.running))

    def finish(self, jobid: int) -> None:
        job = self.running.pop(jobid)
        self.finished[job.rule] += 1
        self._durations[job.rule].append(self.clock() - job.began)

    def fail(self, jobid: int) -> Job:
        self.failed[jobid] = self.running.pop(jobid)
        return self.failed[jobid]

    def seconds_left(self) -> float | None:
        """Estimate the seconds until the last job is done; None while too little is known.

        A waiting job is expected to take the mean time of its rule's newest jobs; before there are
        any, that of the rules with the same verb (such as train_set and train_full), and else the
        median over rules. There is no estimate before jobs of the rule, or of the verb, of at least
        half of the remaining jobs have finished, nor while a running job is overdue, for example
        because it trains while those before it were found in the store. The work is assumed to be
        shared by as many jobs as have run at once so far.
        """
        running = Counter(job.rule for job in self.running.values())
        waiting = (
            self.totals
            - self.finished
            - running
            - Counter(job.rule for job in self.failed.values())
        )
        left = waiting + running
        expected = {rule: self._expected(rule) for rule in left}
        seen = sum(count for rule, count in left.items() if expected[rule] is not None)
        if self.done < JOBS_BEFORE_GUESS or 2 * seen < left.total():
            return None
        usual = median(fmean(durations) for durations in self._durations.values())
        seconds = {rule: usual if value is None else value for rule, value in expected.items()}
        ages = [(job.rule, self.clock() - job.began) for job in self.running.values()]
        if any(age > 2 * seconds[rule] + OVERDUE for rule, age in ages):
            return None
        rests = [max(seconds[rule] - age, 0.0) for rule, age in ages]
        work = sum(rests) + sum(count * seconds[rule] for rule, count in waiting.items())
        return max([work / self.most_at_once, *rests])

    def _share(self, rule: str) -> str:
        """The rule's name and, if it has several jobs, how many of them are done."""
        return (
            f"{rule} ({self.finished[rule]} of {self.totals[rule]} done)"
            if self.totals[rule] > 1
            else rule
        )

    def _expected(self, rule: str) -> float | None:
        """Mean seconds of the rule's newest jobs, or else of those of rules with the same verb;
        None if there are none.
        """
        if durations := self._durations.get(rule):
            return fmean(durations)
        kin = [
            seconds
            for name, values in self._durations.items()
            if _verb(name) == _verb(rule)
            for seconds in values
        ]
        return fmean(kin) if kin else None

    def failures(self) -> list[str]:
        """Return one line per failed job; if many jobs of one rule failed, mostly for the same
        reason, only for the first few.
        """
        lines, of_rule = [], Counter()
        for job in self.failed.values():
            of_rule[job.rule] += 1
            if of_rule[job.rule] <= FEW:
                lines.append(f"{job}, log: {', '.join(job.logs) or 'none'}")
        return lines + [
            f"{count - FEW} more of {rule}" for rule, count in of_rule.items() if count > FEW
        ]

    def line(self) -> str:
        """Return the line of progress: jobs done and failed, time, time left, jobs running."""
        parts = [f"{self.done} of {self.total} jobs done"]
        if self.failed:
            parts.append(f"{len(self.failed)} failed")
        parts.append(clock_time(self.elapsed))
        left = self.seconds_left()
        if left is not None and self.done < self.total:
            parts.append(f"{about(left)} left")
        if self.running:
            counts = Counter(job.rule for job in self.running.values())
            parts.append(
                "running "
                + ", ".join(f"{count} {self._share(rule)}" for rule, count in counts.most_common())
            )
        return ", ".join(parts)


def _verb(rule: str) -> str:
    return rule.partition("_")[0]
