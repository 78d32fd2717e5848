"""envs/setup.sh and its Makefile: the environment is made once, again when it must be, or refused
in one line.
"""

import hashlib
import os
import pty
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MADE = re.compile(
    r"^Setting up the Python 3\.\d+ environment in .+: about two minutes, 6 GB\.$", re.MULTILINE
)


@pytest.fixture
def clone(tmp_path):
    """A folder with a space and an umlaut in its name, Makefile, envs/setup.sh, and a lock with one
    tiny package.
    """
    folder = tmp_path / "ein Klön"
    (folder / "envs").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "envs" / "setup.sh", folder / "envs")
    write_lock(folder, "1.0")
    return folder


def write_lock(folder, version, digest=None):
    """Lock a package `tiny` that is a file beside the clone."""
    wheel = folder.parent / f"tiny-{version}-py3-none-any.whl"
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny.py", f"version = '{version}'\n")
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n"
        )
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "envs" / "requirements.lock").write_text(
        f"{wheel.as_uri()} \\\n    --hash=sha256:{digest}\n"
    )


def setup(folder, **variables):
    """Run setup.sh as make does; returns its exit status and all that it printed."""
    done = start(folder, **variables)
    output, _ = done.communicate(timeout=120)
    return done.returncode, output


def environment(**variables):
    """This process's environment, less what the make around it has set."""
    ours = {"VENV", "PYTHON", "ARGS", "MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"PYTHON": sys.executable} | variables


def start(folder, **variables):
    return subprocess.Popen(
        ["sh", "envs/setup.sh"],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def tiny_version(venv):
    code = "import tiny; print(tiny.version)"
    return subprocess.check_output(
        [venv / "bin" / "python", "-c", code], text=True, encoding="utf-8"
    ).strip()


def program(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_it_is_made_once_and_again_when_the_lock_has_changed(clone):
    status, output = setup(clone)
    assert status == 0 and MADE.fullmatch(output.strip())
    assert tiny_version(clone / ".venv") == "1.0"
    assert setup(clone) == (0, "")

    write_lock(clone, "2.0")
    status, output = setup(clone)
    assert status == 0 and MADE.search(output)
    assert tiny_version(clone / ".venv") == "2.0"
    assert setup(clone) == (0, "")


def test_an_interrupted_or_broken_one_is_made_again(clone):
    write_lock(clone, "1.0", digest="0" * 64)
    status, output = setup(clone)  # pip refuses what is not what was locked
    assert status != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in output and ".venv is unfinished" in output
    write_lock(clone, "1.0")
    assert setup(clone)[0] == 0
    assert tiny_version(clone / ".venv") == "1.0"

    (clone / ".venv" / "bin" / "python").unlink()
    assert setup(clone)[0] == 0
    assert tiny_version(clone / ".venv") == "1.0"


def test_two_clones_share_one_made_at_the_same_time(clone, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(clone, other)
    shared = tmp_path / "shared environment"
    runs = [start(folder, VENV=str(shared)) for folder in (clone, other)]
    outputs = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sum(bool(MADE.search(output)) for output in outputs) == 1
    assert tiny_version(shared) == "1.0"
    assert not (clone / ".venv").exists() and not (other / ".venv").exists()


def test_make_sets_up_and_runs_inside(clone):
    (clone / "workflow").mkdir()
    (clone / "workflow" / "run.py").write_text(
        "import sys, tiny\nprint('ran with', tiny.version, sys.argv[1:])\n"
    )
    command = ["make", "study", "ARGS=-n 'a b'"]
    output = subprocess.check_output(
        command, cwd=clone, env=environment(), text=True, encoding="utf-8"
    )
    assert MADE.match(output)
    assert output.endswith("ran with 1.0 ['-n', 'a b']\n")


def make(folder, *arguments, **variables):
    """Run make in a clone; returns its exit status and all that it printed."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    return done.returncode, done.stdout


def test_an_environment_elsewhere_is_named_once(clone, tmp_path):
    elsewhere = tmp_path / "my environment"
    command = ["run", "ARGS=python -c 'import sys, tiny; print(sys.prefix)'"]
    status, output = make(clone, *command, VENV=str(elsewhere))
    assert status == 0 and f"From now on make uses the environment in {elsewhere}" in output
    assert make(clone, *command) == (0, f"{elsewhere}\n")
    assert not (clone / ".venv").exists()

    other = tmp_path / "other"  # which finds it made
    shutil.copytree(clone, other, ignore=shutil.ignore_patterns(".venv-path"))
    assert "From now on" in make(other, *command, VENV=str(elsewhere))[1]
    assert make(other, *command) == (0, f"{elsewhere}\n")

    assert "environment in .venv," in make(clone, *command, VENV=".venv")[1]  # and back
    assert make(clone, *command) == (0, f"{clone}/.venv\n")
    third = tmp_path / "third"  # as in a container, whose paths are not the machine's
    shutil.copytree(other, third, ignore=shutil.ignore_patterns(".venv-path"))
    shared = {"VENV": str(elsewhere), "VENV_REMEMBERED": "no"}
    assert make(third, *command, **shared) == (0, f"{elsewhere}\n")
    assert not (third / ".venv-path").exists()


def test_an_environment_of_other_clones_is_not_emptied_unasked(clone, tmp_path):
    shared = tmp_path / "shared"
    assert setup(clone, VENV=str(shared))[0] == 0
    other = tmp_path / "other"
    shutil.copytree(clone, other)
    write_lock(other, "2.0")
    status, output = make(other, "setup", VENV=str(shared))
    assert status != 0
    assert f"{shared} was made from another lock" in output and "Nothing was changed" in output
    assert f"VENV=..., or delete {shared}" in output
    assert tiny_version(shared) == "1.0" and setup(clone, VENV=str(shared)) == (0, "")

    (shared / "bin" / "python").unlink()  # nobody works with it any more
    assert setup(other, VENV=str(shared))[0] == 0
    assert tiny_version(shared) == "2.0"


@pytest.mark.parametrize(("answer", "version"), [("n", "1.0"), ("", "1.0"), ("y", "2.0")])
def test_at_a_terminal_it_asks(clone, tmp_path, answer, version):
    shared = tmp_path / "shared"
    assert setup(clone, VENV=str(shared))[0] == 0
    write_lock(clone, "2.0")
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        ["sh", "envs/setup.sh"], cwd=clone, env=environment(VENV=str(shared)), stdin=theirs,
        capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert "Make it anew? [y/N]" in done.stdout
    assert (done.returncode == 0) == (version == "2.0")
    assert tiny_version(shared) == version


@pytest.mark.parametrize("version", ["3.10", "3.14", "2.7"])
def test_another_python_is_refused_in_one_line(clone, version):
    fake = program(clone, "python-fake", f"echo {version}")
    status, output = setup(clone, PYTHON=fake)
    assert status == 1
    assert output.startswith(
        f"{fake} is Python {version}, but the study needs 3.11, 3.12 or 3.13: "
    )
    assert output.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_a_real_python_3_10_is_refused(clone):
    old = shutil.which("python3.10")
    if old is None or subprocess.run([old, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip("no python3.10 that runs on the PATH")
    status, output = setup(clone, PYTHON=old)
    assert status == 1 and "is Python 3.10, but" in output and output.count("\n") == 1


def test_a_missing_python_and_a_missing_venv_module_are_explained_in_one_line(clone):
    status, output = setup(clone, PYTHON="python-nowhere")
    assert (
        status == 1
        and output.startswith("python-nowhere does not run: ")
        and output.count("\n") == 1
    )

    # Debian's python3 without python3-venv: it runs, but cannot import ensurepip
    bare = program(clone, "python-bare", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 3.11 ;; esac')
    status, output = setup(clone, PYTHON=bare)
    assert status == 1 and "apt install python3.11-venv" in output and output.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_a_folder_of_somebody_else_is_left_alone(clone, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("years of work")
    status, output = setup(clone, VENV=str(home))
    assert status == 1 and "was not made by this project" in output and output.count("\n") == 1
    assert (home / "thesis.tex").read_text() == "years of work"


def test_the_lock_has_hashes_no_addresses_and_all_that_is_required():
    lock = (ROOT / "envs" / "requirements.lock").read_text()
    assert "://" not in lock and "--index-url" not in lock and "--find-links" not in lock
    pinned = re.findall(r"^([a-z0-9.-]+)==\S+", lock, re.MULTILINE)
    blocks = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert len(blocks) == len(pinned) and all("--hash=sha256:" in block for block in blocks)
    assert set(required()) <= set(pinned)


def test_conda_lists_the_same():
    environment = yaml.safe_load((ROOT / "envs" / "study.yaml").read_text())
    plain = [item for item in environment["dependencies"] if isinstance(item, str)]
    nested = [
        name
        for item in environment["dependencies"]
        if isinstance(item, dict)
        for name in item["pip"]
    ]
    assert "python>=3.11,<3.14" in plain
    listed = {
        name.replace("pytorch", "torch").replace("matplotlib-base", "matplotlib")
        for name in [*plain, *nested]
    }
    assert listed - {"python>=3.11,<3.14", "pip"} == {
        name + bound for name, bound in required().items()
    }


def required():
    """Names and bounds of requirements.in."""
    lines = [
        line.partition("#")[0].strip()
        for line in (ROOT / "envs" / "requirements.in").read_text().splitlines()
    ]
    return dict(re.match(r"([a-z0-9-]+)(.*)", line).groups() for line in lines if line)
