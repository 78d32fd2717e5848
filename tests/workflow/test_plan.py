"""Names of the plan: one spelling for what the config asks for, the files that follow, the nearest
name for a misspelled one.
"""

import copy
from collections import Counter
from pathlib import Path

import pytest
import yaml

from hardness.sets.spec import Resampled, from_columns, number
from study import catalog
from study import plan as planning
from study.config import check, read_strictly
from study.settings.recipe import Recipe

PROJECT = Path(__file__).resolve().parents[2]
CONFIG = check(read_strictly(PROJECT / "config.yaml"))
SMALL = """\
study: {datasets: [small]}
recipes:
  quick:
    model: {name: lenet}
    epochs: 2
    batch_size: 32
    optimizer: {name: adam, lr: 0.001}
    members_per_job: 8
  other:
    model: {name: lenet}
    epochs: 2
    batch_size: 32
    optimizer: {name: adam, lr: 0.001}
    members_per_job: 3
datasets:
  small:
    source: {kind: digits}
    recipe: quick
    ensembles: {stability: 20, recall: 10, hardness: 8, retraining: 5}
    estimators: [aum, el2n, forgetting]
"""


def plan_of(**settings):
    """A small data set with these settings on top."""
    config = yaml.safe_load(SMALL)
    config["datasets"]["small"] |= settings
    return planning.Plan(check(config))


def names_of(**settings):
    return list(plan_of(**settings).sets("small"))


@pytest.fixture(scope="module")
def plan():
    return planning.Plan(copy.deepcopy(CONFIG))


def test_params_are_plain_values_in_the_order_of_the_config_and_as_they_are_written():
    plan = plan_of(resampling=[{"rhos": [2], "over": ["smote"], "alphas": [1.0, 3]}])
    recipe, grid = plan.recipe_params("quick"), plan.dataset_params("small")["resampling"][0]
    given = ["model", "epochs", "batch_size", "optimizer", "members_per_job"]
    left_out = [*given, "views"]  # views: as the data are
    assert list(recipe) == given + [key for key in Recipe.model_fields if key not in left_out]
    assert list(grid)[:4] == ["rhos", "over", "alphas", "under"]
    assert repr(grid["alphas"]) == "[1.0, 3]" and repr(plan.alphas("small")) == "[1.0, 3]"
    typed = plan.recipe("other"), plan.dataset("small")
    assert (typed[0].members_per_job, typed[1].ensembles.retraining) == (3, 5)


def test_an_unknown_name_is_unknown_to_params_too(plan):
    with pytest.raises(ValueError, match="unknown recipe 'digits_cnn': did you mean 'digits-cnn'"):
        plan.recipe_params("digits_cnn")
    with pytest.raises(ValueError, match="unknown data set 'digit': did you mean 'digits'"):
        plan.dataset_params("digit")


# The paper's grid


def test_the_papers_grid_on_digits(plan):
    sets = plan.sets("digits")
    kinds = Counter(spec.KIND for spec in sets.values())
    assert kinds == {"full": 1, "resample": 9 * (3 + 1), "prune": 2 * 8 + 3, "folds": 1}
    strategies = {(spec.over, spec.under) for spec in sets.values() if isinstance(spec, Resampled)}
    assert len(strategies) == 9 and ("none", "none") not in strategies
    assert Counter(spec.mode for spec in sets.values() if isinstance(spec, Resampled)) == {
        "paper": 27,
        "study": 9,
    }
    assert [name for name in sets if "smote-easy" in name] == [
        f"resample-smote-easy-{x}" for x in ("a1", "a3", "a5", "r2")
    ]
    assert [name for name in sets if name.startswith("prune-dlp")] == [
        f"prune-dlp-{r}" for r in range(10, 90, 10)
    ]
    assert [name for name in sets if name.startswith("prune-random")] == [
        f"prune-random-{r}" for r in (30, 50, 70)
    ]
    assert {"full", "resample-none-easy-a1", "resample-hard-none-r2", "prune-clp-80"} <= set(sets)
    assert len(sets) == 57


def test_the_training_jobs_of_digits(plan):
    blocks = [
        file
        for name in plan.sets("digits")
        for file in plan.blocks("digits", name, "digits-cnn", "test.npz")
    ]
    # 20 members on full in blocks of 8, and one block for each of 55 sets and for the folds
    assert len(blocks) == len(set(blocks)) == 3 + 55 + 1


@pytest.mark.parametrize(
    ("dataset", "sets"),
    [
        ("cifar10", 56 + 4),
        ("cifar100", 9 * 3 + 14 + 3 + 1 + 4),
        ("cifar100-clean", 9 * 3 + 1),
        ("mnist", 2),
    ],
)
def test_other_grids(plan, dataset, sets):
    """4: two strategies under both readings of Forgetting."""
    assert len(plan.sets(dataset)) == sets


def test_the_settings_of_class_accuracies(plan):
    assert plan.settings("mnist") == {"part": "mnist", "full": "mnist-whole"}
    assert plan.settings("mnist-whole") == {"full": "mnist-whole"}
    assert plan.settings("cifar10") == {"part": "cifar10"}


def test_a_data_set_comes_with_its_whole(plan):
    assert plan.with_origins(["mnist"]) == ["mnist", "mnist-whole"]
    assert set(plan.part(["mnist-whole"])["datasets"]) == {"mnist", "mnist-whole"}


def test_the_blocks_that_hold_the_first_members(plan):
    every = plan.blocks("mnist", "full", "lenet", "weights.npz")
    assert len(every) == 13  # 100 members in blocks of 8
    assert plan.blocks("mnist", "full", "lenet", "weights.npz", 9) == every[:2]


def test_the_trainings_that_the_design_counts(plan):
    """One network per job: 804 of the paper's, 216 for rho, 48 for random pruning, 200 for the
    anatomy of the verdict.
    """
    jobs = {
        dataset: sum(len(plan.blocks(dataset, *one, "test.npz")) for one in plan.ensembles(dataset))
        for dataset in ("cifar10", "cifar100", "cifar100-clean")
    }
    anatomy = {"cifar10": 8 * (1 + 3 * 3) + 8 * 4, "cifar100": 8 * (1 + 3 * 2) + 8 * 4}
    assert jobs == {
        "cifar10": 20 + 55 * 8 + anatomy["cifar10"],
        "cifar100": 20 + 44 * 8 + anatomy["cifar100"],
        "cifar100-clean": 20 + 27 * 8,
    }
    assert sum(jobs.values()) == 804 + 216 + 48 + 200


def test_a_grid_of_another_recipe_adds_ensembles_and_its_own_full_but_no_sets(plan):
    ensembles = plan.ensembles("cifar10")
    other = [name for name, recipe in ensembles if recipe == "paper-pad-mean"]
    strategies = ("none-easy", "random-easy", "smote-easy")
    assert other == [
        "full",
        *(f"resample-{one}-a{alpha}" for alpha in (1, 3, 5) for one in strategies),
    ]
    assert len(ensembles) == len(set(ensembles)) == len(plan.sets("cifar10")) + len(other)
    assert plan.members("cifar10", "full", "paper-pad-mean") == 8


def test_a_set_that_only_another_recipe_trains_is_none_of_the_base_recipes():
    config = copy.deepcopy(CONFIG)
    config["datasets"]["digits"]["resampling"] = [
        {"over": ["smote"], "under": ["none"], "alphas": [7], "rhos": [], "recipes": ["lenet"]}
        | dict.fromkeys(("estimator", "members", "draws"))
    ]
    plan = planning.Plan(config)
    assert plan.names("digits", kind="resample") == [] and "resample-smote-none-a7" in plan.sets(
        "digits"
    )
    assert [recipe for name, recipe in plan.ensembles("digits") if name == "full"] == [
        "digits-cnn",
        "lenet",
    ]


@pytest.mark.parametrize("dataset", CONFIG["datasets"])
def test_every_data_set_of_the_config_is_planned_without_a_name_twice(plan, dataset):
    recipe = plan.dataset(dataset).recipe
    files = [
        file
        for name in plan.sets(dataset)
        for file in plan.blocks(dataset, name, recipe, "test.npz")
    ]
    assert files and len(files) == len(set(files))
    for name, spec in plan.sets(dataset).items():
        assert plan.set(dataset, name) == spec and spec.name == name
        assert from_columns(spec.columns()) == spec
        blocks = range(len(plan.blocks(dataset, name, recipe, "test.npz")))
        seeds = [seed for block in blocks for seed in plan.seeds(dataset, name, recipe, block)]
        assert seeds == list(range(plan.members(dataset, name, recipe)))


# Spelling


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (3, "3"),
        (3.0, "3"),
        (0.5, "0.5"),
        (2.50, "2.5"),
        (10, "10"),
        (100.0, "100"),
        (0.1 + 0.2, None),
        (1234567, None),
    ],
)
def test_a_number_has_one_spelling(value, spelled):
    if spelled:
        assert number(value) == spelled
    assert float(number(value)) == value


def test_equal_numbers_give_one_set_and_different_ones_two():
    grid = {"over": ["none"], "under": ["easy"]}
    assert names_of(resampling=[{**grid, "alphas": [3.0]}, {**grid, "alphas": [3, 0.5]}]) == [
        "full", "resample-none-easy-a3", "resample-none-easy-a0.5"]  # fmt: skip
    assert len(names_of(resampling=[{**grid, "alphas": [1.0000001, 1.0000002]}])) == 3
    assert names_of(pruning=[{"levels": ["clp"], "rates": [12, 40]}]) == [
        "full",
        "prune-clp-12",
        "prune-clp-40",
    ]


@pytest.mark.parametrize(
    ("grid", "settings", "names"),
    [
        ({}, {}, ["smote-easy-a1", "smote-easy-r2"]),
        ({"estimator": "el2n"}, {}, ["smote-easy-a1-el2n", "smote-easy-r2-el2n"]),
        ({"members": 4}, {}, ["smote-easy-a1-m4", "smote-easy-r2-m4"]),
        (
            {"members": 4, "estimator": "el2n"},
            {},
            ["smote-easy-a1-el2n-m4", "smote-easy-r2-el2n-m4"],
        ),
        ({"members": 8, "estimator": "aum"}, {}, ["smote-easy-a1", "smote-easy-r2"]),
        ({}, {"paper_estimator": "el2n"}, ["smote-easy-a1-el2n", "smote-easy-r2"]),
        ({"estimator": "aum"}, {"paper_estimator": "el2n"}, ["smote-easy-a1", "smote-easy-r2"]),
    ],
)
def test_suffixes_of_resampled_sets(grid, settings, names):
    grid = {"over": ["smote"], "under": ["easy"], "alphas": [1], "rhos": [2], **grid}
    assert names_of(resampling=[grid], **settings) == [
        "full",
        *(f"resample-{name}" for name in names),
    ]


def test_suffixes_of_pruned_sets_and_none_for_chance():
    grid = {"levels": ["dlp", "random"], "rates": [30], "estimator": "el2n", "members": 4}
    assert names_of(pruning=[grid]) == ["full", "prune-dlp-30-el2n-m4", "prune-random-30"]


def test_a_specification_says_what_the_name_says():
    grid = {"over": ["smote"], "under": ["none"], "alphas": [3], "estimator": "el2n", "members": 4}
    spec = plan_of(resampling=[grid]).set("small", "resample-smote-none-a3-el2n-m4")
    assert spec == Resampled("smote", "none", "paper", 3, "el2n", 4, 8, 1)
    assert spec.columns() == {
        "kind": "resample", "over": "smote", "under": "none", "mode": "paper", "alpha": 3,
        "estimator": "el2n", "members": 4, "usual_members": 8, "draws": 1}  # fmt: skip


@pytest.mark.parametrize(("draws", "alpha", "rho"), [(None, 1, 5), (3, 3, 3), ("per-member", 5, 5)])
def test_draws_are_one_in_mode_paper_and_one_a_member_in_mode_study(draws, alpha, rho):
    grid = {"over": ["random"], "under": ["easy"], "alphas": [1], "rhos": [2], "draws": draws}
    sets = plan_of(
        resampling=[grid], pruning=[{"levels": ["random"], "rates": [30], "draws": draws}]
    ).sets("small")
    assert [sets[f"resample-random-easy-{x}"].draws for x in ("a1", "r2")] == [alpha, rho]
    assert sets["prune-random-30"].draws == rho


@pytest.mark.parametrize("draws", [None, 3, "per-member"])
def test_a_set_without_chance_has_one_draw_whatever_is_asked_for(draws):
    resampling = {"over": ["none"], "under": ["easy"], "alphas": [1], "rhos": [2], "draws": draws}
    pruning = {"levels": ["dlp", "clp"], "rates": [30], "draws": draws}
    sets = plan_of(resampling=[resampling], pruning=[pruning]).sets("small")
    assert len(sets) == 5 and {spec.draws for spec in sets.values()} == {1}


def test_folds_are_sets_with_two_members_of_each_draw():
    plan = plan_of(folds=[3, 5])
    assert list(plan.sets("small")) == ["full", "folds-3", "folds-5"]
    assert [plan.members("small", f"folds-{k}", "quick") for k in (3, 5)] == [6, 10]
    assert plan.seeds("small", "folds-5", "quick", 1) == [8, 9]
    assert plan.set("small", "folds-5").draws == 5


def test_long_tails_and_splits_are_not_compared_with_full():
    """Their recipes train no networks on full; a split has a member, a long tail those of
    retraining.
    """
    grids = {
        "long_tailed": [{"ratios": [1, 20], "recipes": ["quick", "other"]}],
        "splits": [{"draws": 7, "standardize": [True, False], "recipes": ["other"]}],
        "pruning": [{"levels": ["random"], "rates": [30]}],
    }
    plan = plan_of(**grids)
    tails = [("long-tailed-1", "quick"), ("long-tailed-1", "other")]
    tails += [("long-tailed-20", "quick"), ("long-tailed-20", "other")]
    parts = [("splits-7", "other"), ("splits-7-raw", "other")]
    compared = [("full", "quick"), ("prune-random-30", "quick")]
    assert plan.compared("small") == compared
    assert sorted(plan.ensembles("small")) == sorted([*compared, *tails, *parts])
    assert [plan.members("small", *one) for one in (*tails[:1], *parts)] == [5, 7, 7]
    assert plan.set("small", "long-tailed-20").draws == 5
    assert len(plan.blocks("small", "splits-7", "other", "predictions.npz")) == 3
    evaluated = catalog.targets(catalog.figures(plan), catalog.tables(plan), "small")
    for name, recipe in (*tails, *parts):
        assert f"results/small/evaluation/{name}/{recipe}.csv" in evaluated


def test_sets_are_found_by_what_they_are(plan):
    assert plan.names("digits", kind="resample", over="smote", under="none", mode="paper") == [
        "resample-smote-none-a1", "resample-smote-none-a3", "resample-smote-none-a5"]  # fmt: skip
    assert plan.names("digits", kind="full") == ["full"]
    assert plan.names("digits", rate=90) == []
    assert (plan.alphas("digits"), plan.rhos("digits")) == ([1, 3, 5], [2])
    assert (plan.alphas("mnist"), plan.rhos("mnist")) == ([1], [2])


# Blocks


def test_blocks_of_members():
    plan = plan_of()
    assert [plan.seeds("small", "full", "quick", block) for block in range(3)] == [
        list(range(8)), list(range(8, 16)), list(range(16, 20))]  # fmt: skip
    assert plan.seeds("small", "prune-dlp-30", "quick", 0) == list(range(5))
    assert plan.blocks("small", "full", "quick", "test.npz") == [
        f"results/small/members/full/quick/block-{b}/test.npz" for b in range(3)]  # fmt: skip
    assert len(plan.blocks("small", "prune-dlp-30", "quick", "test.npz")) == 1


def test_under_a_further_recipe_only_the_members_of_retraining_are_trained():
    plan = plan_of()
    assert [plan.seeds("small", "full", "other", block) for block in range(2)] == [
        [0, 1, 2],
        [3, 4],
    ]
    assert len(plan.blocks("small", "full", "other", "test.npz")) == 2


def test_one_more_member_changes_only_the_last_block():
    before, after = (
        plan_of(),
        plan_of(ensembles={"stability": 21, "recall": 10, "hardness": 8, "retraining": 5}),
    )
    changed = [
        b
        for b in range(3)
        if before.seeds("small", "full", "quick", b) != after.seeds("small", "full", "quick", b)
    ]
    assert changed == [2]
    assert before.blocks("small", "full", "quick", "test.npz") == after.blocks(
        "small", "full", "quick", "test.npz"
    )


def test_the_largest_ensemble_is_trained_on_full_whichever_it_is():
    plan = plan_of(ensembles={"stability": 2, "recall": 3, "hardness": 9, "retraining": 4})
    assert plan.members("small", "full", "quick") == 9
    with pytest.raises(ValueError, match="no block 2; 9 members in blocks of 8 make blocks 0 to 1"):
        plan.seeds("small", "full", "quick", 2)


# Mistakes


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda plan: plan.dataset("digit"), "unknown data set 'digit': did you mean 'digits'?"),
        (
            lambda plan: plan.recipe("digits_cnn"),
            "unknown recipe 'digits_cnn': did you mean 'digits-cnn'?",
        ),
        (lambda plan: plan.set("digits", "resample-smote-easy-a3.0"), "'resample-smote-easy-a3'"),
        (lambda plan: plan.set("digits", "prune-dpl-30"), "'prune-dlp-30'"),
        (
            lambda plan: plan.set("digits", "resample-smote-easy-a7"),
            "training set of digits 'resample-smote-easy-a7'",
        ),
        (
            lambda plan: plan.set("mnist", "zzz"),
            "unknown training set of mnist 'zzz': known are full",
        ),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_ones(plan, ask, said):
    with pytest.raises(ValueError) as error:
        ask(plan)
    assert said in str(error.value)
