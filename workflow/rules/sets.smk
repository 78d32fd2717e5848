# Stage: training sets
# Needs:  results/{dataset}/data.npz, results/{dataset}/hardness/{estimator}.npz (but for full)
# Makes:  results/{dataset}/sets/{set}.npz, results/{dataset}/sets/sizes.csv


def spec_of(wildcards):
    return plan.set(wildcards.dataset, wildcards.set)


def hardness_of_set(wildcards):
    spec = spec_of(wildcards)
    return plan.hardness(wildcards.dataset, spec["estimator"]) if "estimator" in spec else []


def code_of_set(wildcards):
    spec = spec_of(wildcards)
    parts = ((ESTIMATORS, "estimator"), (OVERSAMPLERS, "over"), (UNDERSAMPLERS, "under"))
    return code_of("make_set", *(kind.file(spec[key]) for kind, key in parts if spec.get(key, NONE) != NONE))


rule make_full_set:
    input:
        "results/{dataset}/data.npz",
    output:
        "results/{dataset}/sets/full.npz",
    params:
        code=code_of("make_full_set"),
    log:
        "results/{dataset}/logs/make_full_set.log",
    script:
        "../scripts/make_full_set.py"


rule make_set:
    input:
        data="results/{dataset}/data.npz",
        hardness=hardness_of_set,
    output:
        "results/{dataset}/sets/{set}.npz",
    wildcard_constraints:
        set="(?!full\\.npz)[^/]+",
    params:
        spec=spec_of,
        code=code_of_set,
    log:
        "results/{dataset}/logs/make_set/{set}.log",
    script:
        "../scripts/make_set.py"


rule list_sizes:
    input:
        data="results/{dataset}/data.npz",
        sets=lambda wildcards: [plan.path(wildcards.dataset, "sets", f"{name}.npz") for name in plan.sets(wildcards.dataset)],
    output:
        "results/{dataset}/sets/sizes.csv",
    params:
        sets=lambda wildcards: plan.sets(wildcards.dataset),
        code=code_of("list_sizes"),
    log:
        "results/{dataset}/logs/list_sizes.log",
    script:
        "../scripts/list_sizes.py"
