# Stage: sensitivity
# Needs:  results/{dataset}/members/full/{recipe}/block-*/dynamics.npz of every recipe that is
#         trained on full
# Makes:  results/{dataset}/sensitivity/{epochs,recipes,variance}.csv


def running_estimators(wildcards):
    return sensitivity.running(plan, wildcards.dataset)


def recorded_estimators(wildcards):
    return sensitivity.of_dynamics(plan, wildcards.dataset)


def dynamics_by_recipe(wildcards):
    return [path for _, path in sensitivity.blocks(plan, wildcards.dataset)]


def recipes_of_dynamics(wildcards):
    return [recipe for recipe, _ in sensitivity.blocks(plan, wildcards.dataset)]


def members_by_recipe(wildcards):
    return sensitivity.members(plan, wildcards.dataset)


def probe_epochs(wildcards):
    return {
        recipe: probe_epoch(plan.recipe_params(recipe)) if recipe != RECORDED else None
        for recipe in sensitivity.recipes(plan, wildcards.dataset)
    }


def rates_of(wildcards):
    return plan.dataset_params(wildcards.dataset)["stability"]["rates"]


rule measure_epochs:
    input:
        base_dynamics,
    output:
        "results/{dataset}/sensitivity/epochs.csv",
    log:
        "results/{dataset}/logs/measure_epochs.log",
    params:
        estimators=running_estimators,
        members=members_for("hardness"),
        rates=rates_of,
        code=code_of("measure_epochs"),
    script:
        "../scripts/measure_epochs.py"


rule compare_recipes:
    input:
        dynamics_by_recipe,
    output:
        recipes="results/{dataset}/sensitivity/recipes.csv",
        variance="results/{dataset}/sensitivity/variance.csv",
    log:
        "results/{dataset}/logs/compare_recipes.log",
    params:
        recipes=recipes_of_dynamics,
        estimators=recorded_estimators,
        members=members_by_recipe,
        probe_epochs=probe_epochs,
        rates=rates_of,
        code=code_of("compare_recipes"),
    script:
        "../scripts/compare_recipes.py"
