# Stage: class sizes
# Needs:  results/{dataset}/data.npz, results/{dataset}/hardness/{estimator}.npz
# Makes:  results/{dataset}/allocation/{estimator}.csv, results/{dataset}/groups.csv


rule allocate:
    input:
        data="results/{dataset}/data.npz",
        hardness="results/{dataset}/hardness/{estimator}.npz",
    output:
        "results/{dataset}/allocation/{estimator}.csv",
    log:
        "results/{dataset}/logs/allocate/{estimator}.log",
    params:
        alphas=alphas_of,
        rhos=rhos_of,
        members=members_for("hardness"),
        code=code_of_part("allocate", ESTIMATORS, "estimator"),
    script:
        "../scripts/allocate.py"


rule group_classes:
    input:
        data="results/{dataset}/data.npz",
        hardness=paper_hardness,
    output:
        "results/{dataset}/groups.csv",
    log:
        "results/{dataset}/logs/group_classes.log",
    params:
        estimator=of_dataset("paper_estimator"),
        members=members_for("hardness"),
        code=code_of("group_classes"),
    script:
        "../scripts/group_classes.py"
