"""The package by itself, as `python -m pip install .` gives it."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT

USES = """
import sys
sys.path.insert(0, sys.argv[1])
from hardness.recorder import Recorder
recorder = Recorder(n=2, classes=2)
recorder.update([0, 1], [[1.0, 0.0], [0.0, 2.0]], [0, 1])
recorder.end_epoch()
recorder.save(sys.argv[2], seed=0)
import hardness.callbacks, hardness.trainingset
assert hardness.recorder.__file__.startswith(sys.argv[1])
print(sorted({name.split(".")[0] for name in sys.modules} & {"torch", "scipy", "pandas", "numpy"}))
"""


def test_pip_installs_the_package_which_needs_numpy_alone(tmp_path):
    pytest.importorskip("setuptools", reason="setuptools is not installed, with which pip builds")
    source = tmp_path / "clone"
    source.mkdir()
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workflow", source / "workflow", ignore=ignored)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", tmp_path, source], check=True, timeout=300)
    (wheel,) = tmp_path.glob("hardness-*.whl")
    with zipfile.ZipFile(wheel) as file:
        names = [name for name in file.namelist() if name.endswith(".py")]
        metadata = next(name for name in file.namelist() if name.endswith("METADATA"))
        needs = [
            line for line in file.read(metadata).decode().splitlines() if "Requires-Dist" in line
        ]
        file.extractall(tmp_path / "site")
    expected = {
        path.relative_to(ROOT / "workflow").as_posix()
        for path in (ROOT / "workflow" / "hardness").rglob("*.py")
    }
    assert set(names) == expected and needs == ["Requires-Dist: numpy>=2"]
    done = subprocess.run(
        [sys.executable, "-c", USES, tmp_path / "site", tmp_path / "seed-0.npz"],
        check=True, capture_output=True, text=True, cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert done.stdout == "['numpy']\n" and (tmp_path / "seed-0.npz.sha256").exists()
