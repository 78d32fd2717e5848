# Stage: class sizes
# Needs:  results/{dataset}/data.npz, results/{dataset}/hardness/{estimator}.npz
# Makes:  results/{dataset}/allocation/{estimator}.csv, results/{dataset}/groups.csv


rule allocate:
    input:
        data="results/{dataset}/data.npz",
        hardness="results/{dataset}/hardness/{estimator}.npz",
    output:
        "results/{dataset}/allocation/{estimator}.csv",
    params:
        alphas=lambda wildcards: plan.settings(wildcards.dataset, "alphas", [1]),
        rhos=lambda wildcards: plan.settings(wildcards.dataset, "rhos", [2]),
        members=lambda wildcards: ensembles_of(wildcards)["hardness"],
        code=lambda wildcards: code_of("allocate", ESTIMATORS.file(wildcards.estimator)),
    log:
        "results/{dataset}/logs/allocate/{estimator}.log",
    script:
        "../scripts/allocate.py"


rule group_classes:
    input:
        data="results/{dataset}/data.npz",
        hardness=lambda wildcards: plan.hardness(wildcards.dataset, plan.dataset(wildcards.dataset)["paper_estimator"]),
    output:
        "results/{dataset}/groups.csv",
    params:
        estimator=lambda wildcards: plan.dataset(wildcards.dataset)["paper_estimator"],
        members=lambda wildcards: ensembles_of(wildcards)["hardness"],
        code=code_of("group_classes"),
    log:
        "results/{dataset}/logs/group_classes.log",
    script:
        "../scripts/group_classes.py"
