"""Needs of claims in a plan: the file of a need, or the key of the config that would plan it."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from hardness.evidence.claims import NEEDS
from study import needs, targets
from study.config import check, read_strictly
from study.needs import Need
from study.plan import Plan

CONFIG = check(read_strictly(Path(__file__).resolve().parents[2] / "config.yaml"))
PLAN = Plan(CONFIG)
SMOTE = "resample-smote-easy-a1"


def plan_of(**settings):
    """The config, cifar10 with other settings."""
    config = yaml.safe_load(yaml.safe_dump(CONFIG))
    config["datasets"]["cifar10"] |= settings
    return Plan(check(config))


@pytest.mark.parametrize(
    ("dataset", "stem", "name"),
    [
        ("cifar10", "full", "full"),
        ("cifar10", SMOTE, SMOTE),
        ("cifar10", "prune-dlp-50", "prune-dlp-50"),
        # this data set's sets of mode paper are made by another estimator; all others are not
        ("cifar10-small", SMOTE, "resample-smote-easy-a1-el2n"),
        ("cifar10-small", "resample-smote-easy-r2", "resample-smote-easy-r2"),
        ("cifar10-small", "prune-dlp-50", "prune-dlp-50"),
        ("cifar10-small", "prune-random-50", "prune-random-50"),
    ],
)
def test_a_claims_set_is_the_data_sets_own_of_that_kind(dataset, stem, name):
    one = needs.set_of(PLAN, dataset, stem)
    assert one.name == name and PLAN.set(dataset, name) == dataclasses.replace(
        one, **({"draws": PLAN.set(dataset, name).draws} if name != "full" else {})
    )


@pytest.mark.parametrize("stem", ["prune", "resample-smote-easy", "resample-smote-easy-x1", "all"])
def test_a_claim_about_no_set_is_refused(stem):
    with pytest.raises(ValueError, match=f"'{stem}' names no training set; expected one like"):
        needs.set_of(PLAN, "cifar10", stem)


@pytest.mark.parametrize(
    ("need", "file"),
    [
        ({"file": "evaluation", "set": SMOTE}, f"evaluation/{SMOTE}-el2n/lenet-cifar.csv"),
        ({"file": "allocation", "estimator": "aum"}, "allocation/aum.csv"),
        ({"file": "sets/sizes", "set": "prune-dlp-50"}, "sets/sizes.csv"),
        (
            {"file": "stability/overlap", "estimators": ["aum"], "rates": [10]},
            "stability/overlap.csv",
        ),
    ],
)
def test_a_needs_file(need, file):
    found = needs.file_of(PLAN, "cifar10-small", Need.from_plain(need))
    assert found == f"results/cifar10-small/{file}"


@pytest.mark.parametrize(
    ("need", "settings", "key"),
    [
        (
            {"estimators": ["aum", "el2n"]},
            {"estimators": ["aum"], "resampling": []},
            "estimators: el2n",
        ),
        ({"estimator": "el2n"}, {"estimators": ["aum"], "resampling": []}, "estimators: el2n"),
        ({"hardness": 8}, {"ensembles": {"hardness": 7}}, "ensembles.hardness: 8"),
        ({"members": 20}, {"ensembles": {"stability": 19}}, "ensembles.stability: 20"),
        ({"set": SMOTE}, {"resampling": []}, f"resampling: {SMOTE}"),
        (
            {"set": SMOTE},
            {"paper_estimator": "el2n", "resampling": []},
            f"resampling: {SMOTE}-el2n",
        ),
        ({"set": "prune-clp-70"}, {"pruning": []}, "pruning: prune-clp-70"),
        ({"rates": [50, 55, 65]}, {}, "stability.rates: 55, 65"),
        ({"alpha": 7}, {}, "resampling: alphas 7"),
        (
            {"baseline": "origin"},
            {},
            "source: kind denoised, of a data set with the same recipe and as many members",
        ),
    ],
)
def test_a_need_that_is_not_planned_names_its_key(need, settings, key):
    need = Need.from_plain({"file": "samples", **need})
    assert needs.unplanned(plan_of(**settings), "cifar10", need) == f"datasets.cifar10.{key}"
    planned = {"rates": (50,), "alpha": 1.0, "baseline": "own"}
    changed = {key: value for key, value in planned.items() if getattr(need, key) != value}
    if not settings:
        need = dataclasses.replace(need, **changed)
    assert needs.unplanned(PLAN, "cifar10", need) is None


def test_a_need_has_a_field_for_all_that_claims_may_say():
    known = {field.name for field in dataclasses.fields(Need)}
    assert {"file"}.union(*(must | can for must, can in NEEDS.values())) == known


def test_all_claims_are_planned_on_the_papers_data_sets():
    """But for those that are to be computed later; those of the appendix are not asked of them."""
    for dataset in targets.PAPER:
        claimed = needs.claimed(PLAN, dataset)
        later = {claim.id for claim in claimed.claims if claim.later}
        assert len(claimed.claims) > 1 and {*claimed.missing} == later
        assert len(claimed.files) > 0
        assert claimed.draws == {}  # mode paper has one draw, and so have pruned sets


def test_a_claim_that_compares_two_data_sets_reads_both_or_says_which_is_lacking():
    compared = [one for one in needs.claimed(PLAN, "cifar100").claims if one.against]
    files = needs.claimed(PLAN, "cifar100").files
    assert len(compared) > 0
    assert files["against/evaluation/full"] == "results/cifar10/evaluation/full/resnet18.csv"
    config = yaml.safe_load(yaml.safe_dump(CONFIG))
    for name in list(config["datasets"]):  # and what is made from it
        if "cifar10" in PLAN.with_origins([name]):
            del config["datasets"][name]
    missing = needs.claimed(Plan(check(config)), "cifar100").missing
    for claim in compared:
        assert missing[claim.id] == [
            "study.datasets: cifar100 with one of recipe resnet18 that stands_for cifar10"
        ]
