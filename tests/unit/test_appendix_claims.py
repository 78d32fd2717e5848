"""The entries of claims-appendix.yaml: one claim for each data set, its needs, its recipe."""

from collections import Counter
from pathlib import Path

import yaml

from hardness.evidence import claims, verdicts
from hardness.evidence.measures import appendix, lookup
from hardness.evidence.measures._values import number

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
CONTENT, MAIN = (
    yaml.safe_load((WORKFLOW / name).read_text(encoding="utf-8"))
    for name in ("claims-appendix.yaml", "claims.yaml")
)


def test_a_claim_about_several_data_sets_is_one_of_each():
    made = claims.checked(CONTENT).claims
    data = Counter(claim.data for claim in made)
    assert data["mnist"] >= 10 and data["kmnist"] >= 9 and data["cifar10"] >= 14
    (one,) = [claim for claim in made if claim.id == "separation-strong-full-kmnist"]
    assert one.data == "kmnist" and one.needs[0].whole
    assert one.arguments == {"estimators": ["adoc", "cp", "mdr", "adr"], "setting": "full"}


def test_every_measure_of_the_appendix_is_used():
    used = {claim.measure for claim in claims.checked(CONTENT).claims}
    assert used == {
        name for name, measure in lookup.MEASURES.items() if measure.__module__ == appendix.__name__
    }


def test_the_ids_are_nobody_elses():
    ids = [claim.id for content in (CONTENT, MAIN) for claim in claims.checked(content).claims]
    assert len(ids) == len(set(ids))


def test_lenet_is_the_recipe_but_on_cifar10():
    recipes = {(claim.data == "cifar10", claim.recipe) for claim in claims.checked(CONTENT).claims}
    assert recipes == {(True, "resnet56"), (False, "lenet")}


def test_half_of_the_estimators_are_not_most():
    most = {"most-inverse-cumulative-mnist", "families-stay-mnist"}
    asked = [claim for claim in claims.checked(CONTENT).claims if claim.id in most]
    answers = [
        [verdicts.judge(claim, number(share)).answer for share in (6 / 12, 7 / 13)]
        for claim in asked
    ]
    assert answers == [[verdicts.NOT_REPRODUCED, verdicts.REPRODUCED]] * 2
