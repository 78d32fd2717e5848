# Stage: evaluation
# Needs:  results/{dataset}/data.npz, results/{dataset}/members/{set}/{recipe}/block-*/test.npz,
#         of splits-{D} predictions.npz, results/{dataset}/groups.csv
# Makes:  results/{dataset}/evaluation/{set}/{recipe}.csv; for readers evaluation/classwise.csv and
#         evaluation/overall.csv


def blocks_of_ensemble(wildcards):
    return plan.blocks(wildcards.dataset, wildcards.set, wildcards.recipe, "test.npz")


def predictions_of_splits(wildcards):
    return plan.blocks(wildcards.dataset, wildcards.set, wildcards.recipe, "predictions.npz")


def members_of_ensemble(wildcards):
    return plan.members(wildcards.dataset, wildcards.set, wildcards.recipe)


def all_ensembles(wildcards):
    return [list(one) for one in plan.compared(wildcards.dataset)]


def all_evaluations(wildcards):
    return plan.evaluations(wildcards.dataset, plan.compared(wildcards.dataset))


rule evaluate:
    input:
        data="results/{dataset}/data.npz",
        test=blocks_of_ensemble,
    output:
        "results/{dataset}/evaluation/{set}/{recipe}.csv",
    log:
        "results/{dataset}/logs/evaluate/{set}/{recipe}.log",
    wildcard_constraints:
        set=rf"(?!{SPLITS}/)[^/]+",
    params:
        members=members_of_ensemble,
        code=code_of("evaluate"),
    script:
        "../scripts/evaluate.py"


rule evaluate_splits:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/{set}.npz",
        predictions=predictions_of_splits,
    output:
        "results/{dataset}/evaluation/{set}/{recipe}.csv",
    log:
        "results/{dataset}/logs/evaluate_splits/{set}/{recipe}.log",
    wildcard_constraints:
        set=SPLITS,
    params:
        members=members_of_ensemble,
        code=code_of("evaluate_splits"),
    script:
        "../scripts/evaluate_splits.py"


rule collect_evaluation:
    input:
        evaluation=all_evaluations,
        groups="results/{dataset}/groups.csv",
    output:
        classwise="results/{dataset}/evaluation/classwise.csv",
        overall="results/{dataset}/evaluation/overall.csv",
    log:
        "results/{dataset}/logs/collect_evaluation.log",
    params:
        ensembles=all_ensembles,
        compared=members_for("retraining"),
        code=code_of("collect_evaluation"),
    script:
        "../scripts/collect_evaluation.py"
