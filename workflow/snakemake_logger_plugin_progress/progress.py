"""What is known of a run in progress: jobs done, running and failed, and how long the rest may
take.
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from statistics import fmean, median
from typing import NamedTuple

from study.times import about, clock_time

RECENT = 20  # durations kept of a rule: a rule's newest jobs say most about its next ones
FEW = 5  # failed jobs of one rule that are told one by one
JOBS_BEFORE_GUESS = 3  # finished jobs before the time left is estimated at all
# seconds beyond twice its rule's mean: from there on a job is of another kind than those before it
OVERDUE = 30.0


class Job(NamedTuple):
    """A job that was started: its rule, its wildcards, its log files, when it began (seconds of the
    run's clock).
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

    clock: returns seconds, never going back.
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
        """Take over how many jobs each rule has to run."""
        self.totals = Counter(jobs_by_rule)

    def start(
        self, jobid: int, rule: str, wildcards: Mapping[str, str], logs: tuple[str, ...]
    ) -> None:
        """A job begins; one that failed before is being tried again."""
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
        """Estimate the seconds until the last job is done; None while too little has been seen to
        say.

        A waiting job is expected to take the mean of its rule's newest jobs; before there are any,
        that of the rules with its verb (train_set as train_full), and else the median over rules.
        Nothing is said before at least half of what is left has been seen by rule or verb, nor
        while a running job is overdue: those before it were found in the store, say, and this one
        trains. The work is shared by as many jobs as have been seen to run at once.
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
        """The rule's name, with how many of its jobs are done where there are several."""
        return (
            f"{rule} ({self.finished[rule]} of {self.totals[rule]} done)"
            if self.totals[rule] > 1
            else rule
        )

    def _expected(self, rule: str) -> float | None:
        """Mean seconds of the rule's newest jobs, or of those of the rules with its verb; None if
        there are none.
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
        """A line a failed job; where many of one rule failed, mostly for one reason, the first few
        stand for them.
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
        """One line that says all: done, failed, time, time left, what is running."""
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
