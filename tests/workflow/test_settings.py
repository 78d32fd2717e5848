"""The config as typed values, and the schema that is made from their classes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from hardness.scoring import guide
from study import owndata, schema
from study.config import ConfigError, Names, check
from study.plan import Plan
from study.problems import problems_of
from study.settings.recipe import Constant, Recipe, Sgd, Steps
from study.settings.source import ImageFolder, Subset
from study.settings.study import Study

PROJECT = Path(__file__).resolve().parents[2]
THERE = Names(
    estimators=("aum", "el2n"),
    over=("none", "smote"),
    under=("none", "easy"),
    models={"lenet": ("init", "widths"), "mine": ("init", "dropout")},
    parts={
        "head": {"linear": ()},
        "objective": {"cross-entropy": ()},
        "sampler": {"permutation": ()},
    },
    observers=("dynamics",),
    replaces=frozenset(),
)
CONFIG = """\
study: {datasets: [small]}
recipes:
  quick:
    batch_size: 32
    model: {name: lenet, widths: [6, 16]}
    epochs: 10
    optimizer: {name: sgd, momentum: 0.9, lr: 1}
  mine:
    model: {name: mine, dropout: [0.1, 2]}
    epochs: 1
    batch_size: 1
    optimizer: {name: adam, lr: 0.5}
    schedule: {name: steps}
datasets:
  small:
    recipe: quick
    source: {kind: subset, of: photos, test: 100, train: 500}
    estimators: [aum, el2n]
    resampling:
      - {over: [none, smote], alphas: [1, 2.5], rhos: [2], recipes: [mine], draws: 3}
    pruning:
      - {levels: [dlp], rates: [10, 50]}
  photos:
    source: {kind: image-folder, path: photos, size: [24, 32]}
    recipe: quick
    estimators: [aum]
"""


def config() -> dict:
    return yaml.safe_load(CONFIG)


def study_of(content: dict) -> Study:
    return Plan(check(content, there=THERE)).study


def message_of(content: dict) -> str:
    with pytest.raises(ConfigError) as error:
        check(content, there=THERE)
    return str(error.value)


# Typed values


def test_a_config_becomes_values_of_the_classes_that_its_kinds_and_names_ask_for():
    study = study_of(config())
    assert study.study.datasets == ("small",)
    small = study.datasets["small"]
    assert small.source == Subset(kind="subset", of="photos", train=500, test=100, seed=0)
    assert isinstance(study.datasets["photos"].source, ImageFolder)
    assert study.datasets["photos"].source.size == (24, 32)
    assert (small.ensembles.hardness, small.paper_estimator, small.margin) == (10, "aum", None)
    (grid,) = small.resampling
    assert (grid.under, grid.alphas, grid.recipes, grid.draws) == (
        ("none",),
        (1, 2.5),
        ("mine",),
        3,
    )
    quick, mine = study.recipes["quick"], study.recipes["mine"]
    assert isinstance(quick.optimizer, Sgd) and quick.optimizer.weight_decay == 0
    assert quick.schedule == Constant(name="constant")
    assert mine.schedule == Steps(name="steps", at=(0.3, 0.6, 0.8), factor=0.2)
    assert mine.model.model_extra == {"dropout": [0.1, 2]}


def test_a_value_never_changes_and_equal_ones_have_one_hash():
    first, second = (study_of(config()).datasets["small"] for _ in range(2))
    with pytest.raises(ValidationError, match="frozen"):
        first.recipe = "mine"
    with pytest.raises(ValidationError, match="frozen"):
        first.source.train = 1
    assert first is not second and len({first, second}) == 1


def test_a_number_stays_as_it_is_written():
    study = study_of(config())
    assert repr(study.recipes["quick"].optimizer.lr) == "1", "not 1.0: it is in the store's keys"
    assert repr(study.datasets["small"].resampling[0].alphas) == "(1, 2.5)"


def test_what_a_recipe_leaves_to_the_model_is_in_no_dump():
    study = study_of(config())
    assert study.recipes["quick"].model.model_dump() == {"name": "lenet", "widths": (6, 16)}


def test_the_checked_config_and_the_typed_values_hold_the_same():
    checked, study = check(config(), there=THERE), study_of(config())
    assert json.loads(json.dumps(study.model_dump())) == checked


def test_the_checked_config_keeps_the_order_of_its_keys_and_adds_the_defaults_after_them():
    quick = check(config(), there=THERE)["recipes"]["quick"]
    assert list(quick)[:4] == ["batch_size", "model", "epochs", "optimizer"]
    others = [key for key in Recipe.model_fields if key not in list(quick)[:4]]
    others.remove("views")  # left out: as the data are
    assert list(quick)[4:] == others
    assert json.dumps(quick["optimizer"]) == (
        '{"name": "sgd", "momentum": 0.9, "lr": 1, "nesterov": false, "weight_decay": 0}'
    )


def test_a_wrong_config_gets_the_same_defaults_for_what_is_looked_at_beyond_its_keys():
    filled = config()
    owndata.fill(filled)
    problems, usable = problems_of({**filled, "stduy": {}})
    assert [where for where, _ in problems] == [("stduy",)]
    assert json.dumps(usable) == json.dumps(check(config(), there=THERE))


# Messages


def test_an_unknown_key_among_numbers_is_told_like_any_other():
    content = config()
    content["datasets"]["small"]["ensembles"] = {"stability": 4, "hardnes": "eight"}
    assert message_of(content) == (
        "the config: datasets.small.ensembles.hardnes: unknown key 'hardnes': did you mean "
        "'hardness'?"
    )


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ([32], "found the list [32], expected a whole number of at least 1, or two of them"),
        ([32, 0], "found the list [32, 0], expected a whole number of at least 1, or two of them"),
        (0, "found 0, expected a whole number of at least 1, or two of them"),
    ],
    ids=str,
)
def test_a_wrong_size_is_told_once_whatever_it_could_have_been(size, expected):
    content = config()
    content["datasets"]["photos"]["source"]["size"] = size
    assert message_of(content) == f"the config: datasets.photos.source.size: {expected}"


@pytest.mark.parametrize(
    ("recipes", "expected"),
    [
        ("mine", "recipes: found 'mine', expected a list of at least one; write ['mine']"),
        ([], "recipes: found the list [], expected a list of at least one"),
        ([3], "recipes[0]: found 3, expected text"),
    ],
    ids=str,
)
def test_a_list_that_may_be_null_is_told_like_any_other(recipes, expected):
    content = config()
    content["datasets"]["small"]["resampling"][0]["recipes"] = recipes
    assert message_of(content) == f"the config: datasets.small.resampling[0].{expected}"


def test_a_key_named_like_the_kind_is_an_unknown_key():
    content = config()
    content["datasets"]["small"]["source"]["subset"] = 1
    assert "datasets.small.source.subset: unknown key 'subset': known are kind, of" in message_of(
        content
    )


# The schema's file


def test_what_is_made_from_code_is_in_step_with_it():
    made = schema.made()
    assert {file.name for file in made} >= {"config.schema.yaml", "estimators.md", "config.md"}
    for file, written in made.items():
        assert file.read_text(encoding="utf-8") == written, "make schema"


def test_the_page_on_keys_has_every_key_and_default_of_the_schema():
    page = schema.made()[schema.ROOT / "docs" / "config.md"]

    def walk(node):
        if isinstance(node, dict):
            for name, part in node.get("properties", {}).items():
                found = re.search(rf"^\| `(?:\S+\.)?{name}` \| (.*) \|$", page, re.MULTILINE)
                if "const" not in part and f", {name}:" not in page:
                    assert found, name
            for part in node.values():
                walk(part)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    walk(schema.schema())
    assert "| `epochs` | Passes over as many samples as the training set holds. |" in page
    assert "| `factor` | The factor. | a number above 0 | `0.2` |" in page


def test_the_schemas_file_holds_the_schema():
    assert yaml.safe_load(schema.text()) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema.schema(),
    }


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "study.schema", *arguments]
    return subprocess.run(
        command, cwd=PROJECT / "workflow", capture_output=True, text=True, encoding="utf-8"
    )


def test_the_command_says_whether_the_file_is_in_step(tmp_path, monkeypatch, capsys):
    file, page = tmp_path / "config.schema.yaml", tmp_path / "docs" / "estimators.md"
    monkeypatch.setattr(schema, "FILE", file)
    monkeypatch.setattr(schema, "ROOT", tmp_path)
    page.parent.mkdir()
    (tmp_path / "config").mkdir()
    assert schema.main([]) == 0
    assert schema.main(["--check"]) == 0
    file.write_text(file.read_text().replace("default: data", "default: files"))
    assert schema.main(["--check"]) == 1
    assert capsys.readouterr().err.startswith(f"{file}: out of date: run make schema")
    page.write_text("")
    assert schema.main([]) == 0
    assert file.read_text() == schema.text() and page.read_text() == guide.markdown()


def test_the_command_runs_by_itself():
    assert run("--check").returncode == 0
    wrong = run("--chek")
    assert wrong.returncode == 2 and "usage: python -m study.schema [--check]" in wrong.stderr
