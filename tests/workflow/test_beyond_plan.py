"""Difficulty beyond its paper in the plan: which networks are compared, what claims need."""

import pytest
import yaml
from conftest import ROOT

from hardness.evidence.claims import Need
from study import beyond, catalog, cost, needs
from study.config import check
from study.plan import Ensemble, Plan

TEXT = (ROOT / "config.yaml").read_text(encoding="utf-8")
PLAN = Plan(check(yaml.safe_load(TEXT)))
TABLES = ("balance", "cmc", "ecoli", "glass", "heart", "iris", "robot", "seeds", "sonar", "wine")


def plan_of(dataset, **settings):
    """The config, a data set with other settings."""
    config = yaml.safe_load(TEXT)
    config["datasets"][dataset] |= settings
    return Plan(check(config))


def test_rivals_are_named_by_what_they_are():
    found = beyond.rivals(PLAN, "digits-difficulty")
    resampled = "resample-random-easy-a1"
    assert found == {
        "plain": Ensemble("full", "digits-parity"),
        "difficulty": Ensemble("full", "digits-parity-difficulty"),
        "uniform": Ensemble("full", "digits-parity-uniform"),
        "hardness-a1": Ensemble(resampled, "digits-parity"),
        "both-a1": Ensemble(resampled, "digits-parity-difficulty"),
        "hardness-a3": Ensemble("resample-random-easy-a3", "digits-parity"),
    }


@pytest.mark.parametrize("dataset", ["digits", "cifar10", "mnist-parity-lt100", "cifar10-lt"])
def test_nothing_is_compared_where_difficulty_is_not_trained_on_full(dataset):
    assert beyond.rivals(PLAN, dataset) == {}


@pytest.mark.parametrize(("over", "under"), [("random", "none"), ("smote", "easy")])
def test_sets_of_another_size_or_kind_are_no_rivals(over, under):
    grid = {"over": [over], "under": [under], "alphas": [1]}
    recipes = ["digits-parity", "digits-parity-difficulty"]
    plan = plan_of("digits-difficulty", resampling=[grid | {"recipes": recipes}])
    assert beyond.rivals(plan, "digits-difficulty") == {}


def test_data_sets_with_fewer_flips_are_compared_and_none_with_more():
    ends = ("", "-uniform", "-class-sampling", "-difficulty")
    recipes = [f"parity-converged{end}" for end in ends]
    for dataset, rates in (
        ("mnist-parity-noisy-20", {"mnist-parity-lt100": 0.0, "mnist-parity-noisy-20": 0.2}),
        (
            "mnist-parity-noisy-40",
            {"mnist-parity-lt100": 0.0, "mnist-parity-noisy-20": 0.2, "mnist-parity-noisy-40": 0.4},
        ),
    ):
        found = beyond.with_flips(PLAN, dataset)
        assert {one.dataset: one.rate for one in found} == rates
        assert len(found) == 4 * len(rates) and {one.recipe for one in found} == {*recipes}
        assert {one.set for one in found} == {"long-tailed-100"}


def test_the_cost_of_flips_counts_the_data_sets_that_they_are_compared_with():
    trained = cost.asked(PLAN, ["digits-parity-noisy-40"])
    compared = Ensemble("long-tailed-20", "digits-parity-difficulty")
    for other in ("digits-parity-lt", "digits-parity-noisy-20"):
        assert compared in trained[other] and len(trained[other]) == 3


def test_sets_by_another_estimator_are_no_rivals():
    grid = {"over": ["random"], "under": ["easy"], "alphas": [1]}
    recipes = ["digits-parity", "digits-parity-difficulty"]
    grids = [grid | {"recipes": recipes}, grid | {"estimator": "el2n"}]
    plan = plan_of("digits-difficulty", resampling=grids)
    assert beyond.rivals(plan, "digits-difficulty")["hardness-a1"].set.endswith("-easy-a1")


def test_flips_of_another_kind_are_not_compared():
    source = {"kind": "noisy", "of": "mnist-parity-lt100", "rate": 0.2, "seed": 1}
    plan = plan_of("mnist-parity-noisy-20", source=source)
    found = beyond.with_flips(plan, "mnist-parity-noisy-40")
    assert {one.dataset for one in found} == {"mnist-parity-lt100", "mnist-parity-noisy-40"}
    assert beyond.with_flips(plan, "cifar10-small-noisy") == []


def test_difficulty_is_that_of_the_recipe_or_the_papers():
    config = yaml.safe_load(TEXT)
    sampler = {"name": "difficulty", "c": 10, "before": "untrained"}
    config["recipes"]["parity-slow-difficulty"]["sampler"] = sampler
    plan = Plan(check(config))
    own = {"c": 10, "sums": ["untrained_du", "untrained_dl"]}
    assert beyond.difficulty_of(plan, "parity-slow-difficulty") == own
    assert beyond.difficulty_of(plan, "parity-slow") == {"c": 1, "sums": ["du", "dl"]}


@pytest.mark.parametrize(
    ("dataset", "figure"),
    [
        ("digits-difficulty", "against-hardness"),
        ("mnist-difficulty-lt", "difficulty-stability"),
        ("digits-parity-noisy-40", "flipped-labels"),
    ],
)
def test_each_question_has_its_figure_and_its_claims(dataset, figure):
    assert figure in catalog.figures(PLAN).planned(dataset)
    claimed = needs.claimed(PLAN, dataset)
    assert claimed.missing == {} and len(claimed.claims) >= 2
    assert all("/rebalancing/" in path for path in claimed.files.values())


# What claims need


@pytest.mark.parametrize(
    ("dataset", "need", "key"),
    [
        (
            "cifar10-lt-resnet9",
            {"file": "rebalancing/members", "set": "long-tailed-100", "methods": ["focal"]},
            "long_tailed: long-tailed-100 by resnet9-lt-focal",
        ),
        (
            "cifar10-lt-resnet9",
            {"file": "rebalancing/members", "set": "long-tailed-20", "methods": [""]},
            "long_tailed: long-tailed-20",
        ),
        ("digits", {"file": "rebalancing/ratios", "methods": [""]}, "long_tailed: a ratio"),
        (
            "uci-wine-all",
            {"file": "rebalancing/members", "set": "splits-9", "methods": [""]},
            "splits: splits-9",
        ),
        (
            "digits",
            {"file": "rebalancing/agreement", "estimators": ["aum"]},
            "estimators: psi-difficulty, and ensembles.stability: 4",
        ),
    ],
)
def test_a_method_that_is_not_planned_names_its_key(dataset, need, key):
    found = needs.unplanned(PLAN, dataset, Need.from_plain(need))
    assert found == f"datasets.{dataset}.{key}"


def test_a_family_of_recipes_is_another_base():
    need = {"file": "rebalancing/members", "set": "long-tailed-100", "methods": ["", "difficulty"]}
    for family in ("parity-slow", "parity-converged"):
        of_family = Need.from_plain(need | {"family": family})
        assert needs.unplanned(PLAN, "mnist-parity-lt100", of_family) is None
    other = Need.from_plain(need | {"family": "lenet-lt"})
    key = needs.unplanned(PLAN, "mnist-parity-lt100", other)
    assert key is not None and key.endswith("by lenet-lt, lenet-lt-difficulty")


def test_the_mean_of_ten_tables_needs_them_all_in_the_study():
    name = "average-difficulty-helps"
    assert name in needs.claimed(PLAN, "uci-sonar-all").missing
    config = yaml.safe_load(TEXT)
    config["study"]["datasets"] = [f"uci-{table}-all" for table in TABLES]
    plan = Plan(check(config))
    claimed = needs.claimed(plan, "uci-sonar-all")
    assert claimed.missing == {} and len(claimed.files) == 10
    iris = "results/uci-iris-all/rebalancing/members.csv"
    assert claimed.files["uci-iris/rebalancing/members"] == iris
    trained = cost.asked(plan, ["uci-sonar-all"])
    assert {*trained} == {f"uci-{table}-all" for table in TABLES}
    assert Ensemble("splits-200", "uci-logistic-difficulty") in trained["uci-iris-all"]


def test_every_claim_is_planned_on_the_data_set_that_is_made_for_it():
    config = yaml.safe_load(TEXT)
    config["study"]["datasets"] = [f"uci-{table}-all" for table in TABLES]
    plan = Plan(check(config))
    made = ["mnist-parity-lt100", "cifar10-lt-resnet32", "cifar100-lt-resnet32"]
    for dataset in (*made, *config["study"]["datasets"]):
        claimed = needs.claimed(plan, dataset)
        later = {claim.id for claim in claimed.claims if claim.later}
        assert len(claimed.claims) >= 10 and {*claimed.missing} == later, dataset
