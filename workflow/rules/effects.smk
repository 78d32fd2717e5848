# Stage: effects of resampling, and claims
# Needs:  results/{dataset}/data.npz, groups.csv, members/{set}/{recipe}/block-*/test.npz of full and of every resampled set
# Makes:  results/{dataset}/effects/{cells,gaps,families,classes}.csv, results/{dataset}/claims.csv, results/claims.csv
import functools

import yaml
from hardness.evidence import claims

CLAIMS = claims.checked(yaml.safe_load((WORKFLOW / "claims.yaml").read_text()))


def resampled(dataset):
    """The ensembles on resampled sets, and full under each of their recipes."""
    sets = plan.sets(dataset)
    found = [one for one in plan.ensembles(dataset) if sets[one[0]]["kind"] == "resample"]
    recipes = dict.fromkeys([plan.dataset(dataset)["recipe"], *(recipe for _, recipe in found)])
    return [*(("full", recipe) for recipe in recipes), *found] if found else []


rule test_effects:
    input:
        data="results/{dataset}/data.npz",
        groups="results/{dataset}/groups.csv",
        test=lambda wildcards: [
            block for one in resampled(wildcards.dataset) for block in plan.blocks(wildcards.dataset, *one, "test.npz")
        ],
        origin=lambda wildcards: plan.blocks_of_origin(wildcards.dataset),
    output:
        multiext("results/{dataset}/effects/", cells="cells.csv", gaps="gaps.csv", families="families.csv", classes="classes.csv"),
    params:
        sets=lambda wildcards: {name: plan.set(wildcards.dataset, name) for name, _ in resampled(wildcards.dataset)},
        recipe=lambda wildcards: plan.dataset(wildcards.dataset)["recipe"],
        margin=lambda wildcards: plan.dataset(wildcards.dataset)["margin"],
        code=code_of("test_effects"),
    log:
        "results/{dataset}/logs/test_effects.log",
    script:
        "../scripts/test_effects.py"


@functools.cache
def claimed(dataset):
    """The claims that a data set answers: the claims; frame -> file of what they need; id -> the keys that are missing."""
    settings = plan.dataset(dataset)
    about = CLAIMS.about(settings["stands_for"])
    files, missing, draws = {}, {}, {}
    for claim in about:
        other = needs.counterpart(plan, dataset, claim["against"]) if "against" in claim else None

        def home(need):
            return other if need.get("of") == "against" else dataset

        def unplanned(need):
            if home(need) is None:
                return f"study.datasets: {dataset} with one of recipe {settings['recipe']} that stands_for {claim['against']}"
            return needs.unplanned(plan, home(need), need)

        planned, keys = claims.resolve(claim, unplanned)
        if keys:
            missing[claim["id"]] = keys
        for need in planned:
            files[claims.frame_name(need)] = needs.file_of(plan, home(need), need)
            if "set" in need:
                drawn = plan.set(home(need), needs.set_name(plan, home(need), need))
                draws[need["set"]] = 1 if drawn.get("over") == "none" else drawn.get("draws", 1)
    return about, files, missing, {name: number for name, number in draws.items() if number > 1}


def study_of_claims(wildcards):
    settings = plan.dataset(wildcards.dataset)
    return {
        "recipe": settings["recipe"],
        "paper_recipe": CLAIMS.recipe,
        "paper_estimator": settings["paper_estimator"],
        "members": settings["ensembles"],
        "draws": claimed(wildcards.dataset)[3],
    }


rule check_claims:
    input:
        artifacts=lambda wildcards: list(claimed(wildcards.dataset)[1].values()),
    output:
        "results/{dataset}/claims.csv",
    params:
        claims=lambda wildcards: claimed(wildcards.dataset)[0],
        frames=lambda wildcards: list(claimed(wildcards.dataset)[1]),
        missing=lambda wildcards: claimed(wildcards.dataset)[2],
        study=study_of_claims,
        code=code_of("check_claims"),
    log:
        "results/{dataset}/logs/check_claims.log",
    script:
        "../scripts/check_claims.py"


rule collect_claims:
    input:
        lambda wildcards: [plan.path(dataset, "claims.csv") for dataset in papers(wildcards)],
    output:
        "results/claims.csv",
    params:
        datasets=PAPER,
        code=code_of("collect_claims"),
    log:
        "results/logs/collect_claims.log",
    script:
        "../scripts/collect_claims.py"
