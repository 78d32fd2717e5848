# Stage: stability and agreement
# Needs:  results/{dataset}/data.npz, results/{dataset}/hardness/{estimator}.npz of every estimator
# Makes:  results/{dataset}/stability/{pruning-change,absolute-differences,overlap,reliability}.csv


rule measure_stability:
    input:
        data="results/{dataset}/data.npz",
        hardness=estimator_hardness,
    output:
        change="results/{dataset}/stability/pruning-change.csv",
        differences="results/{dataset}/stability/absolute-differences.csv",
        overlap="results/{dataset}/stability/overlap.csv",
        reliability="results/{dataset}/stability/reliability.csv",
    params:
        estimators=lambda wildcards: plan.dataset(wildcards.dataset)["estimators"],
        ensembles=ensembles_of,
        stability=lambda wildcards: plan.dataset(wildcards.dataset)["stability"],
        alphas=lambda wildcards: plan.settings(wildcards.dataset, "alphas", [1])[:1],
        rhos=lambda wildcards: plan.settings(wildcards.dataset, "rhos", [2])[:1],
        code=code_of("measure_stability"),
    log:
        "results/{dataset}/logs/measure_stability.log",
    script:
        "../scripts/measure_stability.py"
