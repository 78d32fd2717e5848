"""The catalog of figures and tables: what each config plans, and from which files; and that a new
figure is one file.
"""

import pytest
import yaml
from conftest import ROOT

from hardness.evidence import plots
from hardness.evidence.parts import FIGURES, TABLES
from study import catalog, inventory, layout
from study.config import check
from study.plan import Plan

SMALL = """\
study: {datasets: [small]}
recipes:
  quick: &quick
    model: {name: lenet}
    epochs: 2
    batch_size: 32
    optimizer: {name: adam, lr: 0.001}
  other: *quick
  difficult:
    model: {name: digits-cnn}
    sampler: {name: difficulty}
    observe: pass
    epochs: 2
    batch_size: 32
    optimizer: {name: adam, lr: 0.001}
datasets:
  small:
    source: {kind: digits}
    recipe: quick
    estimators: [el2n]
    paper_estimator: el2n
    ensembles: {stability: 1, recall: 1, hardness: 1, retraining: 1}
"""
ALWAYS = {"recall-by-class", "sampling-weight", "class-sizes", "recall-by-hardness", "gallery",
          "gallery-by-class", "data-map"}  # fmt: skip
BY_CLASSES = {"class-accuracy", "class-correlations", "difficulty-families",
              "estimator-clusters-by-classes", "estimator-clusters-by-samples"}  # fmt: skip
SMOTE = {"over": ["smote"], "under": ["easy"], "alphas": [1]}
EXAMPLE = '''
"""A figure that a user adds."""

import nothing_that_exists  # planning does not run the file

NUMBER = None
CAPTION = "Recall on {dataset}."
INPUTS = ("evaluation", "groups")
SETS = ({"kind": "prune", "level": "dlp"}, {"kind": "prune", "level": "random"})
ESTIMATORS = ("el2n",)
'''


def plan_of(**settings):
    config = yaml.safe_load(SMALL)
    config["datasets"]["small"] |= settings
    config["datasets"]["of-small"] = {
        "source": {"kind": "subset", "of": "small", "train": 9, "test": 9},
        "recipe": "quick",
    }
    return Plan(check(config))


def planned(dataset="small", **settings):
    plan = plan_of(**settings)
    return {*catalog.figures(plan).planned(dataset)}, {*catalog.tables(plan).planned(dataset)}


@pytest.mark.parametrize(
    ("settings", "figures", "tables"),
    [
        ({}, set(), set()),
        (
            {"estimators": ["aum", "el2n"]},
            {"estimator-overlap", "noise-thresholds", "epoch-sensitivity"},
            set(),
        ),
        (
            {"ensembles": {"stability": 2}},
            {"pruning-stability", "absolute-differences", "variance-split"},
            set(),
        ),
        ({"stands_for": "cifar10"}, set(), {"claims"}),
        ({"folds": [2]}, {"confusion"}, set()),
        ({"neighbours": {"spaces": ["pixels"]}}, BY_CLASSES, {"class-correlations"}),
        (
            {"resampling": [SMOTE]},
            {"recall-change", "metric-change"},
            {"resampling-effect", "gaps"},
        ),
        (
            {"resampling": [SMOTE | {"over": ["random"]}]},
            set(),
            {"resampling-effect", "gaps"},
        ),
        (
            {"resampling": [SMOTE, SMOTE | {"recipes": ["other"]}]},
            {"recall-change", "metric-change"},
            {"resampling-effect", "gaps", "verdict-anatomy"},
        ),
        (
            {
                "resampling": [SMOTE | {"estimator": "forgetting"}],
                "estimators": ["el2n", "forgetting"],
            },
            {"recall-change", "metric-change", "estimator-overlap", "epoch-sensitivity"},
            {"resampling-effect", "gaps", "verdict-anatomy"},
        ),
        ({"pruning": [{"levels": ["random"], "rates": [30]}]}, {"dlp-against-clp"}, set()),
        (
            {"pruning": [{"levels": ["clp"], "rates": [30]}]},
            {"dlp-against-clp", "recall-by-rate"},
            set(),
        ),
        (
            {"pruning": [{"levels": ["dlp"], "rates": [30]}]},
            {"dlp-against-clp", "recall-by-rate", "removed-by-class"},
            set(),
        ),
    ],
)
def test_what_a_config_plans(settings, figures, tables):
    assert planned(**settings) == (ALWAYS | figures, tables)


def test_flipped_labels_are_looked_for_also_in_what_is_made_from_noisy_data():
    noisy = {"source": {"kind": "noisy", "of": "of-noisy", "rate": 0.1}}
    config = yaml.safe_load(SMALL)
    small = config["datasets"]["small"]
    config["datasets"] = {
        "clean": small,
        "noisy": small | {"source": noisy["source"] | {"of": "clean"}},
        "few": small | {"source": {"kind": "subset", "of": "noisy", "train": 9, "test": 9}},
    }
    config["study"]["datasets"] = ["few"]
    plan = Plan(check(config))
    for dataset, is_planned in {"clean": False, "noisy": True, "few": True}.items():
        for one in (catalog.figures(plan), catalog.tables(plan)):
            assert ("noise-detection" in one.planned(dataset)) == is_planned


def test_a_figures_inputs_are_files_of_its_data_set():
    grid = [{"levels": ["dlp", "clp", "random"], "rates": [30, 50]}]
    plan = plan_of(pruning=grid, estimators=["aum", "el2n"])
    entry = catalog.figures(plan).entry("small", "recall-by-rate")
    names = ["full", "prune-dlp-30", "prune-dlp-50", "prune-clp-30", "prune-clp-50"]
    assert entry.evaluated == [(name, "quick") for name in names]
    assert entry.inputs == {
        "evaluation": [f"results/small/evaluation/{name}/quick.csv" for name in names],
        "ranks": "results/small/allocation/aum.csv",  # though Eq. 3 takes el2n
        "groups": "results/small/groups.csv",
    }


def test_classes_are_sorted_by_aum_or_else_by_what_stands_in_for_it():
    """Eq. 3's class sizes go by paper_estimator, whatever sorts the classes."""
    for estimators, ranked_by in ((["aum", "el2n"], "aum"), (["el2n"], "el2n")):
        figures = catalog.figures(plan_of(estimators=estimators))
        inputs = figures.entry("small", "recall-by-hardness").inputs
        assert inputs["ranks"] == f"results/small/allocation/{ranked_by}.csv"
        assert inputs["allocation"] == "results/small/allocation/el2n.csv"
        told = figures.study("small", "recall-by-hardness")
        assert (told["ranked_by"], told["paper_estimator"]) == (ranked_by, "el2n")


def test_sets_of_another_recipe_are_no_part_of_a_figure():
    plan = plan_of(resampling=[SMOTE | {"recipes": ["quick", "other"]}])
    entry = catalog.figures(plan).entry("small", "recall-change")
    assert entry.evaluated == [("full", "quick"), ("resample-smote-easy-a1-el2n", "quick")]


def test_a_figure_is_told_only_what_it_shows():
    grid = [{"levels": ["dlp", "clp"], "rates": [30]}]
    plan = plan_of(pruning=grid, ensembles={"stability": 5, "hardness": 4})
    study = catalog.figures(plan).study("small", "recall-by-class")
    assert study == {
        "dataset": "small",
        "members": {"recall": 10, "hardness": 4, "retraining": 8},
        "paper_estimator": "el2n",
        "ranked_by": "el2n",
        "paper_suffix": "el2n",
        "base_recipe": "quick",
        "stands_for": None,
        "sets": {"full": {"kind": "full"}},
        "evaluated": [["full", "quick"]],
    }
    assert {*catalog.figures(plan).study("small", "dlp-against-clp")["sets"]} == {
        "full",
        "prune-dlp-30",
        "prune-clp-30",
    }


def test_only_a_table_that_asks_for_it_is_told_what_the_paper_printed():
    tables = catalog.tables(plan_of(resampling=[SMOTE], stands_for="cifar10"))
    cells = tables.study("small", "resampling-effect")["published"]
    assert len(cells) == 36
    assert {
        "over": "smote",
        "under": "easy",
        "metric": "recall",
        "group": "hard",
        "change": 0.00216,
        "sd_over_classes": 0.00173,
        "bold": "yes",
    } in cells
    assert "published" not in tables.study("small", "gaps")
    other = catalog.tables(plan_of(resampling=[SMOTE]))
    assert other.study("small", "resampling-effect")["published"] == []


PAIR = dict.fromkeys(("stability", "recall", "hardness", "retraining"), 2)


def test_recipes_are_compared_where_full_is_trained_by_two_with_two_members():
    two = [SMOTE | {"recipes": ["quick", "other"]}]
    compared, alone = {"recipe-sensitivity", "variance-split"}, {"variance-split"}
    for settings, expected in (
        ({"resampling": two, "ensembles": PAIR}, compared),
        ({"resampling": two}, set()),  # of one member each
        ({"resampling": [SMOTE], "ensembles": PAIR}, alone),
        # what follows difficulty does not see every sample in every epoch
        ({"resampling": [SMOTE | {"recipes": ["difficult"]}], "ensembles": PAIR}, alone),
    ):
        assert planned(**settings)[0] & compared == expected


def test_the_order_is_that_of_the_papers_numbers_ours_come_last_and_claims_lead():
    figures = catalog.figures(plan_of(estimators=["aum", "el2n"])).planned("small")
    assert figures == [
        "recall-by-class", "sampling-weight", "class-sizes", "noise-thresholds", "gallery",
        "recall-by-hardness", "estimator-overlap", "data-map", "epoch-sensitivity",
        "gallery-by-class"]  # fmt: skip
    plan = plan_of(resampling=[SMOTE], stands_for="cifar10")
    assert catalog.tables(plan).planned("small") == ["claims", "resampling-effect", "gaps"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("recall-by-clas", "unknown figure 'recall-by-clas': did you mean 'recall-by-class'"),
        ("recall-change", "plans no recall-change for small: check resampling, pruning"),
    ],
)
def test_what_is_not_planned_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        catalog.figures(plan_of()).entry("small", name)


# One file each


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A folder whose files are figures too."""
    monkeypatch.setattr(plots, "__path__", [*plots.__path__, str(tmp_path)])
    return tmp_path


def test_a_figure_is_added_as_one_file(added):
    (added / "my_figure.py").write_text(EXAMPLE)
    grid = [{"levels": ["dlp", "random"], "rates": [30]}]
    figures = catalog.figures(plan_of(pruning=grid))
    assert "my-figure" in figures.planned("small")
    assert figures.entry("small", "my-figure").inputs == {
        "evaluation": [
            f"results/small/evaluation/{name}/quick.csv"
            for name in ("full", "prune-dlp-30", "prune-random-30")
        ],
        "groups": "results/small/groups.csv",
    }
    assert "results/small/figures/my-figure.pdf" in catalog.targets(
        figures, catalog.tables(figures.plan), "small"
    )
    assert figures.parts("small", "draw_figure")[-1] == {
        "name": "my-figure",
        "log": "results/small/logs/draw_figure/my-figure.log",
        **{end: f"results/small/figures/my-figure.{end}" for end in ("pdf", "png", "csv")},
    }
    assert "my-figure" not in catalog.figures(plan_of()).planned("small")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"groups"',
            '"group"',
            r"my_figure\.py: INPUTS has the unknown artifact 'group'.*'groups'",
        ),
        ('("el2n",)', "ALL", r"my_figure\.py: ESTIMATORS is ALL; expected literals"),
    ],
)
def test_a_figures_wrong_needs_name_its_file(added, old, new, message):
    (added / "my_figure.py").write_text(EXAMPLE.replace(old, new))
    grid = [{"levels": ["dlp"], "rates": [30]}]
    with pytest.raises(ValueError, match=message):
        catalog.figures(plan_of(pruning=grid)).planned("small")


@pytest.mark.parametrize("registry", [FIGURES, TABLES], ids=lambda registry: registry.kind)
def test_every_file_says_what_it_is_made_from(registry):
    for name in registry.names():
        wanted = registry.literal(name, "INPUTS")
        assert {*wanted} <= {"evaluation", *inventory.ARTIFACTS}, name
        assert registry.find(name).INPUTS == wanted


def test_class_sizes_are_computed_for_every_estimator():
    plan = plan_of(estimators=["el2n", "accuracy"])
    made = catalog.targets(catalog.figures(plan), catalog.tables(plan), "small")
    sizes = {path for path in made if "/allocation/" in path}
    assert sizes == {f"results/small/allocation/{name}.csv" for name in ("el2n", "accuracy")}


def test_the_three_data_sets_of_the_appendix_ask_for_the_same():
    """KMNIST, whose files are not on every machine, is planned like the others."""
    plan = Plan(check(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))))
    figures, tables = catalog.figures(plan), catalog.tables(plan)
    asked = {
        name: {file.replace(name, "it") for file in catalog.targets(figures, tables, name)}
        for name in ("mnist", "fashionmnist", "kmnist")
    }
    assert asked["mnist"] == asked["fashionmnist"] == asked["kmnist"]
    wanted = {*BY_CLASSES, "recall-by-class"}
    assert {f"results/it/figures/{name}.pdf" for name in wanted} <= asked["kmnist"]
    assert {"results/it/tables/claims.md", "results/it/tables/class-correlations.md"} <= asked[
        "kmnist"
    ]


def test_samples_are_reviewed_where_there_are_folds():
    found = {
        "results/small/review.csv",
        "results/small/class-differences.csv",
        *(f"results/small/out-of-fold/{name}.csv" for name in ("samples", "confusion", "classes")),
    }
    for folds, expected in (([], set()), ([2], found)):
        plan = plan_of(folds=folds)
        made = {*catalog.targets(catalog.figures(plan), catalog.tables(plan), "small")}
        assert made & found == expected


def test_classes_are_scored_in_every_space_and_need_no_sizes():
    plan = plan_of(estimators=["el2n", "cdr"], neighbours={"spaces": ["pixels", "features"]})
    made = catalog.targets(catalog.figures(plan), catalog.tables(plan), "small")
    folder = "results/small"
    assert {path for path in made if "/class-scores/" in path} == {
        f"{folder}/class-scores/{space}.csv" for space in ("pixels", "features")
    }
    assert f"{folder}/allocation/cdr.csv" not in made and f"{folder}/allocation/el2n.csv" in made
    assert plan.spaces("of-small") == ()


@pytest.mark.parametrize(
    ("settings", "listed"),
    [
        ({}, False),  # full alone
        ({"resampling": [{**SMOTE, "alphas": [], "rhos": [2]}]}, True),
        ({"pruning": [{"levels": ["random"], "rates": [50]}]}, True),
        ({"folds": [2]}, True),
    ],
)
def test_what_is_in_the_sets_is_listed_where_there_are_any(settings, listed):
    plan = plan_of(**settings)
    made = catalog.targets(catalog.figures(plan), catalog.tables(plan), "small")
    assert ("results/small/sets/sizes.csv" in made) == listed


def test_targets_are_files_below_results():
    plan = plan_of(resampling=[SMOTE])
    figures, tables = catalog.figures(plan), catalog.tables(plan)
    targets = catalog.targets(figures, tables, "small")
    assert len(targets) == len({*targets})
    assert {layout.GROUPS.path(dataset="small")} & {*targets} == set()  # made on the way
    assert "results/small/effects/classes.csv" in targets
    assert not [path for path in targets if not path.startswith("results/small/")]


def test_a_run_looks_at_no_figure_that_it_does_not_make(empty):
    file = empty / "workflow/hardness/evidence/plots/my_figure.py"
    file.write_text("NUMBER = None\nALL = ()\nINPUTS = ALL\n")
    assert empty.plan("results/tiny/data.npz")
    status, output = empty.run("-n", "tiny")
    assert status == 1 and "my_figure.py: INPUTS is ALL; expected literals" in output
