"""Training jobs of the GPU profile, on simulated GPUs: which jobs take one, and how they wait."""

import fcntl
import shutil
import time
from pathlib import Path

import pytest
from conftest import text_of

BLOCK = "results/tiny/members/full/digits-cnn/block-0"
COMMAND = ("--cores", "1", f"{BLOCK}/test.npz", "--workflow-profile", "profiles/workstation-gpu")
LOCK = Path("/tmp/hardness-gpu-99-slot-0.lock")


@pytest.fixture
def study(study, monkeypatch):
    """The finished study without the outputs of a block; of all GPUs it may use one that no machine
    has.
    """
    for path in (study / BLOCK).iterdir():
        path.unlink()
    for name in ("HARDNESS_DEVICE", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "99")
    LOCK.unlink(missing_ok=True)
    yield study
    LOCK.unlink(missing_ok=True)


def log_of(study):
    return text_of(study.results("tiny", "logs", "train_full", "digits-cnn", "block-0.log"))


def test_a_block_that_is_found_takes_no_gpu(study):
    study.complete(*COMMAND)
    assert "found in the store" in log_of(study) and "GPU" not in log_of(study)
    assert not LOCK.exists()


def test_on_the_cpu_a_job_takes_no_gpu(study, monkeypatch, finished):
    shutil.rmtree(study.results(".store"))
    monkeypatch.setenv("HARDNESS_DEVICE", "cpu")
    study.complete(*COMMAND)
    assert "epoch 14/14" in log_of(study) and "GPU" not in log_of(study)
    assert not LOCK.exists()
    assert (study / BLOCK / "test.npz").read_bytes() == (finished / BLOCK / "test.npz").read_bytes()


def test_a_job_waits_for_a_gpu_and_takes_it_before_torch_looks_for_one(study):
    shutil.rmtree(study.results(".store"))
    with open(LOCK, "w", encoding="utf-8") as lock:
        lock.write("another study")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = study.start(*COMMAND)
        deadline = time.monotonic() + 120
        while "waiting for a free GPU; taken are 99: another study" not in log_of(study):
            assert time.monotonic() < deadline and process.poll() is None, log_of(study)
            time.sleep(0.1)
        assert "computing on" not in log_of(study)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    told = log_of(study).partition("computing on GPU 99\n")[2]
    assert "train_members failed: this job was given a GPU, but torch sees none" in told
    assert "train_members failed: this job was given a GPU, but torch sees none" in output
