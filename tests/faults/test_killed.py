"""Training that is killed or stopped: the same command goes on, and ends with the bytes of an undisturbed run."""

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest

BLOCK = "results/tiny/members/full/digits-cnn/block-0"
COMMAND = ("--cores", "1", f"{BLOCK}/test.npz")
OUTPUTS = ("test.npz", "dynamics.npz", "weights.npz")


@pytest.fixture
def training(empty):
    """A project whose trainer of the first block was stopped (SIGSTOP) after two epochs: .process, .trainer, .entry."""
    empty.process = empty.start(*COMMAND)
    log = empty.results("tiny", "logs", "train_full", "digits-cnn", "block-0.log")
    deadline = time.monotonic() + 120
    while not (log.exists() and "epoch 2/14" in log.read_text()):
        assert time.monotonic() < deadline and empty.process.poll() is None, "no training began"
        time.sleep(0.002)
    (lock,) = empty.results(".store").glob("*/lock")
    empty.entry, empty.trainer = lock.parent, int(re.search(r"\(process (\d+) on ", lock.read_text())[1])
    os.kill(empty.trainer, signal.SIGSTOP)
    empty.log_path = log
    assert "epoch 14/14" not in log.read_text()
    yield empty
    for kill, number in ((os.killpg, empty.process.pid), (os.kill, empty.trainer)):
        with contextlib.suppress(ProcessLookupError):
            kill(number, signal.SIGKILL)
    empty.process.wait()
    empty.process.stdout.close()


def has_ended(number):
    """Whether a process is gone, or dead and not yet waited for."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if re.search(r"^State:\s+Z", Path(f"/proc/{number}/status").read_text(), re.MULTILINE):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def end(project, number):
    """Let the stopped trainer end by a signal, and its run with it. Returns status and output."""
    os.kill(project.trainer, number)
    os.kill(project.trainer, signal.SIGCONT)
    output, _ = project.process.communicate(timeout=60)
    return project.process.returncode, output


def files_of(folder):
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


def same_as_undisturbed(project, finished):
    return [name for name in OUTPUTS
            if (project / BLOCK / name).read_bytes() != (finished / BLOCK / name).read_bytes()] == []  # fmt: skip


def test_sigkill_of_everything(training, finished):
    os.killpg(training.process.pid, signal.SIGKILL)
    training.process.communicate()
    assert has_ended(training.trainer)
    assert files_of(training / BLOCK) == []

    output = training.complete(*COMMAND)
    assert "unlocking" in output and "1 of 1 jobs done" in output
    assert same_as_undisturbed(training, finished)
    assert training.plan(f"{BLOCK}/test.npz") == []
    assert not list(training.results().rglob("*.part"))


def test_sigkill_of_the_trainer(training, finished):
    status, output = end(training, signal.SIGKILL)
    assert status == 1
    assert "FAILED: train_full (dataset=tiny, recipe=digits-cnn, block=0)" in output
    assert "log: results/tiny/logs/train_full/digits-cnn/block-0.log" in output
    assert files_of(training / BLOCK) == [] and not (training.entry / "test.npz").exists()

    assert "unlocking" not in training.complete(*COMMAND)
    assert same_as_undisturbed(training, finished)


@pytest.mark.parametrize("damaged", [False, True])
def test_sigterm_to_the_trainer(training, finished, damaged):
    """The state is written and taken up; a damaged one is dropped."""
    status, output = end(training, signal.SIGTERM)
    assert status == 1
    told = re.search(r"tiny, full, digits-cnn: stopped by SIGTERM in epoch (\d+) of 14", output)
    assert told and 2 <= int(told[1]) < 14
    assert files_of(training / BLOCK) == []
    resume = training.entry / "resume.npz"
    with np.load(resume) as state:
        step = int(state["step"])
    assert 2 * 25 <= step < 14 * 25

    if damaged:
        os.truncate(resume, resume.stat().st_size - 100)
    training.complete(*COMMAND)
    log = training.log_path.read_text()
    assert (f"going on after step {step} of 350" in log) != damaged
    assert ("epoch 1/14" in log) == damaged
    assert not damaged or re.search(r"resume\.npz is no readable npz.*training starts anew", log)
    assert same_as_undisturbed(training, finished)
    assert sorted(name for name in files_of(training.entry) if "resume" in name) == []


def test_a_damaged_entry_of_the_store_is_trained_again(study, finished):
    (entry,) = {path.parent for path in study.results(".store").glob("*/test.npz")
                if path.samefile(study / BLOCK / "test.npz")}  # fmt: skip
    content = bytearray((entry / "dynamics.npz").read_bytes())
    content[len(content) // 2] ^= 1  # one bit, in the outputs too: they are one file
    (entry / "dynamics.npz").write_bytes(content)
    (study / BLOCK / "test.npz").unlink()
    study.complete(*COMMAND)
    log = study.log("train_full", "digits-cnn", "block-0.log")
    assert re.search(r"dynamics\.npz is damaged", log) and "epoch 14/14" in log
    assert f"moved aside to {entry.name}.damaged-1" in log
    assert (entry.with_name(f"{entry.name}.damaged-1") / "dynamics.npz").exists()
    assert same_as_undisturbed(study, finished)
