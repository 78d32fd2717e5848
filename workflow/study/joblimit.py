"""Lift Snakemake's limit on job starts per second, unless the user has asked for one."""

import contextlib
from typing import Any

DEFAULT = (100, 1)  # jobs, seconds: what Snakemake's command line sets without being asked


def lift_default(workflow: Any) -> None:
    """Lift the limit on job starts of Snakemake's `workflow`, unless the user has set one.

    Under a limit every pass of the scheduler starts a timer for another pass, and so does each job
    that finishes. After a few hundred jobs these timers use half a core while a job is waiting (see
    benchmarks/scheduler.py). Snakemake's API has no limit by default, and then needs no timers.
    A version of Snakemake with another scheduler is left as it is; tests/workflow/test_joblimit.py
    fails with such a version.
    """
    with contextlib.suppress(AttributeError):
        limit = workflow.scheduler.job_rate_limiter
        if (limit.max_jobs, limit.timespan) == DEFAULT:
            workflow.scheduler.job_rate_limiter = None
