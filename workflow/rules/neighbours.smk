# Stage: neighbors
# Needs:  results/{dataset}/data.npz; for the space of features
#         results/{dataset}/members/full/{recipe}/block-0/weights.npz of the base recipe
# Makes:  results/{dataset}/features.npz, results/{dataset}/neighbours/{space}.npz,
#         results/{dataset}/class-scores/{space}.csv, results/{dataset}/sample-scores/{space}.npz


def neighbours_of(wildcards):
    """The data set's key `neighbours` of the config. Raises ValueError if it is null."""
    if (asked := of_dataset("neighbours")(wildcards)) is None:
        raise ValueError(
            f"no neighbours are asked for: set datasets.{wildcards.dataset}.neighbours"
        )
    return asked


def number_of_neighbours(wildcards):
    return neighbours_of(wildcards)["k"]


def components_of(wildcards):
    """The number of components; None in spaces other than pca, which it must not make stale."""
    return neighbours_of(wildcards)["components"] if wildcards.space == PCA else None


def estimators_of_classes(wildcards):
    return neighbours_of(wildcards)["estimators"]


def settings_in(dataset):
    """Setting, as named in the results -> its name in spaces.SETTINGS, which says whose neighbors
    are searched among which samples. The first setting is that of the training samples.
    """
    if plan.overlaps(dataset):
        return {"full": "train"}
    return {"train-only": "train", "part": "part", "test-only": "test"}


def settings_of(wildcards):
    return settings_in(wildcards.dataset)


def base_recipe(wildcards):
    return plan.recipe_params(plan.dataset(wildcards.dataset).recipe)


def first_weights(wildcards):
    return blocks_of_full(wildcards.dataset, "weights.npz")[0]


def code_of_features(wildcards):
    files = parts.files(base_recipe(wildcards))
    views = map(parts.VIEWS.file, parts.VIEWS.names())
    return digest_of("extract_features", files["model"], files["head"], *views)


def features_of(wildcards):
    """The file of features, in the space of features only."""
    file = layout.FEATURES.path(dataset=wildcards.dataset)
    return [file] if wildcards.space == FEATURES else []


def code_of_class_scores(wildcards):
    return digest_of("score_classes", *map(ESTIMATORS.file, estimators_of_classes(wildcards)))


rule extract_features:
    input:
        data="results/{dataset}/data.npz",
        weights=first_weights,
    output:
        "results/{dataset}/features.npz",
    log:
        "results/{dataset}/logs/extract_features.log",
    resources:
        gpu=0,
    params:
        recipe=base_recipe,
        code=code_of_features,
    script:
        "../scripts/extract_features.py"


rule find_neighbours:
    input:
        data="results/{dataset}/data.npz",
        features=features_of,
    output:
        "results/{dataset}/neighbours/{space}.npz",
    log:
        "results/{dataset}/logs/find_neighbours/{space}.log",
    threads: 2
    resources:
        gpu=0,
    params:
        k=number_of_neighbours,
        components=components_of,
        settings=settings_of,
        code=code_of("find_neighbours"),
    script:
        "../scripts/find_neighbours.py"


rule score_classes:
    input:
        data="results/{dataset}/data.npz",
        neighbours="results/{dataset}/neighbours/{space}.npz",
    output:
        classes="results/{dataset}/class-scores/{space}.csv",
        samples="results/{dataset}/sample-scores/{space}.npz",
    log:
        "results/{dataset}/logs/score_classes/{space}.log",
    params:
        estimators=estimators_of_classes,
        settings=settings_of,
        code=code_of_class_scores,
    script:
        "../scripts/score_classes.py"
