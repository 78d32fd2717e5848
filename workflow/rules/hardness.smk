# Stage: hardness
# Needs:  results/{dataset}/data.npz,
#         results/{dataset}/members/full/{recipe}/block-*/{dynamics,pass}.npz of the base recipe,
#         results/{dataset}/neighbours/{space}.npz
# Makes:  results/{dataset}/hardness/{estimator}.npz, results/{dataset}/samples.csv;
#         of noisy data sets results/{dataset}/noise-detection.csv


def blocks_of_full(dataset, file):
    return plan.blocks(dataset, FULL.name, plan.dataset(dataset).recipe, file)


def base_dynamics(wildcards):
    return blocks_of_full(wildcards.dataset, "dynamics.npz")


def source_files(wildcards):
    """What an estimator reads: data.npz; the neighbours in the first space, and data.npz; or
    {SOURCE}.npz of all blocks of `full`.
    """
    source = estimator_source(wildcards.estimator)
    if source == "data":
        return [data_of(wildcards.dataset)]
    if source == "neighbours":
        space = neighbours_of(wildcards)["spaces"][0]
        found = layout.NEIGHBOURS.path(dataset=wildcards.dataset, space=space)
        return [found, data_of(wildcards.dataset)]
    return blocks_of_full(wildcards.dataset, f"{source}.npz")


def probe_epoch_of(wildcards):
    return probe_epoch(plan.recipe_params(plan.dataset(wildcards.dataset).recipe))


def estimator_hardness(wildcards):
    estimators = plan.dataset(wildcards.dataset).estimators
    return [plan.hardness(wildcards.dataset, name) for name in estimators]


def flipped_data(wildcards):
    """Raises ValueError if the labels are as published, here and in all it is made from."""
    if not plan.is_noisy(wildcards.dataset):
        raise ValueError(
            f"no label of {wildcards.dataset} is flipped: noise-detection needs kind noisy in "
            f"datasets.{wildcards.dataset}.source"
        )
    return data_of(wildcards.dataset)


rule score_hardness:
    input:
        source_files,
    output:
        "results/{dataset}/hardness/{estimator}.npz",
    log:
        "results/{dataset}/logs/score_hardness/{estimator}.log",
    params:
        probe_epoch=probe_epoch_of,
        code=code_of_part("score_hardness", ESTIMATORS, "estimator"),
    script:
        "../scripts/score_hardness.py"


rule list_samples:
    input:
        data="results/{dataset}/data.npz",
        hardness=estimator_hardness,
        dynamics=base_dynamics,
    output:
        "results/{dataset}/samples.csv",
    log:
        "results/{dataset}/logs/list_samples.log",
    params:
        estimators=of_dataset("estimators"),
        members=members_for("hardness"),
        code=code_of("list_samples"),
    script:
        "../scripts/list_samples.py"


rule detect_noise:
    input:
        data=flipped_data,
        hardness=estimator_hardness,
    output:
        "results/{dataset}/noise-detection.csv",
    log:
        "results/{dataset}/logs/detect_noise.log",
    params:
        estimators=of_dataset("estimators"),
        members=members_for("stability"),
        code=code_of("detect_noise"),
    script:
        "../scripts/detect_noise.py"
