"""Keys of the config for tables, arrays, folds and whole data sets, and which recipes fit the
inputs of a data set.
"""

import copy

import pytest
import yaml

from study.config import ConfigError, check, names
from study.plan import Plan

CONFIG = yaml.safe_load("""\
study: {datasets: [pets]}
recipes:
  logistic: {model: {name: logistic}, epochs: 5, batch_size: 8, optimizer: {name: sgd, lr: 0.1}}
  cnn: {model: {name: digits-cnn}, epochs: 5, batch_size: 8, optimizer: {name: sgd, lr: 0.1}}
  cropping:
    model: {name: mlp, widths: [8]}
    epochs: 5
    batch_size: 8
    optimizer: {name: sgd, lr: 0.1}
    augment: {shift: 2, flip: true, pad: mean}
datasets:
  pets: {source: {kind: table, path: pets.csv, label: kind}, recipe: logistic, folds: [5, 10]}
  features: {source: {kind: arrays, path: f.npz, inputs: rows}, recipe: logistic}
  photos: {source: {kind: arrays, path: p.npz}, recipe: cnn}
  all-pets: {source: {kind: whole, of: pets}, recipe: logistic}
  noisy-pets: {source: {kind: noisy, of: all-pets, rate: 0.1}, recipe: logistic}
""")


def changed(dataset, **settings):
    config = copy.deepcopy(CONFIG)
    config["datasets"][dataset] |= settings
    return config


def message_of(config):
    with pytest.raises(ConfigError) as error:
        check(config)
    return str(error.value)


def test_the_defaults_of_the_kinds_are_those_of_their_readers():
    checked = check(CONFIG)["datasets"]
    assert checked["pets"]["source"] == {
        "kind": "table", "path": "pets.csv", "label": "kind", "exclude": [], "standardize": True,
        "missing": "refuse", "text": "refuse", "test_share": 0.2, "split_seed": 0,
    }  # fmt: skip
    assert checked["photos"]["source"] == {
        "kind": "arrays", "path": "p.npz", "inputs": "images", "standardize": True,
        "test_share": 0.2, "split_seed": 0,
    }  # fmt: skip
    assert checked["all-pets"]["source"] == {"kind": "whole", "of": "pets"}


def test_ones_own_data_are_scored_out_of_fold_unless_the_config_says_otherwise():
    """But not where the test samples are trained on, nor what no file of the user's is behind."""
    config = changed("features", folds=[], ensembles={"stability": 4})
    config["datasets"] |= {
        "flipped": {"source": {"kind": "noisy", "of": "photos", "rate": 0.1}, "recipe": "cnn"},
        "public": {"source": {"kind": "digits"}, "recipe": "cnn"},
        "part": {"source": {"kind": "subset", "of": "public", "train": 90, "test": 90},
                 "recipe": "cnn"},
    }  # fmt: skip
    checked = check(config)["datasets"]
    assert {name: one["folds"] for name, one in checked.items()} == {
        "pets": [5, 10], "features": [], "photos": [5], "all-pets": [], "noisy-pets": [],
        "flipped": [5], "public": [], "part": [],
    }  # fmt: skip
    uses = ("stability", "recall", "hardness", "retraining")
    assert checked["flipped"]["ensembles"] == dict.fromkeys(uses, 10)
    assert checked["features"]["ensembles"] == dict.fromkeys(uses, 10) | {"stability": 4}
    assert checked["all-pets"]["ensembles"] == checked["public"]["ensembles"]
    plan = Plan(check(config))
    assert plan.members("photos", "folds-5", "cnn") == 10
    assert (
        "datasets" not in CONFIG["datasets"]["photos"]
        and "folds" not in config["datasets"]["photos"]
    )


@pytest.mark.parametrize("broken", [None, [], {"source": []}, {"source": {"kind": "arrays"}}])
def test_defaults_of_own_data_are_filled_into_wrong_configs_too(broken):
    config = changed("photos", ensembles=None)
    config["datasets"]["pets"] = broken
    assert "datasets.pets" in message_of(config) and "photos.ensembles" in message_of(config)


@pytest.mark.parametrize(
    ("dataset", "held", "overlapping"),
    [
        ("pets", "rows", False),
        ("features", "rows", False),
        ("photos", "images", False),
        ("all-pets", "rows", True),
        ("noisy-pets", "rows", True),
    ],
)
def test_what_a_data_set_holds_follows_from_where_it_comes_from(dataset, held, overlapping):
    plan = Plan(check(CONFIG))
    assert plan.holds(dataset) == held and plan.overlaps(dataset) is overlapping


@pytest.mark.parametrize("dataset", ["pets", "features", "noisy-pets"])
def test_a_model_for_images_is_refused_on_rows(dataset):
    assert (
        f"datasets.{dataset}.recipe: found cnn, whose model digits-cnn does not take rows of a "
        f"table, which {dataset} holds; expected a recipe with a model that does: logistic, mlp"
    ) in message_of(changed(dataset, recipe="cnn"))


def test_a_recipe_that_crops_or_mirrors_is_refused_on_rows():
    said = message_of(changed("pets", recipe="cropping"))
    assert (
        "datasets.pets.recipe: found cropping, which crops or mirrors images (augment.shift: 2, "
        "augment.flip: true), but pets holds rows of a table; expected a recipe with augment: "
        "{shift: 0, flip: false}"
    ) in said
    check(changed("photos", recipe="cropping"))


def test_the_recipes_of_resampled_sets_must_fit_too():
    grid = {"over": ["random"], "alphas": [1], "recipes": ["logistic", "cnn"]}
    said = message_of(changed("pets", resampling=[grid]))
    assert "datasets.pets.resampling[0].recipes[1]: found cnn, whose model digits-cnn" in said
    assert "recipes[0]" not in said


def test_a_model_for_rows_only_is_refused_on_images():
    there = names()._replace(takes={"digits-cnn": ("rows",), "logistic": ("images", "rows")})
    with pytest.raises(ConfigError, match="model digits-cnn does not take images, which photos ho"):
        check(CONFIG, there=there)


def test_what_models_take_is_read_from_their_files():
    takes = names().takes
    assert takes["mlp"] == takes["logistic"] == ("images", "rows")
    assert {takes[name] for name in takes if name not in ("mlp", "logistic")} == {("images",)}


@pytest.mark.parametrize(
    ("dataset", "settings", "said"),
    [
        ("pets", {"folds": [1]},
            "datasets.pets.folds[0]: found 1, expected a whole number of at least 2"),
        ("pets", {"folds": 5}, "datasets.pets.folds: found 5, expected a list; write [5]"),
        ("pets", {"folds": [5, 5]}, "datasets.pets.folds: found 5 more than once"),
        ("pets", {"source": {"kind": "table", "path": "pets.csv"}},
            "datasets.pets.source.label: missing"),
        ("pets", {"source": {"kind": "table", "path": "a", "label": "b", "text": "onehot"}},
            "found 'onehot', expected refuse or one-hot; did you mean 'one-hot'?"),
        ("all-pets", {"source": {"kind": "whole", "of": "petz"}},
            "datasets.all-pets.source.of: found 'petz'"),
        ("photos", {"source": {"kind": "arrays", "path": "p.npz", "label": "y"}},
            "unknown key 'label'"),
    ],
    ids=["one fold", "no list", "twice", "no label", "unknown text", "unknown of", "unknown key"],
)  # fmt: skip
def test_a_mistake_is_named(dataset, settings, said):
    assert said in message_of(changed(dataset, **settings))
