# Stage: evaluation
# Needs:  results/{dataset}/data.npz, results/{dataset}/members/{set}/{recipe}/block-*/test.npz, results/{dataset}/groups.csv
# Makes:  results/{dataset}/evaluation/{set}/{recipe}.csv; for readers evaluation/classwise.csv and evaluation/overall.csv


rule evaluate:
    input:
        data="results/{dataset}/data.npz",
        test=lambda wildcards: plan.blocks(wildcards.dataset, wildcards.set, wildcards.recipe, "test.npz"),
    output:
        "results/{dataset}/evaluation/{set}/{recipe}.csv",
    params:
        members=lambda wildcards: plan.members(wildcards.dataset, wildcards.set, wildcards.recipe),
        code=code_of("evaluate"),
    log:
        "results/{dataset}/logs/evaluate/{set}/{recipe}.log",
    script:
        "../scripts/evaluate.py"


rule collect_evaluation:
    input:
        evaluation=lambda wildcards: [plan.evaluation(wildcards.dataset, *one) for one in plan.ensembles(wildcards.dataset)],
        groups="results/{dataset}/groups.csv",
    output:
        classwise="results/{dataset}/evaluation/classwise.csv",
        overall="results/{dataset}/evaluation/overall.csv",
    params:
        compared=lambda wildcards: ensembles_of(wildcards)["retraining"],
        code=code_of("collect_evaluation"),
    log:
        "results/{dataset}/logs/collect_evaluation.log",
    script:
        "../scripts/collect_evaluation.py"
