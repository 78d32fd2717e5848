"""The config: every error is reported with its key, what was found, what was expected and the
nearest valid name.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from hardness.data.spaces import FEATURES, PCA, PIXELS
from hardness.scoring.parts import ESTIMATORS
from study.config import SCHEMA, ConfigError, Names, check, names, read_strictly
from study.settings.dataset import DATA_BASED, Neighbours

PROJECT = Path(__file__).resolve().parents[2]
THERE = Names(
    estimators=("aum", "el2n", "true-logit"),
    over=("none", "random", "smote"),
    under=("none", "easy"),
    models={
        "lenet": ("init", "widths"),
        "resnet-cifar": ("init", "depth"),
        "mine": ("init", "dropout"),
    },
    parts={
        "head": {"linear": ()},
        "objective": {"cross-entropy": (), "focal": ("gamma",)},
        "sampler": {"permutation": (), "class-balanced": (), "mine": ()},
    },
    observers=("dynamics", "pass"),
    replaces=frozenset({"class-balanced"}),
    reads={"mine": "pass"},
    views=("images", "twins"),
)
GOOD = """\
study:
  datasets: [small]
recipes:
  quick:
    model: {name: lenet}
    epochs: 10
    batch_size: 32
    optimizer: {name: sgd, lr: 0.1, momentum: 0.9}
    schedule: {name: steps, at: [0.3, 0.6], factor: 0.2}
datasets:
  small:
    source: {kind: subset, of: large, train: 500, test: 100}
    recipe: quick
    ensembles: {stability: 4}
    estimators: [aum, el2n]
    resampling:
      - {over: [none, smote], under: [none, easy], alphas: [1, 3], rhos: [2]}
    pruning:
      - {levels: [dlp, random], rates: [10, 50]}
  large:
    source: {kind: mnist}
    recipe: quick
    estimators: [aum]
"""


def message_of(text: str, tmp_path: Path) -> str:
    """What `check` says of a config file with this text, as Snakemake would hand it over."""
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        check(yaml.safe_load(text), [file], there=THERE)
    return str(error.value).replace(str(file), "FILE")


def edited(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is not exactly once in the good config"
        text = text.replace(old, new)
    return text


GRID = "{over: [none, smote], under: [none, easy], alphas: [1, 3], rhos: [2]}"
PRUNE = "{levels: [dlp, random], rates: [10, 50]}"
SCHEDULES = "constant or steps or cosine or one-cycle"
KINDS = (
    "digits or mnist or kmnist or fashionmnist or cifar10 or cifar100 or subset or denoised or "
    "parity or long-tailed or noisy or noisy-images"
    " or whole or image-folder or table or arrays or recorded"
)
SUBSET = "{kind: subset, of: large, train: 500, test: 100}"

ONE_MISTAKE = {
    "unknown key": (
        ("ensembles: {", "enembles: {"),
        "datasets.small.enembles: unknown key 'enembles': did you mean 'ensembles'?",
    ),
    "unknown key at the top": (
        ("study:\n", "stduy: {}\nstudy:\n"),
        "stduy: unknown key 'stduy': did you mean 'study'?",
    ),
    "unknown key in a grid": (
        ("rhos: [2]", "rho: [2]"),
        "resampling[0].rho: unknown key 'rho': did you mean 'rhos'?",
    ),
    "unknown key in an optimizer": (
        ("momentum: 0.9", "momentun: 0.9"),
        "recipes.quick.optimizer.momentun: unknown key 'momentun': did you mean 'momentum'?",
    ),
    "key of another optimizer": (
        ("{name: sgd, lr: 0.1, momentum: 0.9}", "{name: adam, lr: 0.1, momentum: 0.9}"),
        "optimizer.momentum: unknown key 'momentum': known are name, lr, weight_decay",
    ),
    "key of another source": (
        ("source: {kind: mnist}", "source: {kind: mnist, test_share: 0.2}"),
        "datasets.large.source.test_share: unknown key 'test_share': known are kind",
    ),
    "key missing": (
        ("    epochs: 10\n", ""),
        "recipes.quick.epochs: missing, expected a whole number of at least 1",
    ),
    "kind missing": (
        ("{kind: mnist}", "{}"),
        f"datasets.large.source.kind: missing, expected {KINDS}",
    ),
    "nothing of a recipe": (
        ("model: {name: lenet}", "model:"),
        "recipes.quick.model: found nothing, expected keys with",
    ),
    "key twice": (
        ("    estimators: [aum]\n", "    estimators: [aum]\n    recipe: quick\n"),
        "datasets.large.recipe: key 'recipe' is given twice, on lines 22 and 24; keep one",
    ),
    "key three times": (
        ("ensembles: {stability: 4}", "ensembles: {recall: 1, recall: 2, recall: 3}"),
        "recall: key 'recall' is given 3 times, on lines 14 and 14 and 14; keep one",
    ),
    "text for a number": (
        ("epochs: 10", "epochs: ten"),
        "recipes.quick.epochs: found 'ten', expected a whole number of at",
    ),
    "float for a whole number": (
        ("epochs: 10", "epochs: 10.0"),
        "recipes.quick.epochs: found 10.0, expected a whole number",
    ),
    "true for a number": (
        ("epochs: 10", "epochs: yes"),
        "recipes.quick.epochs: found true, expected a whole number",
    ),
    "too small": (
        ("epochs: 10", "epochs: 0"),
        "recipes.quick.epochs: found 0, expected a whole number of at least 1",
    ),
    "not a number": (
        ("lr: 0.1", "lr: .nan"),
        "recipes.quick.optimizer.lr: found nan, expected a number above 0",
    ),
    "infinite": (
        ("alphas: [1, 3]", "alphas: [.inf]"),
        "alphas[0]: found inf, expected a number of at least 0",
    ),
    "1e-1": (
        ("lr: 0.1", "lr: 1e-1"),
        "optimizer.lr: found 1e-1 on line 8, expected a number; YAML reads 1e-1 as text: write "
        "1.0e-1 or 0.1",
    ),
    "5E3": (
        ("epochs: 10", "epochs: 5E3"),
        "found 5E3 on line 6, expected a number; YAML reads 5E3 as text: write 5.0e+3 or",
    ),
    "1e-1 in quotes": (
        ("lr: 0.1", "lr: '1e-1'"),
        "optimizer.lr: found '1e-1', expected a number above 0; YAML reads 1e-1 as text: write "
        "1.0e-1 or 0.1",
    ),
    "one for a list": (
        ("alphas: [1, 3]", "alphas: 3"),
        "datasets.small.resampling[0].alphas: found 3, expected a list; write [3]",
    ),
    "keys for a list": (
        (f"- {PRUNE}", PRUNE),
        "datasets.small.pruning: found keys with values (levels, rates), expected a list",
    ),
    "list for keys": (
        ("{stability: 4}", "[4]"),
        "small.ensembles: found the list [4], expected keys with values",
    ),
    "no as a name": (
        ("under: [none, easy]", "under: [no, easy]"),
        "under[0]: found false, expected text; YAML reads yes, no",
    ),
    "empty list": (
        ("estimators: [aum]\n", "estimators: []\n"),
        "found the list [], expected a list of at least one",
    ),
    "alpha below 0": (
        ("alphas: [1, 3]", "alphas: [1, -3]"),
        "alphas[1]: found -3, expected a number of at least 0",
    ),
    "rho below 1": (
        ("rhos: [2]", "rhos: [0.5]"),
        "rhos[0]: found 0.5, expected a number of at least 1",
    ),
    "alpha twice": (
        ("alphas: [1, 3]", "alphas: [3, 1, 3.0]"),
        "alphas: found 3.0 more than once, expected each once",
    ),
    "estimator twice": (
        ("[aum, el2n]", "[aum, aum]"),
        "estimators: found 'aum' more than once, expected each once",
    ),
    "rate 100": (
        ("rates: [10, 50]", "rates: [10, 100]"),
        "rates[1]: found 100, expected a whole number from 1 to 99",
    ),
    "rate 12.5": (
        ("rates: [10, 50]", "rates: [12.5]"),
        "rates[0]: found 12.5, expected a whole number from 1 to 99",
    ),
    "unknown level": (
        ("[dlp, random]", "[dpl]"),
        "levels[0]: found 'dpl', expected dlp or clp or hardest or random; did you mean 'dlp'",
    ),
    "unknown schedule": (
        ("{name: steps, at: [0.3, 0.6], factor: 0.2}", "{name: cosin}"),
        f"recipes.quick.schedule.name: found 'cosin', expected {SCHEDULES}; did you mean 'cosine'?",
    ),
    "unknown kind": (
        ("{kind: mnist}", "{kind: mnits}"),
        f"source.kind: found 'mnits', expected {KINDS}; did you mean 'mnist' or 'kmnist' or "
        f"'noisy'?",
    ),
    "share of 1": (
        ("at: [0.3, 0.6]", "at: [0.3, 1]"),
        "at[1]: found 1, expected a number above 0 and below 1",
    ),
    "draws": (
        ("rhos: [2]}", "rhos: [2], draws: per-memebr}"),
        "draws: found 'per-memebr', expected a whole number of at least 1, or per-member",
    ),
    "falling shares": (
        ("at: [0.3, 0.6]", "at: [0.6, 0.3]"),
        "schedule.at: found the list [0.6, 0.3], expected rising shares",
    ),
    "nesterov without momentum": (
        ("momentum: 0.9", "nesterov: true"),
        "recipes.quick.optimizer.momentum: found 0, expected a number above 0, because nesterov is "
        "true",
    ),
    "probe after the end": (
        ("epochs: 10\n", "epochs: 10\n    probe_epoch: 11\n"),
        "recipes.quick.probe_epoch: found 11, expected a whole number from 1 to 10",
    ),
    "unknown data set": (
        ("datasets: [small]", "datasets: [smal]"),
        "study.datasets[0]: found 'smal', expected a data set of this config: did you mean "
        "'small'?",
    ),
    "unknown recipe": (
        ("recipe: quick\n    ensembles", "recipe: quik\n    ensembles"),
        "datasets.small.recipe: found 'quik', expected a recipe of this config: did you mean "
        "'quick'?",
    ),
    "unknown model": (
        ("{name: lenet}", "{name: resnet_cifar}"),
        "recipes.quick.model.name: found 'resnet_cifar', expected a model (a file of "
        "hardness/training/models): did you mean "
        "'resnet-cifar'?",
    ),
    "option of another model": (
        ("{name: lenet}", "{name: lenet, depth: 20}"),
        "recipes.quick.model.depth: unknown option 'depth' of lenet: known are init, widths",
    ),
    "unknown objective": (
        ("    epochs: 10", "    objective: {name: focall}\n    epochs: 10"),
        "recipes.quick.objective.name: found 'focall', expected an objective (a file of "
        "hardness/training/objectives): did you mean 'focal'?",
    ),
    "option of another objective": (
        ("    epochs: 10", "    objective: {name: focal, beta: 0.9}\n    epochs: 10"),
        "recipes.quick.objective.beta: unknown option 'beta' of focal: known are gamma",
    ),
    "unknown head": (
        ("    epochs: 10", "    head: {name: linera}\n    epochs: 10"),
        "recipes.quick.head.name: found 'linera', expected a head (a file of "
        "hardness/training/heads): did you mean 'linear'?",
    ),
    "a sampler without what it reads": (
        ("    epochs: 10", "    sampler: {name: mine}\n    epochs: 10"),
        "recipes.quick.observe: found 'dynamics', expected pass, which the sampler mine reads",
    ),
    "unknown observer": (
        ("    epochs: 10", "    observe: passes\n    epochs: 10"),
        "recipes.quick.observe: found 'passes', expected an observer (a file of "
        "hardness/training/observers): did you mean 'pass'?",
    ),
    "unknown observer among some": (
        ("    epochs: 10", "    observe: [dynamics, passes]\n    epochs: 10"),
        "recipes.quick.observe[1]: found 'passes', expected an observer (a file of "
        "hardness/training/observers): did you mean 'pass'?",
    ),
    "no observer": (
        ("    epochs: 10", "    observe: 3\n    epochs: 10"),
        "recipes.quick.observe: found 3, expected an observer (a file of "
        "hardness/training/observers), or a list of some",
    ),
    "unknown views": (
        ("    epochs: 10", "    views: twin\n    epochs: 10"),
        "recipes.quick.views: found 'twin', expected a view (a file of hardness/training/views): "
        "did you mean 'twins'?",
    ),
    "dynamics without every sample": (
        (
            "datasets:\n",
            "  again:\n    model: {name: lenet}\n    epochs: 1\n    batch_size: 1\n"
            "    optimizer: {name: adam, lr: 0.1}\n    sampler: {name: class-balanced}\ndatasets:\n"
            "  other: {source: {kind: mnist}, recipe: again, estimators: [aum, el2n]}\n",
        ),
        "datasets.other.recipe: found again, whose sampler class-balanced does not show every "
        "sample in every epoch, expected a recipe that does: aum, el2n need it",
    ),
    "unknown estimator": (
        ("[aum, el2n]", "[aum, el2n, true_logit]"),
        "datasets.small.estimators[2]: found 'true_logit', expected an estimator (a file of "
        "hardness/scoring/estimators): "
        "did you mean 'true-logit'?",
    ),
    "unknown over": (
        ("over: [none, smote]", "over: [none, smotte]"),
        "datasets.small.resampling[0].over[1]: found 'smotte', expected none or a sampler (a file "
        "of "
        "hardness/sets/oversamplers): did you mean 'smote'?",
    ),
    "unknown under": (
        ("under: [none, easy]", "under: [none, smote]"),
        "resampling[0].under[1]: found 'smote', expected none or a sampler (a file of "
        "hardness/sets/undersamplers): "
        "known are none, easy",
    ),
    "paper estimator not computed": (
        ("estimators: [aum, el2n]", "estimators: [el2n]"),
        "datasets.small.paper_estimator: found 'aum', expected one of datasets.small.estimators: "
        "known are el2n",
    ),
    "grid's estimator not computed": (
        ("rhos: [2]}", "rhos: [2], estimator: el2m}"),
        "datasets.small.resampling[0].estimator: found 'el2m', expected one of "
        "datasets.small.estimators: did you mean "
        "'el2n'?",
    ),
    "pruning's estimator not computed": (
        ("rates: [10, 50]}", "rates: [10, 50], estimator: true-logit}"),
        "datasets.small.pruning[0].estimator: found 'true-logit', expected one of "
        "datasets.small.estimators",
    ),
    "more members than trained": (
        ("rhos: [2]}", "rhos: [2], members: 11}"),
        "datasets.small.resampling[0].members: found 11, expected at most 10: the largest of "
        "datasets.small.ensembles "
        "is trained on full",
    ),
    "ensemble of none": (
        ("{stability: 4}", "{stability: 0}"),
        "stability: found 0, expected a whole number of at least 1",
    ),
    "removed by a text": (
        (SUBSET, "{kind: denoised, of: large, remove: many}"),
        "remove: found 'many', expected a whole number of at least 1, a share between 0 and 1, "
        "negative, or elbow",
    ),
    "removed by an estimator that the base has not": (
        (SUBSET, "{kind: denoised, of: large, estimator: el2n, remove: 10}"),
        "datasets.small.source.estimator: found 'el2n', expected one of "
        "datasets.large.estimators: known are aum",
    ),
    "a flip of all": (
        (SUBSET, "{kind: noisy, of: large, rate: 1}"),
        "source.rate: found 1, expected a number above 0 and below 1",
    ),
    "a long tail upside down": (
        (SUBSET, "{kind: long-tailed, of: large, ratio: 0.1}"),
        "source.ratio: found 0.1, expected a number of at least 1",
    ),
    "a folder of images without its path": (
        (SUBSET, "{kind: image-folder, size: 32}"),
        "datasets.small.source.path: missing, expected text",
    ),
    "a size of three": (
        (SUBSET, "{kind: image-folder, path: photos, size: [32, 32, 3]}"),
        "source.size: found the list [32, 32, 3], expected a whole number of at least 1, or two "
        "of them",
    ),
    "an unknown recipe in a grid": (
        (GRID, GRID.replace("rhos", "recipes: [quik], rhos")),
        "resampling[0].recipes[0]: found 'quik', expected a recipe of this config: did you mean "
        "'quick'?",
    ),
    "claims of another paper": (
        ("    ensembles: {", "    stands_for: svhn\n    ensembles: {"),
        "datasets.small.stands_for: found 'svhn', expected cifar10 or cifar100 or cifar100-clean",
    ),
    "a margin in percent": (
        ("    ensembles: {", "    margin: 5\n    ensembles: {"),
        "datasets.small.margin: found 5, expected a number above 0 and below 1",
    ),
    "a whole that is not there": (
        ("    ensembles: {", "    whole: lagre\n    ensembles: {"),
        "datasets.small.whole: found 'lagre', expected a data set of this config: did you mean "
        "'large'?",
    ),
    "a whole that is another's": (
        ("    ensembles: {", "    whole: large\n    ensembles: {"),
        "datasets.small.whole: found large, expected a data set whose source is {kind: whole, of: "
        "small}",
    ),
    "derived from nothing": (
        ("of: large", "of: lagre"),
        "datasets.small.source.of: found 'lagre', expected a data set of this config: did you "
        "mean 'large'?",
    ),
    "derived from itself": (
        ("of: large", "of: small"),
        "datasets.small.source.of: circular (small -> small), expected a",
    ),
    "derived in a circle": (
        ("{kind: mnist}", "{kind: subset, of: small, train: 9, test: 9}"),
        "datasets.small.source.of: circular (small -> large -> small), expected a data set not "
        "made from this one",
    ),
    "none with none": (
        (GRID, "{over: [none], alphas: [1]}"),
        "datasets.small.resampling[0]: over and under are both none, expected another sampler in "
        "one of them",
    ),
    "no size": (
        (GRID, "{over: [smote]}"),
        "resampling[0]: alphas and rhos are both empty, expected a number in one of them",
    ),
    "one set, two draws": (
        (GRID, GRID + "\n      - {over: [smote], rhos: [2, 4], draws: 3}"),
        "resampling[1].draws: found 3, expected per-member: datasets.small.resampling[0] has the "
        "same sets",
    ),
    "one random set, two draws": (
        (PRUNE, PRUNE + "\n      - {levels: [random], rates: [50], estimator: el2n, draws: 1}"),
        "pruning[1].draws: found 1, expected per-member: datasets.small.pruning[0] has the same "
        "sets",
    ),
    "name of a target": (
        (
            "\n  large:",
            "\n  figures: {source: {kind: mnist}, recipe: quick, estimators: [aum]}\n  large:",
        ),
        "datasets.figures: found a target's name, expected a name other than all,",
    ),
    "name with a dot": (
        (
            "\n  large:",
            "\n  mnist.small: {source: {kind: mnist}, recipe: quick, estimators: [aum]}\n  large:",
        ),
        "datasets.mnist.small: found 'mnist.small', expected a name of lower-case letters and "
        "digits",
    ),
    "recipe's name with an underscore": (
        (
            "\n  quick:",
            "\n  le_net: {model: {name: lenet}, epochs: 1, batch_size: 1, optimizer: {name: adam, "
            "lr: 0.1}}\n  quick:",
        ),
        "recipes.le_net: found 'le_net', expected a name of lower-case letters and digits",
    ),
    "name that YAML reads as a number": (
        ("\n  large:", "\n  10: {source: {kind: mnist}, recipe: quick}\n  large:"),
        "datasets.10: YAML reads this key as 10, expected text: put it in quotes",
    ),
}


@pytest.mark.parametrize("mistake", ONE_MISTAKE)
def test_a_mistake_is_named(mistake, tmp_path):
    change, expected = ONE_MISTAKE[mistake]
    message = message_of(edited(change), tmp_path)
    assert message.startswith("FILE: ")
    assert expected in message
    assert "\n" not in message, "one mistake, one problem"


def test_all_mistakes_are_listed_at_once(tmp_path):
    text = edited(
        ("epochs: 10", "epochs: ten"),
        ("recipe: quick\n    ensembles", "recipe: quik\n    enembles"),
        ("lr: 0.1", "lr: 1e-1"),
        ("alphas: [1, 3]", "alphas: [1, true, 1]"),
        ("of: large", "of: lagre"),
    )
    first, *problems = message_of(text, tmp_path).splitlines()
    assert first == f"FILE: {len(problems)} problems"
    keys = [re.match(r"  (\S+): ", problem)[1] for problem in problems]
    assert sorted(keys) == [
        "datasets.small.enembles",
        "datasets.small.recipe",
        "datasets.small.resampling[0].alphas",
        "datasets.small.resampling[0].alphas[1]",
        "datasets.small.source.of",
        "recipes.quick.epochs",
        "recipes.quick.optimizer.lr",
    ]


@pytest.mark.parametrize("key", ["data_dir", "study", "recipes", "datasets"])
@pytest.mark.parametrize(
    "value", [None, True, 3, "x", [], [None], {"small": None}, {"x": [1]}], ids=str
)
def test_whatever_stands_at_a_key_the_answer_is_a_message(key, value, tmp_path):
    config = {**yaml.safe_load(GOOD), key: value}
    if (key, value) == ("data_dir", "x"):
        assert check(config, there=THERE)["data_dir"] == "x"
        return
    with pytest.raises(ConfigError, match=key):
        check(config, there=THERE)


def places(value: Any, where: tuple = ()) -> Iterator[tuple]:
    """Every place in a config."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*where, key)
        if isinstance(item, dict | list):
            yield from places(item, (*where, key))


@pytest.mark.parametrize(
    "value", [{"unknown": 1}, ["unknown", ["x"]], -1.5, "unknown name"], ids=str
)
@pytest.mark.parametrize(
    "where", list(places(yaml.safe_load(GOOD))), ids=lambda where: ".".join(map(str, where))
)
def test_a_wrong_value_anywhere_is_found(where, value):
    config = yaml.safe_load(GOOD)
    holder = config
    for part in where[:-1]:
        holder = holder[part]
    holder[where[-1]] = value
    with pytest.raises(ConfigError) as error:
        check(config, there=THERE)
    assert str(where[-1]) in str(error.value)


def test_defaults_of_a_recipe_are_filled_in_at_all_depths():
    assert check(yaml.safe_load(GOOD), there=THERE)["recipes"]["quick"] == {
        "model": {"name": "lenet"},
        "head": {"name": "linear"},
        "objective": {"name": "cross-entropy"},
        "sampler": {"name": "permutation"},
        "observe": "dynamics",
        "epochs": 10,
        "batch_size": 32,
        "optimizer": {
            "name": "sgd",
            "lr": 0.1,
            "momentum": 0.9,
            "nesterov": False,
            "weight_decay": 0,
        },
        "schedule": {"name": "steps", "at": [0.3, 0.6], "factor": 0.2},
        "augment": {"shift": 0, "flip": False, "pad": "black"},
        "precision": "float32",
        "device": "any",
        "probe_epoch": None,
        "members_per_job": 1,
        "threads": 1,
    }


def test_defaults_of_data_sets_are_filled_in_at_all_depths():
    given = yaml.safe_load(GOOD)
    config = check(given, there=THERE)
    assert given == yaml.safe_load(GOOD), "the config handed in stays as it is"
    assert config["data_dir"] == "data"
    small, large = config["datasets"]["small"], config["datasets"]["large"]
    assert small["source"] == {
        "kind": "subset",
        "of": "large",
        "train": 500,
        "test": 100,
        "seed": 0,
    }
    assert small["ensembles"] == {"stability": 4, "recall": 10, "hardness": 8, "retraining": 8}
    assert small["resampling"][0] == {
        "over": ["none", "smote"],
        "under": ["none", "easy"],
        "alphas": [1, 3],
        "rhos": [2],
        "estimator": None,
        "members": None,
        "draws": None,
        "recipes": None,
    }
    assert large == {
        "source": {"kind": "mnist"},
        "recipe": "quick",
        "ensembles": {"stability": 20, "recall": 10, "hardness": 8, "retraining": 8},
        "estimators": ["aum"],
        "neighbours": None,
        "unlabelled": None,
        "second_split": None,
        "stands_for": None,
        "whole": None,
        "margin": None,
        "near_duplicates": None,
        "paper_estimator": "aum",
        "resampling": [],
        "pruning": [],
        "folds": [],
        "long_tailed": [],
        "splits": [],
        "stability": {"rates": [10, 20, 30, 40, 50, 60, 70, 80, 90], "orders": 100, "splits": 100},
    }
    assert check(config, there=THERE) == config, "a filled config is filled"


def test_defaults_are_nobodys_shared_lists():
    first = check(yaml.safe_load(GOOD), there=THERE)
    first["datasets"]["large"]["resampling"].append("x")
    first["datasets"]["large"]["stability"]["rates"].clear()
    second = check(yaml.safe_load(GOOD), there=THERE)
    assert second["datasets"]["large"]["resampling"] == []
    for config in (first, second):
        assert config["datasets"]["small"]["stability"]["rates"] == [
            10,
            20,
            30,
            40,
            50,
            60,
            70,
            80,
            90,
        ]


def test_texts_from_the_command_line_are_read_as_in_a_file(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(GOOD)
    config = yaml.safe_load(GOOD)
    config["datasets"]["small"]["resampling"] = [
        {"over": ["smote"], "alphas": ["1", "2.5"], "members": "3"}
    ]
    config["recipes"]["quick"]["optimizer"]["nesterov"] = "true"
    checked = check(config, [file], there=THERE)
    grid = checked["datasets"]["small"]["resampling"][0]
    assert (grid["alphas"], grid["members"], grid["over"]) == ([1, 2.5], 3, ["smote"])
    assert checked["recipes"]["quick"]["optimizer"]["nesterov"] is True
    config["recipes"]["quick"]["epochs"] = "many"
    with pytest.raises(
        ConfigError, match=r"recipes.quick.epochs: found 'many', expected a whole number"
    ):
        check(config, [file], there=THERE)


def test_a_number_in_quotes_in_a_file_stays_a_text(tmp_path):
    assert "epochs: found '10', expected a whole number" in message_of(
        edited(("epochs: 10", "epochs: '10'")), tmp_path
    )


def test_problems_name_the_file_that_they_are_in(tmp_path):
    first, second = tmp_path / "config.yaml", tmp_path / "mine.yaml"
    first.write_text(GOOD)
    second.write_text("data_dir: there\ndata_dir: here\n")
    with pytest.raises(
        ConfigError, match=r"^\S*mine.yaml: data_dir: key 'data_dir' is given twice"
    ):
        check({**yaml.safe_load(GOOD), "data_dir": "here"}, [first, second], there=THERE)


def test_the_projects_own_config_is_right():
    file = PROJECT / "config.yaml"
    config = check(read_strictly(file), [file])
    embedded = ["digits", "digits-noisy", "digits-parity-lt", "digits-unlabelled"]
    assert config["study"]["datasets"] == embedded
    assert config["recipes"]["lenet"]["schedule"] == {"name": "constant"}


# Reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
            "b.c: key 'c' is given twice, on lines 3 and 5; keep one",
        ),
        ("a:\n- {b: 1, b: 2}\n", "a[0].b: key 'b' is given twice, on lines 2 and 2; keep one"),
        (
            "a: [1, -2e5]\n",
            "a[1]: found -2e5 on line 1, expected a number; YAML reads -2e5 as text: write "
            "-2.0e+5 or -200000",
        ),
        ("a: 1.5e3\n", "YAML reads 1.5e3 as text: write 1.5e+3 or 1500"),
        ("a: .5e3\n", "YAML reads .5e3 as text: write 0.5e+3 or 500"),
        ("a: 09\n", "YAML reads 09 as text: write 9"),
        ("a: [1\nb: 2\n", "not valid YAML: line 2, column "),
        ("a:\n\tb: 1\n", "not valid YAML: line 2, column 1: "),
        ("- a\n", "found the list ['a'], expected keys with values"),
        ("a: 1\nb: \xff", "not UTF-8: line 2 has the byte 0xff; save the file as UTF-8"),
        ("? [a]\n: 1\n", "not valid YAML: line 1, column 3: "),
    ],
)
def test_yaml_is_read_strictly(text, expected, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as error:
        read_strictly(file)
    assert str(error.value).startswith(f"{file}: ")
    assert expected in str(error.value)


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "shift_jis", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_config_in_another_encoding_is_said_to_be_so(tmp_path, encoding):
    name = "猫" if encoding == "shift_jis" else "Übung"
    file = tmp_path / "config.yaml"
    file.write_bytes(f"study:\n  # {name}\n  datasets: [a]\n".encode(encoding))
    with pytest.raises(ConfigError, match=r"config\.yaml: not UTF-8: line \d .*save the file as"):
        read_strictly(file)


def test_a_config_may_begin_with_a_mark_of_utf_8(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_bytes("a: Übung 猫\n".encode("utf-8-sig"))
    assert read_strictly(file) == {"a": "Übung 猫"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: 1.0e-1\nb: '1e-1'\nc: 1-2\nd: e5\ne: resnet18\nf: 3\n",
            {"a": 0.1, "b": "1e-1", "c": "1-2", "d": "e5", "e": "resnet18", "f": 3},
        ),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n", {"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}}),
        ("", {}),
    ],
)
def test_what_is_not_odd_is_read_as_ever(text, expected, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    assert read_strictly(file) == expected


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere.yaml: cannot be read: No such file"):
        read_strictly(tmp_path / "nowhere.yaml")


# The schema itself


def keys_of(schema: dict, where: str = "") -> Iterator[tuple[str, dict, bool, dict]]:
    """Every key that the schema knows, at all depths: its place, its schema, whether it must be
    given, its holder.
    """
    for key, sub in schema.get("properties", {}).items():
        yield f"{where}.{key}", sub, key in schema.get("required", ()), schema
        yield from keys_of(sub, f"{where}.{key}")
    for index, branch in enumerate(schema.get("oneOf", ())):
        yield from keys_of(branch, f"{where}|{index}")
    if "items" in schema:
        yield from keys_of(schema["items"], f"{where}[]")
    for name, sub in schema.get("$defs", {}).items():
        yield from keys_of(sub, name)


KEYS = {
    where: (sub, required, holder)
    for where, sub, required, holder in keys_of(yaml.safe_load(SCHEMA.read_text()))
}
# what the model's file says, or what the data are
OWN_DEFAULT_OF_A_PART = {
    "recipe.model.depth", "recipe.model.widths", "recipe.model.init", "recipe.views"
}  # fmt: skip
OPTIONS_OF_ITS_FILE = ("recipe.model.", "recipe.head.", "recipe.objective.", "recipe.sampler.")


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(read_strictly(SCHEMA))


@pytest.mark.parametrize("where", KEYS)
def test_every_key_has_a_description_and_a_default_and_no_unknown_neighbors(where):
    sub, required, holder = KEYS[where]
    assert sub.get("description", "").endswith("."), "a sentence says what the key means"
    if where.startswith(OPTIONS_OF_ITS_FILE):
        return  # a user's own file has its own options, which are looked up in it
    assert holder.get("additionalProperties") is False, "no unknown key beside it"
    assert required != ("default" in sub) or where in OWN_DEFAULT_OF_A_PART, (
        "either it must be given or has a default"
    )
    items = sub.get("items")
    assert items is None or items.get("description", "").endswith(".")


def test_every_default_is_right_by_the_schema_itself():
    root = read_strictly(SCHEMA)
    with_default = [sub for sub, _, _ in KEYS.values() if "default" in sub]
    assert len(with_default) > 30
    for sub in with_default:
        jsonschema.Draft202012Validator({**sub, "$defs": root["$defs"]}).validate(sub["default"])


def test_the_schema_alone_without_our_reading_of_it_accepts_and_refuses_the_same():
    """Another validator (an editor's) reads the same: the good config passes, each structural
    mistake does not.
    """
    plain = jsonschema.Draft202012Validator(read_strictly(SCHEMA))
    assert not list(plain.iter_errors(yaml.safe_load(GOOD)))
    for mistake in (
        "unknown key",
        "key missing",
        "unknown kind",
        "unknown schedule",
        "rate 100",
        "key of another source",
    ):
        change, _ = ONE_MISTAKE[mistake]
        assert list(plain.iter_errors(yaml.safe_load(edited(change)))), mistake


# Names


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({}, "quick, expected a recipe with observe: pass: el2n need it"),
        ({"sampler": {"name": "class-balanced"}}, "expected a recipe that does: aum need it"),
        ({"observe": ["dynamics"]}, "quick, expected a recipe with observe: pass: el2n need it"),
        ({"observe": "pass"}, None),
        ({"observe": ["dynamics", "pass"]}, None),
    ],
)
def test_a_recipe_leaves_what_its_estimators_read(recipe, message):
    config = yaml.safe_load(GOOD)
    config["recipes"]["quick"] |= recipe
    config["datasets"]["small"]["estimators"] = ["aum", "el2n"]
    there = THERE._replace(sources={"el2n": "pass"})
    if message is None:
        check(config, there=there)
    else:
        with pytest.raises(ConfigError, match=f"datasets.small.recipe: found.*{message}"):
            check(config, there=there)


def test_a_data_sets_networks_classify():
    config = yaml.safe_load(GOOD)
    config["recipes"]["quick"] |= {
        "objective": {"name": "barlow-twins"}, "head": {"name": "projector"}, "views": "twins"
    }  # fmt: skip
    with pytest.raises(
        ConfigError, match="small.recipe: found quick, whose objective barlow-twins"
    ):
        check(config)


def test_scores_out_of_fold_need_folds():
    config = yaml.safe_load(GOOD)
    config["datasets"]["small"]["estimators"] += ["margin-out-of-fold"]
    with pytest.raises(ConfigError, match=r"small.folds: found \[\], .* margin-out-of-fold need"):
        check(config)
    config["datasets"]["small"]["folds"] = [2]
    check(config)


def test_a_whole_of_its_data_set_is_right():
    config = yaml.safe_load(GOOD)
    config["datasets"]["small"]["whole"] = "small-whole"
    whole = {"source": {"kind": "whole", "of": "small"}, "recipe": "quick"}
    config["datasets"]["small-whole"] = whole
    check(config)


@pytest.mark.parametrize(
    ("estimators", "asked", "message"),
    [
        (["aum", "el2n"], None, r"small\.neighbours: found null, expected keys.*: el2n read"),
        (
            ["aum"],
            {"estimators": ["el2n", "el3n"]},
            r"neighbours\.estimators\[1\]: found 'el3n'.*el2n",
        ),
        (["aum"], {"estimators": ["aum"]}, r"found 'aum', expected an estimator whose SOURCE is"),
        (
            ["aum", "el2n"],
            {"spaces": ["voxels"]},
            r"neighbours\.spaces\[0\]: found 'voxels', expected",
        ),
        (["aum"], {"k": 0}, r"neighbours\.k: found 0, expected a whole number of at least 1"),
        (["aum", "el2n"], {"k": 5, "estimators": ["el2n"]}, None),
        (["aum"], None, None),
    ],
)
def test_neighbours_are_asked_for_where_they_are_read(estimators, asked, message):
    config = yaml.safe_load(GOOD)
    config["datasets"]["small"] |= {"estimators": estimators, "neighbours": asked}
    there = THERE._replace(sources={"el2n": "neighbours", "aum": "dynamics"})
    if message is None:
        check(config, there=there)
    else:
        with pytest.raises(ConfigError, match=message):
            check(config, there=there)


def test_the_data_based_estimators_are_those_that_read_neighbours():
    reading = [name for name, source in names().sources.items() if source == "neighbours"]
    assert len(DATA_BASED) == len({*DATA_BASED}) and {*DATA_BASED} == {*reading}
    spaces = Neighbours(spaces=[PIXELS, PCA, FEATURES]).spaces
    assert spaces == ("pixels", "pca", "features")


def test_names_are_those_of_the_files():
    assert names().estimators == ESTIMATORS.names()
    assert names().over[0] == names().under[0] == "none"
    folder = PROJECT / "workflow" / "hardness" / "sets" / "oversamplers"
    assert set(names().over[1:]) == {
        file.stem.replace("_", "-") for file in folder.glob("[a-z]*.py")
    }


def test_options_of_a_model_are_the_arguments_that_its_file_takes():
    assert names().models["resnet-cifar"] == ("init", "depth")
    assert "widths" in names().models["lenet"]
    folder = PROJECT / "workflow" / "hardness" / "training" / "models"
    assert set(names().models) == {file.stem.replace("_", "-") for file in folder.glob("[a-z]*.py")}


def test_options_of_the_other_parts_are_the_arguments_that_their_files_take():
    assert names().parts["objective"] == {
        "balanced-softmax": (),
        "barlow-twins": ("lambda",),
        "class-balanced": ("beta",),
        "cross-entropy": (),
        "focal": ("gamma",),
        "ldam": ("largest", "scale", "beta", "deferred"),
    }
    assert names().parts["head"] == {
        "cosine": ("scale",),
        "linear": ("bias", "scale"),
        "normalized": ("groups", "tau", "gamma"),
        "projector": ("dims",),
    }
    assert names().parts["sampler"] == {
        "class-balanced": (),
        "difficulty": ("c", "start", "before"),
        "permutation": (),
        "second-split": (),
        "uniform": (),
    }
    assert names().observers == (
        "dynamics", "features", "input-gradients", "label-gradients", "own-pass", "pass",
        "predictions", "weights",
    )  # fmt: skip
    assert names().views == ("images", "rows", "twins", "unnormalized")
    assert names().unlabelled == {"barlow-twins"}
    assert names().replaces == {"class-balanced", "difficulty", "second-split", "uniform"}
    assert {name for name, read in names().reads.items() if read == "pass"} == {"difficulty"}


def test_other_grids_of_the_same_data_set_agree():
    config = yaml.safe_load(
        edited(
            (GRID, GRID + "\n      - {over: [smote, none], alphas: [1], rhos: [4], draws: null}")
        )
    )
    config["datasets"]["small"]["resampling"].append(
        {"over": ["smote"], "rhos": [2], "members": 2, "draws": 1}
    )
    assert len(check(config, there=THERE)["datasets"]["small"]["resampling"]) == 3


def test_the_estimator_that_a_grid_means_is_the_papers_for_alphas_and_aum_for_rhos():
    config = yaml.safe_load(GOOD)
    small = config["datasets"]["small"]
    small["paper_estimator"] = "el2n"
    small["resampling"].append({"over": ["smote"], "rhos": [2], "estimator": "el2n", "draws": 1})
    assert check(config, there=THERE)["datasets"]["small"]["resampling"][1]["draws"] == 1
    small["resampling"].append({"over": ["smote"], "alphas": [1], "estimator": "el2n", "draws": 2})
    with pytest.raises(
        ConfigError,
        match=r"resampling\[2\].draws: found 2, expected 1: .*resampling\[0\] has the same",
    ):
        check(config, there=THERE)


def test_looking_up_names_imports_neither_torch_nor_numpy():
    code = (
        "import sys; from study import config; config.names(); "
        "print({'torch', 'numpy', 'pandas'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT / "workflow",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert run.stdout.strip() == "set()"


def test_a_network_of_ones_own_has_options_of_its_own():
    model = {"name": "mine", "dropout": 0.25}
    config = check(
        yaml.safe_load(edited(("{name: lenet}", "{name: mine, dropout: 0.25}"))), there=THERE
    )
    assert config["recipes"]["quick"]["model"] == model
    with pytest.raises(
        ConfigError, match="unknown option 'dropuot' of mine: did you mean 'dropout'"
    ):
        check(yaml.safe_load(edited(("{name: lenet}", "{name: mine, dropuot: 0.25}"))), there=THERE)


TABLE = """\
data_dir: far/away
study: {datasets: [own]}
recipes:
  quick:
    model: {name: mine}
    epochs: 1
    batch_size: 8
    optimizer: {name: sgd, lr: 0.1}
datasets:
  own:
    source: {kind: table, path: "{data_dir}/uci/wine.csv", label: class}
    recipe: quick
    estimators: [aum]
    splits: [{draws: 3}]
    long_tailed: [{ratios: [1, 10]}]
"""


def test_a_path_may_name_the_folder_of_the_data():
    there = THERE._replace(takes={"mine": ("rows",)})
    checked = check(yaml.safe_load(TABLE), there=there)
    assert checked["datasets"]["own"]["source"]["path"] == "far/away/uci/wine.csv"
    assert checked["datasets"]["own"]["splits"] == [
        {"draws": 3, "standardize": [True], "recipes": None}
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("draws: 3}", "draws: 1}", r"own.splits\[0\].draws: found 1, expected a whole number"),
        ("10]}", "0.5]}", r"own.long_tailed\[0\].ratios\[1\]: found 0.5, expected a number of at"),
        ("10]}", "10], recipes: [quack]}", r"long_tailed\[0\].recipes\[0\]: found 'quack', exp"),
        ("draws: 3}", "draws: 3, recipes: [quack]}", r"splits\[0\].recipes\[0\]: found 'quack', e"),
        (
            "[1, 10]}",
            "[10]}, {ratios: [10], draws: 4}",
            r"long_tailed\[1\].draws: found 4, expect",
        ),
    ],
)
def test_wrong_splits_and_long_tails_are_told(old, new, said):
    there = THERE._replace(takes={"mine": ("rows",)})
    with pytest.raises(ConfigError, match=said):
        check(yaml.safe_load(TABLE.replace(old, new)), there=there)
