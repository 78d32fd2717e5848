# Stage: hardness without labels
# Needs:  results/{dataset}/data.npz, results/{dataset}/hardness/{estimator}.npz,
#         results/{dataset}/members/full/{recipe}/block-*/{features,test}.npz of the recipe without
#         labels, results/{dataset}/evaluation/overall.csv
# Makes:  results/{dataset}/unlabelled/{correlations,clusters,histories,representation}.csv,
#         results/{dataset}/unlabelled/{pruned,resampled}.csv;
#         of data sets with noisy images results/{dataset}/image-noise.csv
from study.settings.source import NoisyImages


def recipe_without_labels(wildcards):
    """The name of the recipe without labels. Raises ValueError if the data set has none."""
    if not (recipes := plan.unlabelled(wildcards.dataset)):
        raise ValueError(
            f"{wildcards.dataset} has no networks that learn without labels: these results need "
            f"datasets.{wildcards.dataset}.unlabelled, with keys recipe and control"
        )
    return recipes[0]


def blocks_without_labels(file):
    """A function of the wildcards: one file of all blocks of the recipe without labels."""
    return lambda wildcards: plan.blocks(
        wildcards.dataset, FULL.name, recipe_without_labels(wildcards), file
    )


def params_without_labels(wildcards):
    return plan.recipe_params(recipe_without_labels(wildcards))


def seeds_without_labels(wildcards):
    name = recipe_without_labels(wildcards)
    return list(range(plan.members(wildcards.dataset, FULL.name, name)))


def code_of_representation(wildcards):
    recipe = params_without_labels(wildcards)
    views = map(parts.VIEWS.file, parts.VIEWS.names())
    return digest_of("measure_representation", *views, *parts.files(recipe).values())


def specs_of_sets(wildcards):
    """name -> columns of the specification, for the sets that the base recipe is trained on."""
    dataset = wildcards.dataset
    base = plan.dataset(dataset).recipe
    names = [name for name, recipe in plan.compared(dataset) if recipe == base]
    return {name: plan.set(dataset, name).columns() for name in names}


def noisy_images(wildcards):
    """The source in plain values. Raises ValueError if no image is spoiled."""
    if not plan.has_noisy_images(wildcards.dataset):
        raise ValueError(
            f"no image of {wildcards.dataset} is spoiled: image-noise needs kind noisy-images in "
            f"datasets.{wildcards.dataset}.source"
        )
    return plan.dataset_params(wildcards.dataset)["source"]


rule correlate_scores:
    input:
        data="results/{dataset}/data.npz",
        hardness=estimator_hardness,
    output:
        "results/{dataset}/unlabelled/correlations.csv",
    log:
        "results/{dataset}/logs/correlate_scores.log",
    params:
        estimators=of_dataset("estimators"),
        members=members_for("hardness"),
        code=code_of("correlate_scores"),
    script:
        "../scripts/correlate_scores.py"


rule cluster_histories:
    input:
        data="results/{dataset}/data.npz",
        features=blocks_without_labels("features.npz"),
    output:
        clusters="results/{dataset}/unlabelled/clusters.csv",
        histories="results/{dataset}/unlabelled/histories.csv",
    log:
        "results/{dataset}/logs/cluster_histories.log",
    params:
        members=members_for("hardness"),
        code=code_of("cluster_histories"),
    script:
        "../scripts/cluster_histories.py"


rule measure_representation:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/full.npz",
        features=blocks_without_labels("features.npz"),
        test=blocks_without_labels("test.npz"),
    output:
        "results/{dataset}/unlabelled/representation.csv",
    log:
        "results/{dataset}/logs/measure_representation.log",
    resources:
        gpu=0,
    params:
        recipe=params_without_labels,
        seeds=seeds_without_labels,
        code=code_of_representation,
    script:
        "../scripts/measure_representation.py"


rule compare_estimators:
    input:
        overall="results/{dataset}/evaluation/overall.csv",
    output:
        pruned="results/{dataset}/unlabelled/pruned.csv",
        resampled="results/{dataset}/unlabelled/resampled.csv",
    log:
        "results/{dataset}/logs/compare_estimators.log",
    params:
        sets=specs_of_sets,
        recipe=of_dataset("recipe"),
        code=code_of("compare_estimators"),
    script:
        "../scripts/compare_estimators.py"


rule detect_image_noise:
    input:
        hardness=estimator_hardness,
    output:
        "results/{dataset}/image-noise.csv",
    log:
        "results/{dataset}/logs/detect_image_noise.log",
    params:
        source=noisy_images,
        estimators=of_dataset("estimators"),
        members=members_for("hardness"),
        code=code_of("detect_image_noise"),
    script:
        "../scripts/detect_image_noise.py"
