"""Read times and failures of a data set's jobs from their logs."""

from pathlib import Path

from hardness.core.joblogs import finished, last_line


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def times(logs: Path) -> list[list[str]]:
    """Return a header and a row per rule: jobs, total seconds, seconds of the longest job, and the
    largest memory, from the last lines of the logs. Empty if no job finished.
    """
    jobs_of: dict[str, list[tuple[float, float]]] = {}
    for log in sorted(logs.rglob("*.log")):
        if done := finished(_text(log)):
            rule = log.relative_to(logs).parts[0].removesuffix(".log")
            jobs_of.setdefault(rule, []).append(done)
    rows = [
        [
            rule,
            str(len(jobs)),
            f"{sum(s for s, _ in jobs):.1f}",
            f"{max(s for s, _ in jobs):.1f}",
            f"{max(m for _, m in jobs):.0f}",
        ]
        for rule, jobs in sorted(jobs_of.items(), key=lambda item: -sum(s for s, _ in item[1]))
    ]
    return [["rule", "jobs", "seconds in all", "longest, s", "memory, MiB"], *rows] if rows else []


def failures(logs: Path, since: float | None) -> list[dict]:
    """Return the jobs that ran after `since` (seconds since the epoch; None: no job counts) and did
    not finish, as parts of the report.
    """
    failed = []
    for log in sorted(logs.rglob("*.log")) if since is not None else ():
        text = _text(log)
        last = last_line(text)
        if (
            since is not None
            and log.stat().st_mtime >= since
            and log.stem != "make_report"
            and not finished(text)
        ):
            name = "-".join(log.relative_to(logs).with_suffix("").parts)
            problem = last if " failed: " in last else "The job was ended before it finished."
            failed.append({"name": name, "path": str(log), "log": str(log), "problem": problem})
    return failed
