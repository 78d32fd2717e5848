"""Networks that learn without labels, in the config, the plan and the rules."""

import pytest
import yaml
from conftest import rules

from study.config import ConfigError, check
from study.plan import Plan

CONFIG = """\
study: {datasets: [small]}
recipes:
  quick: &quick
    model: {name: conv4, widths: [4, 4, 4, 4]}
    epochs: 2
    batch_size: 32
    optimizer: {name: adam, lr: 0.001}
    members_per_job: 4
  control: {<<: *quick, observe: features, probe_epoch: 2}
  twins:
    <<: *quick
    head: {name: projector, dims: [4, 4]}
    objective: {name: barlow-twins, lambda: 0.01}
    views: twins
    observe: [features, input-gradients]
datasets:
  small:
    source: {kind: digits}
    recipe: quick
    ensembles: {stability: 5, recall: 4, hardness: 4, retraining: 2}
    estimators: [aum, msd, lgn, grand]
    unlabelled: {recipe: twins, control: control}
"""


def changed(**settings):
    config = yaml.safe_load(CONFIG)
    config["datasets"]["small"] |= settings
    return config


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"recipe": "twins"},
            "small.recipe: found twins, whose objective barlow-twins reads no labels",
        ),
        (
            {"unlabelled": None},
            "small.unlabelled: found null, expected keys recipe and control: msd, lgn, grand read",
        ),
        (
            {"unlabelled": {"recipe": "twin", "control": "control"}},
            "unlabelled.recipe: found 'twin', expected a recipe of this config: did you mean "
            "'twins'",
        ),
        (
            {"unlabelled": {"recipe": "control", "control": "control"}},
            "unlabelled.recipe: found control, expected a recipe without labels that observes "
            "features and input-gradients",
        ),
        (
            {"unlabelled": {"recipe": "twins", "control": "quick"}},
            "unlabelled.control: found quick, expected a recipe with labels that observes features",
        ),
        (
            {"unlabelled": {"recipe": "twins", "control": "twins"}},
            "unlabelled.control: found twins, expected a recipe with labels that observes features",
        ),
        ({"unlabelled": {"recipe": "twins"}}, "unlabelled.control: missing"),
    ],
)
def test_what_is_wrong_with_networks_without_labels_is_told(settings, said):
    with pytest.raises(ConfigError) as error:
        check(changed(**settings))
    assert said in str(error.value)


def test_rho_needs_folds(empty):
    with pytest.raises(
        ConfigError, match=r"small.folds: found \[\], expected .*: rho need networks"
    ):
        check(changed(estimators=["rho"], folds=[]))
    (empty / "config.yaml").write_text(
        yaml.safe_dump(changed(estimators=["aum", "rho"], folds=[2]))
    )
    planned = rules(empty.plan("results/small/hardness/rho.npz"))
    assert planned["score_reducible"] == planned["train_folds"] == 1 and planned["train_full"] == 2


def test_without_estimators_that_read_them_none_are_needed():
    check(changed(unlabelled=None, estimators=["aum"]))


def test_they_are_as_many_as_the_largest_ensemble_and_part_of_what_the_data_set_depends_on():
    plan = Plan(check(yaml.safe_load(CONFIG)))
    for recipe in ("twins", "control"):
        assert plan.members("small", "full", recipe) == 5
        assert plan.seeds("small", "full", recipe, 1) == [4]
    assert [*plan.part(["small"])["recipes"]] == ["control", "quick", "twins"]
    # they predict nothing that is compared
    assert {recipe for _, recipe in plan.ensembles("small")} == {"quick"}
    assert plan.recipes_observing("features") == ["control", "twins"]
    assert plan.recipes_observing("features", "dynamics") == ["control"]


def test_each_score_is_made_from_the_networks_that_it_is_of(empty):
    (empty / "config.yaml").write_text(CONFIG)
    planned = {
        name: rules(empty.plan(f"results/small/hardness/{name}.npz"))
        for name in ("msd", "lgn", "grand", "msd-labelled", "aum", "contrast")
    }
    common = {"make_data": 1, "score_hardness": 1}
    trained = common | {"make_full_set": 1}
    assert planned["msd"] == planned["lgn"] == trained | {"train_unlabelled": 2}
    assert planned["grand"] == planned["msd-labelled"] == trained | {"train_features": 2}
    assert planned["aum"] == trained | {"train_full": 2}
    assert planned["contrast"] == common
