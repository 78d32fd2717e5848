"""The study on a cluster: profiles/slurm on a real SLURM (slurm.py), and what happens to jobs
there.

make test-cluster, as root: six minutes on two cores. The GPUs are simulated, the jobs compute on
the CPU.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Project
from slurm import Slurm, UnusableError, install, wait_for

EPOCHS = 40  # two seconds: time enough to stop a trainer in
PROFILE = "profiles/slurm/config.yaml"
PARTITIONS = Path(sys.executable).with_name("generate-slurm-partition-config")
SLURM = ("--workflow-profile", "profiles/slurm")
FULL = "results/tiny/members/full/digits-cnn/block-{}/test.npz"
TARGETS = ("results/tiny/evaluation/overall.csv", "results/tiny/effects/classes.csv")
DIVERGING = "rule_train_full_wildcards_tiny_digits-pad-mean_0"
PRUNED = "rule_train_set_wildcards_tiny_prune-random-50_digits-cnn_0"
JOBS = {  # the training jobs of the small grid
    "rule_train_full_wildcards_tiny_digits-cnn_0",
    "rule_train_full_wildcards_tiny_digits-cnn_1",
    DIVERGING,
    "rule_train_set_wildcards_tiny_resample-none-easy-a1_digits-pad-mean_0",
    PRUNED,
}


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    try:
        install()
        slurm = Slurm(tmp_path_factory.mktemp("slurm"))
    except UnusableError as reason:
        pytest.fail(str(reason), pytrace=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDNESS_DEVICE", "cpu")
        try:
            slurm.start()
            yield slurm
        finally:
            slurm.stop()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The tiny study with a grid of five training jobs, the profile as a user would fill it in;
    nothing computed.
    """
    project = Project.new(tmp_path_factory.mktemp("small") / "project")
    project.change("recipes", "digits-cnn", "threads", value=2)
    project.change("recipes", "digits-cnn", "epochs", value=EPOCHS)
    for key, value in {
        "ensembles": {"stability": 4, "recall": 2, "hardness": 2, "retraining": 2},
        "resampling": [{"under": ["easy"], "alphas": [1], "recipes": ["digits-pad-mean"]}],
        "pruning": [{"levels": ["random"], "rates": [50]}],
    }.items():
        project.change("datasets", "tiny", key, value=value)
    project.edit(PROFILE, "# constraint: a100", "constraint: pretended")
    project.edit(PROFILE, "status-checks: 30", "status-checks: 8")
    return project


@pytest.fixture(scope="module")
def reference(small, tmp_path_factory):
    """The small grid, computed on the workstation. Only to be read."""
    project = small.copy(tmp_path_factory.mktemp("workstation") / "project")
    project.complete("--cores", "2", *TARGETS)
    return project


@pytest.fixture
def project(slurm, small, tmp_path):
    return small.copy(tmp_path / "project")


def made(project):
    """The results: the bytes of every file except logs."""
    files = project.results("tiny").rglob("*.*")
    return {
        str(path.relative_to(project.results())): path.read_bytes()
        for path in files
        if path.is_file() and "logs" not in path.parts
    }


@contextlib.contextmanager
def running(project, *targets):
    """A run in the background, ended with the block at the latest."""
    run = project.start(*SLURM, *targets)
    try:
        yield run
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()


def freeze(project, block):
    """Stop the trainer of a block of `full` (SIGSTOP) when it has trained two epochs. Returns its
    process number.
    """
    log = project.results("tiny", "logs", "train_full", "digits-cnn", f"block-{block}.log")
    wait_for(
        lambda: log.exists() and f"epoch 2/{EPOCHS}" in log.read_text(),
        f"the training of block {block}",
        pause=0.002,
    )
    locks = [lock.read_text() for lock in project.results(".store").glob("*/lock")]
    (trainer,) = re.findall(rf"block {block} \(process (\d+) on ", "\n".join(locks))
    os.kill(int(trainer), signal.SIGSTOP)
    assert f"epoch {EPOCHS}/{EPOCHS}" not in log.read_text(), (
        "the training was over before it could be stopped"
    )
    return int(trainer)


def tries(slurm, project, block):
    """The jobs that SLURM was given for a block of `full`: the states, in their order."""
    what = f"rule_train_full_wildcards_tiny_digits-cnn_{block}"
    return [job.state for job in slurm.jobs(project.folder) if job.what == what]


def test_training_goes_through_slurm_with_a_gpu_and_results_are_the_workstations(
    slurm, project, reference
):
    project.complete(*SLURM, *TARGETS)

    jobs = slurm.jobs(project.folder)
    assert {job.what for job in jobs} == JOBS and len(jobs) == len(JOBS)
    for job in jobs:
        threads = "1" if "pad-mean" in job.what else "2"  # of the recipe
        assert job[1:-1] == (
            "COMPLETED",
            "gpu",
            "pretended",
            threads,
            "8000M",
            "2:00:00",
            "gres:gpu:1",
        )
    seen = slurm.gpus_seen()
    assert {seen[job.number] for job in jobs} == {"0", "1"}

    given = [
        json.loads(path.read_text())["gpu"]
        for path in project.results("tiny", "logs").glob("train_*/**/*.json")
    ]
    origins = [
        json.loads(path.read_text())["made_by"]
        for path in project.results(".store").glob("*/origin.json")
    ]
    devices = [made_by["device"] for (made_by,) in origins]
    assert given == [1] * len(JOBS) and devices == ["cpu"] * len(JOBS)

    expected = made(reference)
    assert len(expected) > 40 and made(project) == expected
    assert project.plan(*SLURM, *TARGETS) == []


def test_a_cancelled_job_goes_on_in_the_next_try_and_a_job_outlives_its_nodes_daemon(
    slurm, project, reference
):
    with running(project, FULL.format(0), FULL.format(1)) as run:
        freeze(project, 0)
        trainer = freeze(project, 1)
        cancelled = next(job for job in slurm.jobs(project.folder) if job.what.endswith("0"))
        slurm.ask("scancel", cancelled.number)
        wait_for(lambda: "CANCELLED" in tries(slurm, project, 0), "the end of the cancelled job")
        slurm.kill_node()
        os.kill(trainer, signal.SIGCONT)
        wait_for(
            project.folder.joinpath(FULL.format(1)).exists, "the job on a node without its daemon"
        )
        slurm.start_node()
        output, _ = run.communicate(timeout=300)

    assert run.returncode == 0, output
    assert "SLURM status is: 'CANCELLED'" in output and "Trying to restart" in output
    assert tries(slurm, project, 0) == ["CANCELLED", "COMPLETED"] and tries(slurm, project, 1) == [
        "COMPLETED"
    ]
    assert "training resumes after step" in project.log("train_full", "digits-cnn", "block-0.log")
    assert made(project).items() <= made(reference).items()


def test_a_job_over_its_time_goes_on_in_the_next_try(slurm, project, reference):
    """Two options of docs/cluster.md beside: of two partitions that which fits, as SLURM says its
    limits; and jobs that SLURM may requeue, though its own word is that it may not.
    """
    subprocess.run([PARTITIONS, "-o", project / "partitions.yaml"], check=True)
    project.edit("partitions.yaml", "  gpu:\n", "  gpu:\n    max_gpu: 2\n")
    project.edit(PROFILE, "  slurm_partition: gpu", "  # slurm_partition: gpu")
    options = "slurm-requeue: true\nslurm-partition-config: partitions.yaml\n"
    project.edit(PROFILE, "executor: slurm ", f"{options}executor: slurm ")
    with running(project, FULL.format(0)) as run:
        freeze(project, 0)
        (job,) = slurm.jobs(project.folder)
        assert job.partition == "gpu"  # the other one's limit is below the job's two hours
        assert "Requeue=1" in slurm.ask("scontrol", "show", "job", job.number)
        # no limit is below a minute
        slurm.ask("scontrol", "update", f"JobId={job.number}", "EndTime=now")
        output, _ = run.communicate(timeout=300)

    assert run.returncode == 0, output
    assert tries(slurm, project, 0) == ["TIMEOUT", "COMPLETED"]
    assert "training resumes after step" in project.log("train_full", "digits-cnn", "block-0.log")
    assert made(project).items() <= made(reference).items()


def test_failed_jobs_are_named_the_others_go_on_and_a_rerun_does_only_the_rest(
    slurm, project, reference
):
    """One recipe diverges, and jobs on sets get less memory than two Snakemakes take."""
    diverges = "results/tiny/members/full/digits-pad-mean/block-0/test.npz"
    evaluated = "results/tiny/evaluation/full/digits-cnn.csv"
    too_large = "results/tiny/members/prune-random-50/digits-cnn/block-0/test.npz"
    targets = (diverges, too_large, evaluated)
    project.change("recipes", "digits-pad-mean", "optimizer", "lr", value=1e9)
    memory = ("  train_set:\n    gpu: 1", "  train_set:\n    gpu: 1\n    mem_mb: 250")
    project.edit(PROFILE, *memory)
    project.edit(PROFILE, "retries: 2", "retries: 0")
    status, output = project.run(*SLURM, *targets)

    assert status != 0
    assert "FAILED: train_full (dataset=tiny, recipe=digits-pad-mean, block=0)" in output
    assert "the loss is not finite in epoch 1" in output
    failed = output[
        output.index(
            "FAILED: train_set (dataset=tiny, set=prune-random-50, recipe=digits-cnn, block=0)"
        ) :
    ]
    log = re.search(r"log: (\S+/slurm_logs/\S+)", failed)[1]
    assert "exceeded memory limit" in Path(log).read_text(encoding="utf-8")
    assert (project / evaluated).exists() and len(slurm.jobs(project.folder)) == 4

    project.change("recipes", "digits-pad-mean", "optimizer", "lr", value=0.05)
    project.edit(PROFILE, *reversed(memory))
    project.complete(*SLURM, *targets)
    again = slurm.jobs(project.folder)[4:]
    assert {job.what for job in again} == {DIVERGING, PRUNED} and len(again) == 2
    assert made(project).items() <= made(reference).items()
