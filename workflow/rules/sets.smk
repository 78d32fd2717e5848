# Stage: training sets
# Needs:  results/{dataset}/data.npz, results/{dataset}/hardness/{estimator}.npz (not for full)
# Makes:  results/{dataset}/sets/{set}.npz, results/{dataset}/sets/sizes.csv


def spec_of(wildcards):
    return plan.set(wildcards.dataset, wildcards.set).columns()


def hardness_of_set(wildcards):
    estimator = spec_of(wildcards).get("estimator")
    return plan.hardness(wildcards.dataset, estimator) if estimator else []


def code_of_set(wildcards):
    spec = spec_of(wildcards)
    parts = ((ESTIMATORS, "estimator"), (OVERSAMPLERS, "over"), (UNDERSAMPLERS, "under"))
    files = [kind.file(spec[key]) for kind, key in parts if spec.get(key, NONE) != NONE]
    return digest_of("make_set", *files)


def all_sets(wildcards):
    dataset = wildcards.dataset
    return [layout.SET.path(dataset=dataset, set=name) for name in plan.sets(dataset)]


def all_specs(wildcards):
    return {name: spec.columns() for name, spec in plan.sets(wildcards.dataset).items()}


rule make_full_set:
    input:
        "results/{dataset}/data.npz",
    output:
        "results/{dataset}/sets/full.npz",
    log:
        "results/{dataset}/logs/make_full_set.log",
    params:
        code=code_of("make_full_set"),
    script:
        "../scripts/make_full_set.py"


rule make_set:
    input:
        data="results/{dataset}/data.npz",
        hardness=hardness_of_set,
    output:
        "results/{dataset}/sets/{set}.npz",
    log:
        "results/{dataset}/logs/make_set/{set}.log",
    wildcard_constraints:
        set="(?!full\\.npz)[^/]+",
    params:
        spec=spec_of,
        code=code_of_set,
    script:
        "../scripts/make_set.py"


rule list_sizes:
    input:
        data="results/{dataset}/data.npz",
        sets=all_sets,
    output:
        "results/{dataset}/sets/sizes.csv",
    log:
        "results/{dataset}/logs/list_sizes.log",
    params:
        sets=all_specs,
        code=code_of("list_sizes"),
    script:
        "../scripts/list_sizes.py"
