"""Whatever the locale, names of classes and files are read and written as UTF-8, by every job."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("café", "Übung", "日本")
LOCALES = {"en_US": "ISO-8859-1", "zh_CN": "GBK"}
TARGETS = ("results/own/report.html", "results/own/evaluation/classwise.csv")


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """The folder of the compiled locales; skips where they cannot be made."""
    charmaps = Path("/usr/share/i18n/charmaps")
    if not shutil.which("localedef") or not charmaps.is_dir():
        pytest.skip("no localedef or no charmaps (Debian: apt-get install locales)")
    folder = tmp_path_factory.mktemp("locales")
    for name, charmap in LOCALES.items():
        command = ["localedef", "-i", name, "-f", charmap, folder / name]
        subprocess.run(command, check=True, capture_output=True)
    return folder


def photographs(folder):
    rng = np.random.default_rng(3)
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(0, 80, (12, 12, 3)) + 80 * label
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"größe {i}.png")


def computed(project, monkeypatch, environment, *options, driver):
    """The files that the study makes in an environment, without what tells times."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    project.complete("--cores", "2", *TARGETS, *options, driver=driver)
    results = project.results("own")
    report = (results / "report.html").read_text(encoding="utf-8")
    paths = [path for end in ("csv", "md", "tex", "pdf") for path in results.rglob(f"*.{end}")]
    files = {path.relative_to(results).as_posix(): path.read_bytes() for path in paths}
    shutil.rmtree(project.results())
    return report, files


def test_names_are_the_same_in_every_locale(empty, locales, monkeypatch, tmp_path):
    photographs(tmp_path / "größe")
    config = yaml.safe_load((empty / "config.yaml").read_text(encoding="utf-8"))
    source = {"kind": "image-folder", "path": str(tmp_path / "größe"), "size": 12}
    own = {"source": source, "recipe": "digits-cnn", "estimators": ["aum", "el2n"],
           "ensembles": {"stability": 2, "recall": 2, "hardness": 2, "retraining": 2},
           "resampling": [{"over": ["smote"], "under": ["easy"], "rhos": [2]}],
           "stability": {"rates": [50], "orders": 3, "splits": 3}}  # fmt: skip
    config |= {"study": {"datasets": ["own"]}, "datasets": {"own": own}}
    (empty / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    monkeypatch.setenv("LOCPATH", str(locales))
    monkeypatch.delenv("PYTHONUTF8", raising=False)
    made = {
        name: computed(empty, monkeypatch, {"LC_ALL": name}, driver=driver)
        for name, driver in (("C.UTF-8", True), ("en_US", True), ("zh_CN", False))
    }
    report, files = made["C.UTF-8"]
    assert "größe" in report and len(files) > 20  # the report tells the config
    assert all(name in files["evaluation/full/digits-cnn.csv"].decode() for name in CLASSES)
    for name in ("en_US", "zh_CN"):
        other, others = made[name]
        assert "größe" in other, name
        assert others == files, [key for key in files if files[key] != others.get(key)]


def test_every_file_and_process_is_read_and_written_as_utf_8():
    """By ruff's rule for open and what it knows as a Path; the rest by a look at each call."""
    command = [Path(sys.executable).with_name("ruff"), "check", "--preview", "--select", "PLW1514"]
    done = subprocess.run(
        [*command, "--no-cache", "workflow", "benchmarks", "tests"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    calls = 0
    for path in [*(ROOT / "workflow").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            options = {option.arg for option in call.keywords}
            if "text" in options or getattr(call.func, "attr", "") in ("read_text", "write_text"):
                calls += 1
                assert "encoding" in options, f"{path}:{call.lineno}: a text without its encoding"
    assert calls >= 30
