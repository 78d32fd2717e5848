# Stage: hardness
# Needs:  results/{dataset}/data.npz,
#         results/{dataset}/members/full/{recipe}/block-*/{dynamics,pass,predictions,depth}.npz of
#         the base recipe, {features,input-gradients}.npz of the recipe without labels and
#         {features,label-gradients}.npz of its control, results/{dataset}/neighbours/{space}.npz;
#         for scores out of fold results/{dataset}/sets/folds-{k}.npz and
#         results/{dataset}/members/folds-{k}/{recipe}/block-*/predictions.npz
# Makes:  results/{dataset}/hardness/{estimator}.npz, results/{dataset}/samples.csv;
#         of noisy data sets results/{dataset}/noise-detection.csv


def blocks_of_full(dataset, file):
    return plan.blocks(dataset, FULL.name, plan.dataset(dataset).recipe, file)


def base_dynamics(wildcards):
    return blocks_of_full(wildcards.dataset, "dynamics.npz")


def source_files(wildcards):
    """The files that an estimator reads: data.npz; the neighbors in the first space, and data.npz;
    or {SOURCE}.npz of all blocks of `full`, by the base recipe, by that for second-split
    forgetting, by that without labels, or by its control.
    """
    source = estimator_source(wildcards.estimator)
    if source in observed.SOURCES:
        return unlabelled_files(wildcards.dataset, source)
    if source == observed.SECOND_SPLIT:
        return second_split_files(wildcards.dataset)
    if source == "data":
        return [data_of(wildcards.dataset)]
    if source == "neighbours":
        space = neighbours_of(wildcards)["spaces"][0]
        found = layout.NEIGHBOURS.path(dataset=wildcards.dataset, space=space)
        return [found, data_of(wildcards.dataset)]
    return blocks_of_full(wildcards.dataset, f"{source}.npz")


def unlabelled_files(dataset, source):
    """The files of networks without labels, or of their control, for a source; with data.npz for
    sources of features. Raises ValueError if the data set has no such networks.
    """
    if not (recipes := plan.unlabelled(dataset)):
        raise ValueError(
            f"{dataset} has no networks that learn without labels: scores of features need "
            f"datasets.{dataset}.unlabelled, with keys recipe and control"
        )
    recipe, control = recipes
    if source not in (observed.FEATURES, observed.WITH_LABELS):
        learner = control if source == observed.GRADIENTS else recipe
        return plan.blocks(dataset, FULL.name, learner, f"{source}.npz")
    if source == observed.FEATURES:
        files = plan.blocks(dataset, FULL.name, recipe, "features.npz")
    else:
        files = plan.blocks(dataset, FULL.name, control, "features.npz")
        files += plan.blocks(dataset, FULL.name, control, "dynamics.npz")
    return [*files, data_of(dataset)]


def second_split_files(dataset):
    """The passes of second-split forgetting. Raises ValueError if no network trains on one half of
    the samples after the other.
    """
    if not (recipe := plan.dataset(dataset).second_split):
        raise ValueError(
            f"{dataset} has no networks that train on one half of the samples after the other: "
            f"ssft and fslt need datasets.{dataset}.second_split, a recipe's name"
        )
    return plan.blocks(dataset, FULL.name, recipe, "pass.npz")


def predictions_of_full(wildcards):
    """The predictions of the members whose scores are averaged."""
    settings = plan.dataset(wildcards.dataset)
    return plan.blocks(
        wildcards.dataset,
        FULL.name,
        settings.recipe,
        "predictions.npz",
        settings.ensembles.hardness,
    )


def held_out_of(wildcards):
    """The recorded predictions of samples held out. Raises ValueError if there are none."""
    if not source_of(wildcards).held_out:
        raise ValueError(
            f"{wildcards.dataset} has no predictions by networks that did not train on a sample: "
            f"scores out of fold need held_out: true in datasets.{wildcards.dataset}.source"
        )
    place = {"dataset": wildcards.dataset, "recipe": RECORDED, "block": 0}
    return layout.BLOCK.path(set="held-out", file="predictions.npz", **place)


def folds_of(wildcards):
    """The first of the data set's sets of folds. Raises ValueError if it has none."""
    if not (folds := plan.dataset(wildcards.dataset).folds):
        raise ValueError(
            f"{wildcards.dataset} has no networks that did not train on a sample: scores out of "
            f"fold need datasets.{wildcards.dataset}.folds, such as [5]"
        )
    return Folds(folds[0]).name


def set_of_folds(wildcards):
    """The set of folds; none for a recording, which only has predictions of held-out samples."""
    if not plan.trains(wildcards.dataset):
        return []
    return layout.SET.path(dataset=wildcards.dataset, set=folds_of(wildcards))


def predictions_of_folds(wildcards):
    if not plan.trains(wildcards.dataset):
        return [held_out_of(wildcards)]
    dataset, folds = wildcards.dataset, folds_of(wildcards)
    return plan.blocks(dataset, folds, plan.dataset(dataset).recipe, "predictions.npz")


def estimators_of(source):
    return [name for name in ESTIMATORS.names() if estimator_source(name) == source]


def scores_of(source):
    """The files of all estimators that read a source: one job makes them all."""
    return [f"results/{{dataset}}/hardness/{name}.npz" for name in estimators_of(source)]


def code_of_scores(script, source):
    return code_of(script, *map(ESTIMATORS.file, estimators_of(source)))


def probe_epoch_of(wildcards):
    """The recipe's probe epoch. None for a recording: the default for its number of epochs."""
    if not plan.trains(wildcards.dataset):
        return None
    recipe = plan.dataset(wildcards.dataset).recipe
    if estimator_source(wildcards.estimator) == observed.WITH_LABELS:
        recipe = plan.dataset(wildcards.dataset).unlabelled.control
    return probe_epoch(plan.recipe_params(recipe))


def estimator_hardness(wildcards):
    estimators = plan.dataset(wildcards.dataset).estimators
    return [plan.hardness(wildcards.dataset, name) for name in estimators]


def flipped_data(wildcards):
    """data.npz. Raises ValueError if no labels are flipped, here or in what it is made from."""
    if not plan.is_noisy(wildcards.dataset):
        raise ValueError(
            f"no label of {wildcards.dataset} is flipped: noise-detection needs kind noisy in "
            f"datasets.{wildcards.dataset}.source"
        )
    return data_of(wildcards.dataset)


# Estimators whose source is read once for all of them
TOGETHER = "|".join(
    [*estimators_of("predictions"), *estimators_of("out-of-fold"), *estimators_of("reducible")]
)


rule score_hardness:
    input:
        source_files,
    output:
        "results/{dataset}/hardness/{estimator}.npz",
    log:
        "results/{dataset}/logs/score_hardness/{estimator}.log",
    wildcard_constraints:
        estimator=rf"(?!(?:{TOGETHER})\.)[^/.]+",
    params:
        probe_epoch=probe_epoch_of,
        code=code_of_part("score_hardness", ESTIMATORS, "estimator"),
    script:
        "../scripts/score_hardness.py"


rule score_predictions:
    input:
        data="results/{dataset}/data.npz",
        predictions=predictions_of_full,
    output:
        scores_of("predictions"),
    log:
        "results/{dataset}/logs/score_predictions.log",
    params:
        estimators=estimators_of("predictions"),
        members=members_for("hardness"),
        code=code_of_scores("score_predictions", "predictions"),
    script:
        "../scripts/score_predictions.py"


rule score_out_of_fold:
    input:
        data="results/{dataset}/data.npz",
        set=set_of_folds,
        predictions=predictions_of_folds,
    output:
        scores_of("out-of-fold"),
    log:
        "results/{dataset}/logs/score_out_of_fold.log",
    params:
        estimators=estimators_of("out-of-fold"),
        code=code_of_scores("score_out_of_fold", "out-of-fold"),
    script:
        "../scripts/score_out_of_fold.py"


rule score_reducible:
    input:
        data="results/{dataset}/data.npz",
        set=set_of_folds,
        predictions=predictions_of_folds,
        dynamics=base_dynamics,
    output:
        scores_of("reducible"),
    log:
        "results/{dataset}/logs/score_reducible.log",
    params:
        estimators=estimators_of("reducible"),
        code=code_of_scores("score_reducible", "reducible"),
    script:
        "../scripts/score_reducible.py"


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
