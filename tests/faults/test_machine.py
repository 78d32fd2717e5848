"""A machine that lacks what a job was promised, or whose clock is wrong."""

import os
import re
import time

FULL = "results/tiny/members/full/digits-cnn/block-0"
NO_MEMORY = """
def _no_memory(self, *arguments):
    raise torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 139.80 GiB "
        "of which 1.06 GiB is free. Including non-PyTorch memory, this process has 138.73 GiB "
        "memory in use.\\nSee documentation."
    )


Training.train_step = _no_memory
"""


def append(path, code):
    """Change the code of training, so that the store has nothing made by it."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(code)


def test_a_gpu_that_was_given_and_is_not_there(study, monkeypatch):
    """As in a profile that gives each training job a GPU, on a machine without one."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("HARDNESS_DEVICE", raising=False)
    append(study / "workflow/hardness/training/loop.py", "ANOTHER = True\n")
    gpu = ("--resources", "gpu=1", "--set-resources", "train_full:gpu=1")
    status, output = study.run("--cores", "1", f"{FULL}/test.npz", *gpu)
    assert status == 1
    assert (
        "train_members failed: this job was given a GPU, but torch sees none: check the driver and"
        in output
    )
    assert "HARDNESS_DEVICE=cpu" in output


def test_a_gpu_without_enough_memory(study):
    """What torch raises then is raised here by a training step."""
    append(study / "workflow/hardness/training/loop.py", NO_MEMORY)
    status, output = study.run("--cores", "1", f"{FULL}/test.npz")
    assert status == 1
    (said,) = re.findall(r"^  \| train_members failed: (.*)$", output, re.MULTILINE)
    assert said.startswith(
        "tiny, full, digits-cnn, seeds 0 to 1: out of memory on cpu with members_per_job 2 and"
    )
    assert "batch_size 8 (CUDA out of memory. Tried to allocate 2.00 GiB)" in said
    assert (
        "nvidia-smi" in said
        and "lower one of the two in the recipe: that gives other results" in said
    )
    assert not (study / FULL / "test.npz").exists()
    assert len(study.entries()) == 16  # those of before


def move_dates(study, seconds):
    """Give all results, the store's too, dates that lie so much later, in their order."""
    seen = set()
    for path in study.results().rglob("*"):
        found = path.stat()
        if path.is_file() and found.st_ino not in seen:
            seen.add(found.st_ino)
            os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + seconds * 10**9))


def test_a_clock_that_was_set_back(study, finished):
    """All that is there is of tomorrow, and what is made now would be older than what it is made
    from.
    """
    move_dates(study, 86400)
    made = "results/tiny/evaluation/full/digits-cnn.csv"
    (study / made).unlink()
    status, output = study.run("--cores", "2", made, driver=False)
    # what Snakemake says of it by itself
    assert status == 1 and "has older modification time" in output

    output = study.complete("--cores", "2", made)
    assert re.search(
        r"^\d+ files are dated in the future, such as \S+: was the clock set back\?",
        output,
        re.MULTILINE,
    )
    assert max(path.stat().st_mtime for path in study.results("tiny").rglob("*")) <= time.time()
    assert (study / made).read_bytes() == (finished / made).read_bytes()
    assert study.plan(made) == []
