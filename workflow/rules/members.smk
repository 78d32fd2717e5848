# Stage: members
# Needs:  results/{dataset}/data.npz, results/{dataset}/sets/{set}.npz
# Makes:  results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz; for full also dynamics.npz and weights.npz
# Keeps:  results/.store/{key}/, finished and unfinished training, by the digest of everything it depends on


def recipe_of(wildcards):
    return plan.recipe(wildcards.recipe)


def code_of_training(wildcards):
    recipe = recipe_of(wildcards)
    observed = (OBSERVERS.file(name) for name in observers(recipe))
    views = (VIEWS.file(name) for name in VIEWS.names())
    return code_of("train_members", *observed, *views, *parts_of(recipe).values())


rule train_full:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/full.npz",
    output:
        multiext("results/{dataset}/members/full/{recipe}/block-{block}/", "test.npz", "dynamics.npz", "weights.npz"),
    params:
        set="full",
        observe=lambda wildcards: observers(recipe_of(wildcards)),
        recipe=recipe_of,
        seeds=lambda wildcards: plan.seeds(wildcards.dataset, "full", wildcards.recipe, int(wildcards.block)),
        code=code_of_training,
    threads: lambda wildcards: recipe_of(wildcards)["threads"]
    resources:
        gpu=0,
    priority: 1
    log:
        "results/{dataset}/logs/train_full/{recipe}/block-{block}.log",
    script:
        "../scripts/train_members.py"


rule train_set:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/{set}.npz",
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz",
    wildcard_constraints:
        set="(?!full/)[^/]+",
    params:
        set=lambda wildcards: wildcards.set,
        observe=(),
        recipe=recipe_of,
        seeds=lambda wildcards: plan.seeds(wildcards.dataset, wildcards.set, wildcards.recipe, int(wildcards.block)),
        code=code_of_training,
    threads: lambda wildcards: recipe_of(wildcards)["threads"]
    resources:
        gpu=0,
    log:
        "results/{dataset}/logs/train_set/{set}/{recipe}/block-{block}.log",
    script:
        "../scripts/train_members.py"
