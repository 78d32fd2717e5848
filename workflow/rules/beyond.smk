# Stage: difficulty during training, beyond its paper
# Needs:  results/{dataset}/evaluation/{set}/{recipe}.csv, results/{dataset}/groups.csv;
#         results/{dataset}/sets/long-tailed-{ratio}.npz and
#         results/{dataset}/members/long-tailed-{ratio}/{recipe}/block-*/{test,own-pass}.npz of data
#         sets with flipped labels and of those that they are made from;
#         results/{dataset}/hardness/{estimator}.npz
# Makes:  results/{dataset}/rebalancing/{against-hardness,flipped,agreement}.csv

from study import beyond


def rivals_of(wildcards):
    return [[name, *one] for name, one in beyond.rivals(plan, wildcards.dataset).items()]


def evaluations_of_rivals(wildcards):
    return plan.evaluations(wildcards.dataset, beyond.rivals(plan, wildcards.dataset).values())


rule compare_difficulty:
    input:
        evaluation=evaluations_of_rivals,
        groups="results/{dataset}/groups.csv",
    output:
        "results/{dataset}/rebalancing/against-hardness.csv",
    log:
        "results/{dataset}/logs/compare_difficulty.log",
    params:
        rivals=rivals_of,
        code=code_of("compare_difficulty"),
    script:
        "../scripts/compare_difficulty.py"


def datasets_with_flips(wildcards):
    return list(dict.fromkeys(one.dataset for one in beyond.with_flips(plan, wildcards.dataset)))


def files_with_flips(wildcards):
    """data: that of each data set; for each ensemble set_0, test_0 and, if it observes passes,
    pass_0, with its place in the list as the number.
    """
    found = {"data": list(map(data_of, datasets_with_flips(wildcards)))}
    for place, (_, *one) in enumerate(beyond.with_flips(plan, wildcards.dataset)):
        dataset, name, recipe = one
        found[f"set_{place}"] = layout.SET.path(dataset=dataset, set=name)
        found[f"test_{place}"] = plan.blocks(*one, "test.npz")
        if "pass" in parts.observers(plan.recipe_params(recipe)):
            found[f"pass_{place}"] = plan.blocks(*one, "own-pass.npz")
    return found


def ensembles_with_flips(wildcards):
    return [
        one._asdict()
        | {"members": plan.members(one.dataset, one.set, one.recipe)}
        | {"sampler": beyond.drawn_by(plan, one.recipe)}
        | beyond.difficulty_of(plan, one.recipe)
        for one in beyond.with_flips(plan, wildcards.dataset)
    ]


rule weigh_flipped:
    input:
        unpack(files_with_flips),
    output:
        "results/{dataset}/rebalancing/flipped.csv",
    log:
        "results/{dataset}/logs/weigh_flipped.log",
    params:
        datasets=datasets_with_flips,
        ensembles=ensembles_with_flips,
        code=code_of("weigh_flipped"),
    script:
        "../scripts/weigh_flipped.py"


rule compare_members:
    input:
        estimator_hardness,
    output:
        "results/{dataset}/rebalancing/agreement.csv",
    log:
        "results/{dataset}/logs/compare_members.log",
    params:
        estimators=of_dataset("estimators"),
        stability=of_dataset("stability"),
        code=code_of("compare_members"),
    script:
        "../scripts/compare_members.py"
