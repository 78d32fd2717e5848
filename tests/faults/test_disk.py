"""A disk that is full, or may not be written to: an error that names the file, and nothing
half-written.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def small_disk(empty):
    """A project whose results/ lie on a file system of its own: call it with the options of mount's
    -o.
    """
    folder = empty.results()
    folder.mkdir()

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("needs the right to mount a file system")
        return empty

    yield mount
    subprocess.run(["umount", folder], capture_output=True, check=False)


def npz(project):
    return sorted(
        str(path.relative_to(project.results())) for path in project.results().rglob("*.npz")
    )


def test_an_output_that_does_not_fit(small_disk):
    project = small_disk("size=100k")
    status, output = project.run("--cores", "1", "results/tiny/data.npz")
    assert status == 1
    why = "No space left on device; nothing was left half-written"
    assert f"make_data failed: [Errno 28] cannot write results/digits/data.npz: {why}" in output
    assert npz(project) == [] and not list(project.results().rglob("*.part"))


def test_a_disk_without_room_for_a_log(small_disk):
    project = small_disk("size=100k")
    project.results(".study.lock").write_text("so much there is room for")
    with (
        open(project.results("rest"), "wb", buffering=0) as file,
        pytest.raises(OSError, match="No space left"),
    ):
        while True:
            file.write(bytes(512))
    status, output = project.run("--cores", "1", "results/tiny/data.npz")
    assert status == 1
    full = [line for line in output.splitlines() if "No space left on device" in line]
    assert full and "results/digits/" in full[0], output
    assert "Traceback" not in output
    assert npz(project) == []


def test_a_disk_that_is_full_when_training_ends_and_has_room_again(small_disk, finished):
    project = small_disk("size=10m")
    for path in ("digits/data.npz", "tiny/data.npz", "tiny/sets/full.npz"):
        project.results(path).parent.mkdir(parents=True, exist_ok=True)
        for name in (path, f"{path}.sha256"):
            shutil.copy2(finished.results(name), project.results(name))
    disk = os.statvfs(project.results())
    # weights take 112,000 bytes
    project.results("rest").write_bytes(bytes(disk.f_bavail * disk.f_frsize - 120_000))
    block = "results/tiny/members/full/digits-cnn/block-0"
    status, output = project.run("--cores", "1", f"{block}/test.npz")
    assert status == 1 and "epoch 14/14" in project.log("train_full", "digits-cnn", "block-0.log")
    why = r"No space left on device; nothing was left half-written$"
    assert re.search(
        rf"train_members failed: .*cannot write results/\.store/\w+/\w+\.npz: {why}",
        output,
        re.MULTILINE,
    )
    assert not (project / block / "test.npz").exists() and not list(
        project.results().rglob("*.part")
    )

    project.results("rest").unlink()
    project.complete("--cores", "1", f"{block}/test.npz")
    for name in ("test.npz", "dynamics.npz", "weights.npz"):
        assert (project / block / name).read_bytes() == (finished / block / name).read_bytes()


def test_a_limit_on_the_size_of_files(study):
    """The same without the right to mount: the job's process may write 64 KiB a file."""
    path = study.results("digits", "data.npz")
    path.unlink()
    job = json.loads(study.log("make_data.json", dataset="digits"))
    (study / "job.json").write_text(json.dumps(job))
    done = subprocess.run(
        [sys.executable, "workflow/scripts/make_data.py", "job.json"],
        cwd=study.folder,
        env=os.environ | {"PYTHONPATH": str(study / "workflow")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)),
        check=False,
    )
    assert done.returncode == 1
    log = study.log("make_data.log", dataset="digits")
    assert re.search(
        r"make_data failed: .*cannot write results/digits/data\.npz: File too large", log
    )
    assert not path.exists() and not list(path.parent.glob(".*"))


def test_results_that_may_not_be_written_to(small_disk):
    project = small_disk("ro")
    status, output = project.run("--cores", "1")
    assert status == 1
    assert (
        f"cannot lock {project.results('.study.lock')}: Read-only file system. The study needs a "
        f"folder" in output
    )
    assert output.count("\n") == 1
