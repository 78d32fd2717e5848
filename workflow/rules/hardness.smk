# Stage: hardness
# Needs:  results/{dataset}/data.npz, results/{dataset}/members/full/{recipe}/block-*/{dynamics,pass}.npz of the base recipe
# Makes:  results/{dataset}/hardness/{estimator}.npz, results/{dataset}/samples.csv; of noisy data sets noise-detection.csv


def base_dynamics(wildcards):
    return plan.blocks(wildcards.dataset, "full", plan.dataset(wildcards.dataset)["recipe"], "dynamics.npz")


def source_files(wildcards):
    """What an estimator reads: data.npz, or {SOURCE}.npz of all blocks of `full`."""
    source = ESTIMATORS.find(wildcards.estimator).SOURCE
    if source == "data":
        return [data_of(wildcards.dataset)]
    return plan.blocks(wildcards.dataset, "full", plan.dataset(wildcards.dataset)["recipe"], f"{source}.npz")


def estimator_hardness(wildcards):
    return [plan.hardness(wildcards.dataset, name) for name in plan.dataset(wildcards.dataset)["estimators"]]


def flipped_data(wildcards):
    """Raises ValueError if the labels are as published, here and in all that the data set is made from."""
    source = source_of(wildcards)
    while source["kind"] != "noisy":
        if "of" not in source:
            raise ValueError(f"no label of {wildcards.dataset} is flipped: noise-detection needs kind noisy in "
                             f"datasets.{wildcards.dataset}.source")
        source = plan.dataset(source["of"])["source"]
    return data_of(wildcards.dataset)


rule score_hardness:
    input:
        source_files,
    output:
        "results/{dataset}/hardness/{estimator}.npz",
    params:
        probe_epoch=lambda wildcards: probe_epoch(plan.recipe(plan.dataset(wildcards.dataset)["recipe"])),
        code=lambda wildcards: code_of("score_hardness", ESTIMATORS.file(wildcards.estimator)),
    log:
        "results/{dataset}/logs/score_hardness/{estimator}.log",
    script:
        "../scripts/score_hardness.py"


rule list_samples:
    input:
        data="results/{dataset}/data.npz",
        hardness=estimator_hardness,
        dynamics=base_dynamics,
    output:
        "results/{dataset}/samples.csv",
    params:
        estimators=lambda wildcards: plan.dataset(wildcards.dataset)["estimators"],
        members=lambda wildcards: ensembles_of(wildcards)["hardness"],
        code=code_of("list_samples"),
    log:
        "results/{dataset}/logs/list_samples.log",
    script:
        "../scripts/list_samples.py"


rule detect_noise:
    input:
        data=flipped_data,
        hardness=estimator_hardness,
    output:
        "results/{dataset}/noise-detection.csv",
    params:
        estimators=lambda wildcards: plan.dataset(wildcards.dataset)["estimators"],
        members=lambda wildcards: ensembles_of(wildcards)["stability"],
        code=code_of("detect_noise"),
    log:
        "results/{dataset}/logs/detect_noise.log",
    script:
        "../scripts/detect_noise.py"
