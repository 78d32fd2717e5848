"""Methods of re-balancing in the plan: what is compared with what, which figures and tables follow,
and docs/rebalancing.md, which lists them.
"""

import re

import pytest
import yaml
from conftest import ROOT

from hardness.evidence.parts import FIGURES, TABLES
from study import catalog, rebalancing, trained
from study.config import check
from study.plan import Ensemble, Plan

PLAN = Plan(check(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))))
ROW = re.compile(r"\| ((?:Fig\.|Sec\.|Table) [\d.]+) \| `(.*)` \| (.+) \|")
PAGE = (ROOT / "docs" / "rebalancing.md").read_text(encoding="utf-8")


def planned(dataset):
    """Those of its figures and tables that are made from methods."""
    found = set()
    for one in (catalog.figures(PLAN), catalog.tables(PLAN)):
        for name in one.planned(dataset):
            if any(
                "/rebalancing/" in str(path) for path in one.entry(dataset, name).inputs.values()
            ):
                found.add(name)
    return found


def test_the_page_names_the_counterpart_of_every_table_and_figure_of_the_paper():
    rows = [ROW.fullmatch(line) for line in PAGE.splitlines()]
    listed = {match[2]: match[1] for match in rows if match}
    said = {
        name: registry.literal(name, "COUNTERPART")
        for registry in (FIGURES, TABLES)
        for name in registry.names()
        if registry.literal(name, "COUNTERPART")
    }
    assert listed == said
    wanted = {f"{kind} {number}" for kind in ("Fig.", "Table") for number in (1, 2, 3, 4)}
    assert wanted | {"Sec. 3.3.3"} == {*said.values()} and len(said) == 9


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (
            "mnist-parity-lt100",
            {"rebalancing", "sub-classes", "accuracy-by-digit", "accuracy-by-epoch",
             "difficulty-vectors", "difficulty-simulation", "difficulty-convergence",
             "unlearning-frequency"},
        ),
        (
            "cifar10-lt",
            {"rebalancing", "majority-and-minority", "accuracy-by-epoch", "unlearning-frequency"},
        ),
        ("uci-wine-all", {"ten-tables"}),
        ("digits", set()),
        ("uci-wine", set()),
    ],
)  # fmt: skip
def test_what_is_planned_of_a_data_set(dataset, expected):
    assert planned(dataset) == expected


def test_the_base_is_the_first_recipe_of_the_grid():
    bases = rebalancing.bases(PLAN, "mnist-parity-lt100")
    assert len(bases) == 18
    for (name, recipe), base in bases.items():
        assert name == "long-tailed-100" and base in ("parity-slow", "parity-converged")
        assert recipe == base or recipe.startswith(f"{base}-")
    uci = rebalancing.bases(PLAN, "uci-iris-all")
    assert uci[Ensemble("splits-200-raw", "uci-mlp-difficulty")] == "uci-mlp"
    assert {one.set for one in uci} == {"splits-200", "splits-200-raw"} and len(uci) == 28


def test_methods_in_words():
    assert list(rebalancing.methods(PLAN, "cifar10-lt").values()) == [
        "Base",
        "Focal loss",
        "Class-balanced loss, beta 0.9999",
        "Uniform, with replacement",
        "Class-balanced sampling",
        "Difficulty",
        "Class-balanced loss, beta 0.99999",
        "Balanced softmax",
        "LDAM, deferred weights",
    ]
    both = {"sampler": {"name": "difficulty", "c": 0.1}, "objective": {"name": "focal", "gamma": 2}}
    assert rebalancing.method(both) == "Difficulty, c 0.1 + Focal loss"


def test_captions_say_seeds_draws_epochs_and_recipes():
    text = trained.methods(PLAN, "mnist-parity-lt100")
    assert text == (
        "long-tailed-100: 16 seeds, each with a draw of its own; parity-slow and 8 like it: mlp, 30"
        " epochs, batches of 128, sgd at 0.01; parity-converged and 8 like it: mlp, 30 epochs,"
        " batches of 128, sgd at 0.1 with momentum 0.9"
    )
    splits = trained.methods(PLAN, "uci-wine-all")
    assert splits.startswith(
        "splits-200, splits-200-raw: 200 seeds, each with a random split of its own; uci-logistic"
    )


def test_every_figure_and_table_of_both_papers_says_how_its_networks_are_trained():
    """By the recipes of the config; the simulation trains none."""
    mlp = "mlp, 30 epochs, batches of 32, sgd at 0.05 with momentum 0.9"
    on_cpu = (
        "Without labels: 8 seeds; twins-conv4: conv4, 30 epochs, batches of 256, adam at 0.001; "
        "with labels: 8 seeds; control-conv4: conv4, 20 epochs, batches of 128, adam at 0.001"
    )
    for dataset, said in (
        ("digits-parity-lt", f"digits-parity and 3 like it: {mlp}"),
        ("digits-difficulty", f"20 seeds; digits-parity: {mlp}"),
        ("digits-difficulty", f"digits-parity and 2 like it: {mlp}"),
        ("digits-parity-noisy-40", f"8 seeds; digits-parity and 2 like it: {mlp}"),
        ("cifar10-unlabelled", on_cpu),
    ):
        found = []
        for one in (catalog.figures(PLAN), catalog.tables(PLAN)):
            for name in one.planned(dataset):
                inputs = one.entry(dataset, name).inputs.values()
                words = one.study(dataset, name).get("trained", {})
                folders = {f"{path}".split("/")[-2] for path in inputs}
                if folders & {"rebalancing", "unlabelled"}:
                    assert words or name == "difficulty-simulation", name
                found += words.values()
        assert any(said in text for text in found), (dataset, found)


@pytest.mark.parametrize(
    ("dataset", "cells", "example"),
    [
        ("cifar10-lt", 24, ("1", "Our Method", "100", 75.0)),
        ("cifar10-lt-resnet9", 24, ("1", "TDE", "1", 91.1)),
        ("cifar100-lt", 39, ("2", "Base Model", "Minority", 9.0)),
        ("mnist-parity-lt100", 27, ("3", "Class-Balance Loss", "Sub-Class Ratio", 69.6)),
        ("uci-glass-all", 3, ("4", "Ours", "Accuracy", 53.5)),
        ("digits-parity-lt", 0, None),
    ],
)
def test_the_papers_numbers_stand_beside_the_data_sets_that_they_are_about(dataset, cells, example):
    found = rebalancing.told(PLAN, dataset)["printed"]
    assert len(found) == cells
    rows = [tuple(cell[key] for key in ("table", "row", "column", "value")) for cell in found]
    assert example is None or example in rows
    assert {cell["dataset"] for cell in found} <= {dataset}


def test_the_ten_tables_together_are_in_the_papers_order():
    names = rebalancing.tables(PLAN)
    tables = (
        "sonar",
        "balance",
        "cmc",
        "ecoli",
        "glass",
        "heart",
        "iris",
        "robot",
        "seeds",
        "wine",
    )
    assert names == [f"uci-{name}-all" for name in tables]
    told = rebalancing.told_of_tables(PLAN)["rebalancing"]
    assert len(told["printed"]) == 33 and len(told["methods"]) == 14
    assert told["bases"]["uci-mlp-uniform"] == "uci-mlp"


def test_only_what_the_paper_reads_by_tde_is_read_by_it():
    ensembles = rebalancing.ensembles(PLAN, "cifar10-lt")
    read = {one.recipe for one in ensembles if rebalancing.has_tde(PLAN, "cifar10-lt", one)}
    assert read == {"lenet-lt", "lenet-lt-difficulty"}
    assert not any(
        rebalancing.has_tde(PLAN, "uci-wine-all", one)
        for one in rebalancing.ensembles(PLAN, "uci-wine-all")
    )


@pytest.mark.parametrize(
    ("page", "dataset", "figure"),
    [
        ("rebalancing.md", "inaturalist", "against-hardness"),
        ("unlabelled.md", "imagenet-part", "pruned-by-msd"),
    ],
)
def test_the_examples_of_folders_are_configs_that_plan_their_figure(page, dataset, figure):
    """Added to the study, as a file of config.d would be."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (example,) = (yaml.safe_load(part) for part in re.findall(r"```yaml\n(.*?)```", text, re.S))
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for key, own in example.items():
        config[key] |= own
    plan = Plan(check(config))
    assert figure in catalog.figures(plan).planned(dataset)


def test_figures_of_other_data_sets_are_told_nothing_of_methods():
    """Nothing of them is made again when a recipe of a long tail changes."""
    figures = catalog.figures(PLAN)
    assert "rebalancing" not in figures.study("digits", "recall-by-class")
    assert "rebalancing" not in figures.study("mnist-parity-lt100", "recall-by-class")
    assert "rebalancing" in figures.study("mnist-parity-lt100", "unlearning-frequency")
