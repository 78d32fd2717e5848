"""`python -m hardness`: blocks trained without Snakemake."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from toy_block import DATA, FULL, SGD, contents, run

from hardness import __main__ as command_line
from hardness.data import datasets

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments, **options):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow"), "HARDNESS_DEVICE": "cpu"}
    return subprocess.Popen(
        [sys.executable, "-m", "hardness", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8", **options,
    )  # fmt: skip


def test_the_command_says_what_it_takes():
    out, _ = (process := command("--help")).communicate(timeout=60)
    assert process.returncode == 0 and "python -m hardness" in out
    assert all(
        option in out
        for option in ("--data", "--set", "--recipe", "--members", "--record", "--store")
    )


def test_the_command_trains_the_same_block_also_when_it_is_stopped(tmp_path):
    """SIGTERM in the midst: not 0, and the next run resumes; key and bits are those of this
    process.
    """
    recipe = SGD | {"epochs": 40, "members_per_job": 2}
    datasets.save(tmp_path / "data.npz", DATA)
    datasets.save_set(tmp_path / "full.npz", FULL)
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    folder = tmp_path / "store"
    files = {"data": "data.npz", "set": "full.npz", "recipe": "recipe.json", "store": "store"}
    arguments = [f"--{option}={tmp_path / file}" for option, file in files.items()]
    process = command(*arguments, "--members=3", "--record")
    for line in process.stdout:
        if line.startswith("epoch 5/40"):
            process.send_signal(signal.SIGTERM)
            break
    _, errors = process.communicate(timeout=60)
    assert process.returncode not in (0, -signal.SIGTERM) and "stopped by SIGTERM" in errors
    assert not list(folder.glob("*/test.npz")) and len(list(folder.glob("*/resume.npz"))) == 1
    out, errors = (process := command(*arguments, "--members=3", "--record")).communicate(
        timeout=60
    )
    assert process.returncode == 0, errors
    assert "training resumes after step" in out
    entries = [run(tmp_path / "here", recipe, seeds) for seeds in ([0, 1], [2])]
    assert sorted(path.name for path in folder.iterdir()) == sorted(entry.name for entry in entries)
    for entry in entries:
        assert str(folder / entry.name) in out.splitlines()
        assert contents(folder / entry.name) == contents(entry)


def call(folder, monkeypatch, recipe):
    """The command with a recipe's file, in this process, on a set of one draw."""
    datasets.save(folder / "data.npz", DATA)
    datasets.save_set(folder / "full.npz", FULL)
    options = {
        "data": folder / "data.npz",
        "set": folder / "full.npz",
        "recipe": recipe,
        "store": folder / "store",
    }
    words = [f"--{option}={value}" for option, value in options.items()]
    monkeypatch.setattr(sys, "argv", ["hardness", *words, "--members=3", "--record"])
    monkeypatch.setenv("HARDNESS_DEVICE", "cpu")
    command_line.main()


def test_the_recipe_may_be_the_json_beside_a_jobs_log(tmp_path, monkeypatch):
    file = tmp_path / "block-0.json"
    job = {
        "input": {"all": []},
        "params": {"set": "full", "recipe": SGD, "seeds": [0, 1, 2]},
        "gpu": 0,
    }
    file.write_text(json.dumps(job))
    call(tmp_path, monkeypatch, file)
    assert [entry.name for entry in (tmp_path / "store").iterdir()] == [run(tmp_path / "here").name]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            json.dumps({key: SGD[key] for key in SGD if key not in ("threads", "augment")}),
            "lacks augment, threads; expected",
        ),
        (
            json.dumps({"params": {"set": "full", "recipe": "digits-cnn"}}),
            "lacks model, head, .*, threads; expected",
        ),
        (json.dumps({"params": {"seeds": [0]}}), "lacks model, head, .*, threads; expected"),
        ("[1]", "lacks model, head, .*, threads; expected"),
        ("model: {name: lenet}", "cannot be read as json"),
        (None, "cannot be read as json: .*No such file"),
    ],
)
def test_a_recipe_that_is_not_complete_is_refused_by_its_file_and_keys(
    tmp_path, monkeypatch, capsys, content, said
):
    file = tmp_path / "a recipe.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SystemExit) as stop:
        call(tmp_path, monkeypatch, file)
    assert stop.value.code == 2 and not (tmp_path / "store").exists()
    assert re.search(f"--recipe: {re.escape(str(file))} .*{said}", capsys.readouterr().err)


def test_the_keys_of_a_complete_recipe_are_the_schemas():
    schema = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text())
    keys = set(schema["$defs"]["recipe"]["properties"])
    assert set(command_line.RECIPE) == keys - {"views"}, "left out, views are those of the inputs"
