"""Networks that learn without labels, in the config, the plan and the rules."""

import pytest
import yaml
from conftest import rules

from study import catalog, needs
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


@pytest.mark.parametrize("name", ["dynamics", "pass", "label-gradients"])
def test_an_observer_of_labels_is_not_for_training_without_labels(name):
    config = yaml.safe_load(CONFIG)
    config["recipes"]["twins"]["observe"] = ["features", "input-gradients", name]
    with pytest.raises(ConfigError, match=rf"twins\.observe\[2\]: found {name}, which reads"):
        check(config)


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


def test_vog_needs_a_control_that_observes_gradients(empty):
    config = changed(estimators=["aum", "vog"])
    with pytest.raises(
        ConfigError, match="found control, expected .* observes features and label-gradients"
    ):
        check(config)
    config["recipes"]["control"]["observe"] = ["features", "label-gradients"]
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    planned = rules(empty.plan("results/small/hardness/vog.npz"))
    assert planned == {
        "make_data": 1, "make_full_set": 1, "train_gradients": 2, "score_hardness": 1
    }  # fmt: skip
    planned = rules(empty.plan("results/small/hardness/msd-labelled.npz"))
    assert planned["train_gradients"] == 2


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
        for name in ("msd", "lgn", "grand", "msd-labelled", "aum", "contrast", "prediction-depth")
    }
    common = {"make_data": 1, "score_hardness": 1}
    trained = common | {"make_full_set": 1}
    assert planned["msd"] == planned["lgn"] == trained | {"train_unlabelled": 2}
    assert planned["grand"] == planned["msd-labelled"] == trained | {"train_features": 2}
    assert planned["aum"] == trained | {"train_full": 2}
    assert planned["contrast"] == common
    assert planned["prediction-depth"] == trained | {"train_full": 2, "measure_depth": 2}


EXPERIMENTS = {
    "estimators": ["aum", "msd", "msd-std", "lgn", "feature-norm", "contrast"],
    "pruning": [
        {"levels": ["dlp", "hardest"], "rates": [30], "estimator": "msd"},
        {"levels": ["random"], "rates": [30]},
    ],
    "resampling": [
        {"over": ["random"], "under": ["easy"], "rhos": [2], "estimator": name}
        for name in ("aum", "msd")
    ],
}
FIGURES = {"msd-map", "score-correlations", "history-clusters", "representation", "pruned-by-msd",
           "classes-by-msd"}  # fmt: skip


def planned(**settings):
    plan = Plan(check(changed(**settings)))
    figures = set(catalog.figures(plan).planned("small"))
    return plan, figures & FIGURES, set(catalog.tables(plan).planned("small"))


def test_figures_of_hardness_without_labels_are_planned_where_their_sets_are():
    plan, figures, tables = planned(**EXPERIMENTS)
    assert figures == FIGURES and {"score-correlations", "classes-by-msd"} <= tables
    assert {"prune-dlp-30-msd", "prune-hardest-30-msd"} <= {*plan.sets("small")}
    _, figures, _ = planned(**EXPERIMENTS | {"pruning": [], "resampling": []})
    assert figures == FIGURES - {"pruned-by-msd", "classes-by-msd"}
    _, figures, tables = planned(**EXPERIMENTS | {"estimators": ["aum"], "pruning": [],
                                                  "resampling": []})  # fmt: skip
    assert not figures and "score-correlations" not in tables


def test_each_result_is_made_from_what_it_needs(empty):
    (empty / "config.yaml").write_text(yaml.safe_dump(changed(**EXPERIMENTS)))
    tables = {
        name: rules(empty.plan(f"results/small/unlabelled/{name}.csv"))
        for name in ("histories", "representation", "pruned")
    }
    networks = {"make_data": 1, "make_full_set": 1, "train_unlabelled": 2}
    assert tables["histories"] == networks | {"cluster_histories": 1}
    assert tables["representation"] == networks | {"measure_representation": 1}
    assert tables["pruned"]["compare_estimators"] == 1
    assert tables["pruned"]["make_set"] == 5 and tables["pruned"]["train_set"] == 5


def test_spoiled_images_are_looked_for_where_they_are(empty):
    config = changed(**EXPERIMENTS)
    spoiled = {"kind": "noisy-images", "of": "small", "rate": 0.2}
    config["datasets"]["spoiled"] = config["datasets"]["small"] | {"source": spoiled}
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    plan = Plan(check(config))
    for name, there in {"small": False, "spoiled": True}.items():
        figures = catalog.figures(plan).planned(name)
        assert ("image-noise-detection" in figures) == there
    found = rules(empty.plan("results/spoiled/image-noise.csv"))
    assert found["detect_image_noise"] == 1 and found["make_data"] == 2
    status, said = empty.run("-n", "results/small/image-noise.csv", driver=False)
    assert status and "no image of small is spoiled: image-noise needs kind noisy-images" in said


def test_claims_about_hardness_without_labels_are_judged_by_its_recipe():
    plan = Plan(check(changed(stands_for="cifar10-unlabelled", **EXPERIMENTS)))
    assert needs.judged_recipe(plan, "small") == "twins"
    claimed = needs.claimed(plan, "small")
    assert {claim.recipe for claim in claimed.claims} == {"twins-resnet18"}
    # what the config lacks is reported with its key
    assert claimed.missing["msd-forgetting-pearson"] == ["datasets.small.estimators: forgetting"]
    assert claimed.missing["control-of-the-same-set"] == ["datasets.small.pruning: prune-random-67"]
    assert "msd-class-means-cifar10-unlabelled" not in claimed.missing
    other = Plan(check(changed(stands_for="cifar10", **EXPERIMENTS)))
    assert needs.judged_recipe(other, "small") == "quick"


SPLIT = {"sampler": {"name": "second-split"}, "observe": "pass"}


@pytest.mark.parametrize(
    ("recipe", "changes", "said"),
    [
        ("splits", {}, "second_split: found 'splits', expected a recipe of this config"),
        ("quick", {}, "second_split: found quick, expected a recipe with the sampler second-split"),
        ("split", {"observe": "dynamics"}, "second_split: found split, expected a recipe with"),
        (None, {}, "second_split: found null, expected a recipe's name: ssft need it"),
    ],
)
def test_what_is_wrong_with_a_second_split_is_told(recipe, changes, said):
    config = changed(second_split=recipe, estimators=["aum", "ssft"])
    config["recipes"]["split"] = config["recipes"]["quick"] | SPLIT | changes
    with pytest.raises(ConfigError) as error:
        check(config)
    assert said in str(error.value)


def test_a_second_split_has_two_networks_for_each_member(empty):
    config = changed(second_split="split", estimators=["aum", "ssft", "fslt"])
    config["recipes"]["split"] = config["recipes"]["quick"] | SPLIT
    plan = Plan(check(config))
    assert plan.members("small", "full", "split") == 10
    assert "split" in plan.part(["small"])["recipes"]
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    planned = rules(empty.plan("results/small/hardness/ssft.npz"))
    assert planned["train_passes"] == 3 and planned["score_hardness"] == 1  # blocks of 4
    (empty / "config.yaml").write_text(yaml.safe_dump(changed(estimators=["aum"])))
    status, told = empty.run("-n", "results/small/hardness/ssft.npz", driver=False)
    assert status and "ssft and fslt need datasets.small.second_split, a recipe's name" in told
