# Stage: stability and agreement
# Needs:  results/{dataset}/data.npz, results/{dataset}/hardness/{estimator}.npz of every estimator
# Makes:  results/{dataset}/stability/{pruning-change,absolute-differences,overlap,reliability}.csv


def first_alpha(wildcards):
    return alphas_of(wildcards)[:1]


def first_rho(wildcards):
    return rhos_of(wildcards)[:1]


rule measure_stability:
    input:
        data="results/{dataset}/data.npz",
        hardness=estimator_hardness,
    output:
        change="results/{dataset}/stability/pruning-change.csv",
        differences="results/{dataset}/stability/absolute-differences.csv",
        overlap="results/{dataset}/stability/overlap.csv",
        reliability="results/{dataset}/stability/reliability.csv",
    log:
        "results/{dataset}/logs/measure_stability.log",
    params:
        estimators=of_dataset("estimators"),
        ensembles=of_dataset("ensembles"),
        stability=of_dataset("stability"),
        alphas=first_alpha,
        rhos=first_rho,
        code=code_of("measure_stability"),
    script:
        "../scripts/measure_stability.py"
