"""Say in words why a data set's jobs run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hardness.data.leftout import some

from .tasks import Cause, Task

FEW = 3  # names that are listed; the others are counted
LONG = 40  # characters of a value that is shown
CODE, TEMPLATE = "code", "template"  # params that are not part of the config
FILES = "files"  # of DATA: the state of the user's own files
DATA, REPORT = "make_data", "make_report"  # rules
CHANGED = " changed"  # in place of a value that is too long to show

Keys = Callable[[], list[str]]


def why(tasks: Sequence[Task], files: Callable[[Cause], str], keys: Keys, begun: bool) -> list[str]:
    """Return the reasons why a data set's jobs run, the most telling first; never empty.

    tasks: its jobs; files: puts a change of the user's files into words; keys: returns the keys of
    the config that have changed since its last report; begun: whether some of its files exist.
    """
    causes = [(task, cause) for task in tasks for cause in task.causes]

    def of(kind: str) -> Iterator[Cause]:
        return (cause for _, cause in causes if cause.kind == kind)

    of_files = [cause for task, cause in causes if _is_of_files(task, cause)]
    config = list(_config(causes, keys, any(task.rule == REPORT for task in tasks)))
    interrupted = sum(1 for _ in of("interrupted"))
    found = [
        *dict.fromkeys(map(files, of_files)),
        *config,
        *_code(causes),
        *_named("gone: {}", (cause.name for cause in of("gone"))),
        *_named("newer than what is made from it: {}", (cause.name for cause in of("newer"))),
        *([f"{_jobs(interrupted)} interrupted"] if interrupted else []),
        *(["forced"] if any(of("forced")) else []),
        *dict.fromkeys(cause.name for cause in of("other")),
    ]
    if not config and any(of("inputs")):
        found.append("it is made from other files now")
    if found:
        return found
    if any(of("new")):
        return ["not finished yet" if begun else "not made yet"]
    others = sorted({name for task in tasks for name in task.follows} - {tasks[0].dataset})
    return [f"follows {some(others, FEW)}"] if others else ["asked for"]


def _code(causes: Iterable[tuple[Task, Cause]]) -> Iterator[str]:
    changed = [(task.rule, cause.name) for task, cause in causes if cause.kind == "param"]
    rules = dict.fromkeys(rule for rule, name in changed if name == CODE)
    if rules:
        yield f"code of {some(rules, FEW)} changed"
    if any(name == TEMPLATE for _, name in changed):
        yield "the report's template changed"


def _is_of_files(task: Task, cause: Cause) -> bool:
    return (task.rule, cause.kind, cause.name) == (DATA, "param", FILES)


def _config(causes: Sequence[tuple[Task, Cause]], keys: Keys, is_reported: bool) -> Iterator[str]:
    """The keys that have changed, by the last report's config; if that shows no change, those
    params whose change can be shown. is_reported: whether a report is made, which shows the config.
    """
    own = [
        cause
        for task, cause in causes
        if cause.kind == "param"
        and cause.name not in (CODE, TEMPLATE)
        and not _is_of_files(task, cause)
    ]
    told = keys() if own or is_reported else []
    if own and not told:
        lines = (line for one in own for line in changes(one.old, one.new, one.name))
        told = list(dict.fromkeys(line for line in lines if not line.endswith(CHANGED)))
        told = told or ["different from when it was made"]
    if told:
        yield f"config: {some(told, FEW)}"


def _named(said: str, names: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(names))
    return [said.format(some(names, FEW))] if names else []


def _jobs(count: int) -> str:
    return "1 job was" if count == 1 else f"{count} jobs were"


def changes(old: Any, new: Any, where: str = "") -> list[str]:
    """Describe what differs between two plain values: recipe.epochs 2 -> 3; estimators: + loss."""
    if old == new:
        return []
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return [
            line
            for key in dict.fromkeys([*old, *new])
            for line in changes(old.get(key), new.get(key), f"{where}.{key}".lstrip("."))
        ]
    if isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new) and all(isinstance(item, Mapping) for item in (*old, *new)):
            pairs = enumerate(zip(old, new, strict=True))
            return [line for i, pair in pairs for line in changes(*pair, f"{where}[{i}]")]
        added = [f"+ {item}" for item in new if item not in old]
        gone = [f"- {item}" for item in old if item not in new]
        line = " ".join([*added, *gone])
        return [f"{where}: {line}" if 0 < len(line) <= LONG else f"{where}{CHANGED}"]
    both = f"{_value(old)} -> {_value(new)}"
    return [f"{where} {both}" if len(both) <= LONG else f"{where}{CHANGED}"]


def _value(value: Any) -> str:
    return "null" if value is None else str(value)
