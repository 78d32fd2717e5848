"""The jobs of a run as plain values, read from Snakemake's graph once it is complete.

No other part of the study uses that graph. It is read only to describe the run in words.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hardness.core import joblogs

TRAINS = "train_"  # how the names of the rules that train begin


class Cause(NamedTuple):
    """Why a job runs, if not only because another job runs before it.

    kind: forced, interrupted, gone, new, newer, param, inputs, or other; name: the file or the
    param, or for "other" Snakemake's reason; old, new: the values of the param.
    """

    kind: str
    name: str = ""
    old: Any = None
    new: Any = None


class Task(NamedTuple):
    """A job that a run has to do.

    number: Snakemake's jobid; dataset: None if it belongs to none, or to several; follows: the data
    sets of the jobs that it needs and that run too; pending: its inputs that these make; gpus: how
    many it asks for; log: its log file, if it has one.
    """

    number: int
    rule: str
    dataset: str | None
    params: Mapping[str, Any]
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]
    causes: tuple[Cause, ...] = ()
    follows: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()
    threads: int = 1
    gpus: int = 0
    log: str | None = None

    @property
    def networks(self) -> int:
        """How many networks it trains."""
        return len(self.params["seeds"]) if self.rule.startswith(TRAINS) else 0


class Work(NamedTuple):
    """What a run has to do, and the number of jobs that are already done."""

    tasks: list[Task]
    up_to_date: int


def work(workflow: Any) -> Work:
    """Return the jobs of Snakemake's workflow, whose graph must be complete, before any job has
    run. Targets do not count as jobs.
    """
    graph = workflow.dag
    needed = [job for job in graph.needrun_jobs() if not job.rule.norun]
    idle = [job for job in graph.jobs if not graph.needrun(job) and not job.rule.norun]
    return Work([_task(workflow, job) for job in needed], len(idle))


def _task(workflow: Any, job: Any) -> Task:
    graph = workflow.dag
    before = {one: files for one, files in graph.dependencies[job].items() if graph.needrun(one)}
    datasets = {one.wildcards_dict.get("dataset") for one in before}
    return Task(
        number=graph.jobid(job),
        rule=job.rule.name,
        dataset=job.wildcards_dict.get("dataset"),
        params=_plain(dict(job.params.items())),
        inputs={name: str(file) for name, file in job.input.items() if isinstance(file, str)},
        outputs=tuple(map(str, job.output)),
        causes=tuple(_causes(workflow, job)),
        follows=frozenset(name for name in datasets if name),
        pending=frozenset(str(file) for files in before.values() for file in files),
        threads=job.threads,
        gpus=job.resources.get("gpu") or 0,
        log=next(map(str, job.log), None),
    )


def _causes(workflow: Any, job: Any) -> Iterator[Cause]:
    reason, settings = workflow.dag.reason(job), workflow.dag_settings
    if reason.forced:  # Snakemake also forces jobs that a killed run left unfinished
        asked = settings.forceall or settings.forcerun or settings.forcetargets
        yield Cause("forced" if asked else "interrupted")
        return
    was_made = _has_finished(job)
    for file in sorted(map(str, reason.missing_output)):
        yield Cause("gone" if was_made else "new", file)
    for file in sorted(map(str, reason.updated_input - reason.updated_input_run)):
        yield Cause("newer", file)
    if reason.params_changed:
        old, new = _described(job), _plain(dict(job.params.items()))
        changed = [name for name in new if name in old and old[name] != new[name]]
        for name in changed or [""]:
            yield Cause("param", name, old.get(name), new.get(name))
    if reason.input_changed:
        yield Cause("inputs")
    if not reason.derived and (reason.code_changed or reason.software_stack_changed):
        yield Cause("other", str(reason))


def _described(job: Any) -> dict[str, Any]:
    """The params of the job when it last began, by the description beside its log; none if there
    is no such file.
    """
    try:
        text = Path(job.log[0]).with_suffix(".json").read_text(encoding="utf-8")
        return json.loads(text)["params"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _has_finished(job: Any) -> bool:
    """Whether the job finished when it last ran, by its log."""
    try:
        text = Path(job.log[0]).read_text(encoding="utf-8", errors="replace")
        return joblogs.finished(text) is not None
    except (OSError, LookupError):
        return False


def _plain(value: Any) -> Any:
    """A value as descriptions of jobs store it."""
    return json.loads(json.dumps(value))
