# Stage: members
# Needs:  results/{dataset}/data.npz, results/{dataset}/sets/{set}.npz
# Makes:  results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz; for full also
#         dynamics.npz and weights.npz, and from these predictions.npz and depth.npz; for folds-{k}
#         and splits-{D} also predictions.npz; for long-tailed-{ratio} also weights.npz, and from
#         these tde.npz; by recipes that observe passes also pass.npz for full, and own-pass.npz for
#         other sets; by recipes that observe features, for full also features.npz and, if they
#         observe gradients, label-gradients.npz; by recipes without labels features.npz and
#         input-gradients.npz instead of dynamics.npz
# Keeps:  results/.store/{key}/, finished and unfinished training, by the digest of everything that
#         it depends on


def recipe_of(wildcards):
    return plan.recipe_params(wildcards.recipe)


def threads_of(wildcards):
    return recipe_of(wildcards)["threads"]


def seeds_of(wildcards):
    name = wildcards.get("set", FULL.name)
    return plan.seeds(wildcards.dataset, name, wildcards.recipe, int(wildcards.block))


def observers_of(wildcards):
    return parts.observers(recipe_of(wildcards))


def code_of_training(wildcards):
    recipe = recipe_of(wildcards)
    of_sets = parts.observers_of_set(recipe, parts.HELD_OUT)
    observed = map(parts.OBSERVERS.file, (*parts.observers(recipe), *of_sets))
    views = map(parts.VIEWS.file, parts.VIEWS.names())
    return digest_of("train_members", *observed, *views, *parts.files(recipe).values())


def code_of_predictions(wildcards):
    return code_with_weights("predict_samples", wildcards)


def code_of_depth(wildcards):
    return code_with_weights("measure_depth", wildcards)


def code_with_weights(script, wildcards):
    """The digest of the code of a script that reads trained networks."""
    views = map(parts.VIEWS.file, parts.VIEWS.names())
    return digest_of(script, *views, *parts.files(recipe_of(wildcards)).values())


# recipes that are trained here, and not recorded elsewhere
TRAINED = rf"(?!{RECORDED}/)[^/]+"


def observers_of_set(wildcards):
    """The observers on a set other than full: for folds and splits also the predictions of rows
    that members do not train on, for long tails also the weights.
    """
    spec, asked = plan.set(wildcards.dataset, wildcards.set), []
    if isinstance(spec, Folds | Splits):
        asked = [parts.HELD_OUT]
    if isinstance(spec, LongTail):
        asked = ["weights"]
    return parts.observers_of_set(recipe_of(wildcards), *asked)


def one_of(recipes):
    return "|".join(map(re.escape, recipes)) or "(?!)"


BY_PASS = one_of(plan.recipes_observing("pass"))
NOT_BY_PASS = f"(?!(?:{BY_PASS}|{RECORDED})/)[^/]+"
BY_FEATURES = one_of(plan.recipes_observing("dynamics", "features"))
BY_GRADIENTS = one_of(plan.recipes_observing("dynamics", "features", "label-gradients"))
UNLABELLED = one_of(plan.recipes_observing("features", "input-gradients"))
HELD_OUT = f"{FOLDS}|{SPLITS}"  # sets that leave out rows
OTHER_SETS = f"(?!(?:full|{HELD_OUT}|{LONG_TAILED})/)[^/]+"
ALPHAS = [0.5, 1, 1.5, 2, 2.5, 3]  # of total direct effect


rule train_full:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/full.npz",
    output:
        "results/{dataset}/members/full/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/dynamics.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/weights.npz",
    log:
        "results/{dataset}/logs/train_full/{recipe}/block-{block}.log",
    wildcard_constraints:
        recipe=f"(?!(?:{BY_PASS}|{BY_FEATURES}|{UNLABELLED}|{RECORDED})/)[^/]+",
    priority: 1
    threads: threads_of
    resources:
        gpu=0,
    params:
        set="full",
        recipe=recipe_of,
        observe=observers_of,
        seeds=seeds_of,
        code=code_of_training,
    script:
        "../scripts/train_members.py"


use rule train_full as train_passes with:
    output:
        "results/{dataset}/members/full/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/dynamics.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/weights.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/pass.npz",
    log:
        "results/{dataset}/logs/train_passes/{recipe}/block-{block}.log",
    wildcard_constraints:
        recipe=BY_PASS,


use rule train_full as train_features with:
    output:
        "results/{dataset}/members/full/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/dynamics.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/weights.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/features.npz",
    log:
        "results/{dataset}/logs/train_features/{recipe}/block-{block}.log",
    wildcard_constraints:
        recipe=f"(?!(?:{BY_GRADIENTS})/)(?:{BY_FEATURES})",


use rule train_full as train_gradients with:
    output:
        "results/{dataset}/members/full/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/dynamics.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/weights.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/features.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/label-gradients.npz",
    log:
        "results/{dataset}/logs/train_gradients/{recipe}/block-{block}.log",
    wildcard_constraints:
        recipe=BY_GRADIENTS,


use rule train_full as train_unlabelled with:
    output:
        "results/{dataset}/members/full/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/weights.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/features.npz",
        "results/{dataset}/members/full/{recipe}/block-{block}/input-gradients.npz",
    log:
        "results/{dataset}/logs/train_unlabelled/{recipe}/block-{block}.log",
    wildcard_constraints:
        recipe=UNLABELLED,


rule train_set:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/{set}.npz",
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz",
    log:
        "results/{dataset}/logs/train_set/{set}/{recipe}/block-{block}.log",
    wildcard_constraints:
        set=OTHER_SETS,
        recipe=NOT_BY_PASS,
    threads: threads_of
    resources:
        gpu=0,
    params:
        set="{set}",
        recipe=recipe_of,
        observe=observers_of_set,
        seeds=seeds_of,
        code=code_of_training,
    script:
        "../scripts/train_members.py"


use rule train_set as train_set_passes with:
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/{set}/{recipe}/block-{block}/own-pass.npz",
    log:
        "results/{dataset}/logs/train_set_passes/{set}/{recipe}/block-{block}.log",
    wildcard_constraints:
        set=OTHER_SETS,
        recipe=BY_PASS,


use rule train_set as train_folds with:
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/{set}/{recipe}/block-{block}/predictions.npz",
    log:
        "results/{dataset}/logs/train_folds/{set}/{recipe}/block-{block}.log",
    wildcard_constraints:
        set=HELD_OUT,
        recipe=NOT_BY_PASS,


use rule train_set as train_folds_passes with:
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/{set}/{recipe}/block-{block}/predictions.npz",
        "results/{dataset}/members/{set}/{recipe}/block-{block}/own-pass.npz",
    log:
        "results/{dataset}/logs/train_folds_passes/{set}/{recipe}/block-{block}.log",
    wildcard_constraints:
        set=HELD_OUT,
        recipe=BY_PASS,


use rule train_set as train_long_tailed with:
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/{set}/{recipe}/block-{block}/weights.npz",
    log:
        "results/{dataset}/logs/train_long_tailed/{set}/{recipe}/block-{block}.log",
    wildcard_constraints:
        set=LONG_TAILED,
        recipe=NOT_BY_PASS,


use rule train_set as train_long_tailed_passes with:
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/test.npz",
        "results/{dataset}/members/{set}/{recipe}/block-{block}/weights.npz",
        "results/{dataset}/members/{set}/{recipe}/block-{block}/own-pass.npz",
    log:
        "results/{dataset}/logs/train_long_tailed_passes/{set}/{recipe}/block-{block}.log",
    wildcard_constraints:
        set=LONG_TAILED,
        recipe=BY_PASS,


rule predict_samples:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/full.npz",
        weights="results/{dataset}/members/full/{recipe}/block-{block}/weights.npz",
    output:
        "results/{dataset}/members/full/{recipe}/block-{block}/predictions.npz",
    log:
        "results/{dataset}/logs/predict_samples/{recipe}/block-{block}.log",
    wildcard_constraints:
        recipe=TRAINED,
    threads: threads_of
    resources:
        gpu=0,
    params:
        recipe=recipe_of,
        seeds=seeds_of,
        code=code_of_predictions,
    script:
        "../scripts/predict_samples.py"


use rule predict_samples as read_tde with:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/{set}.npz",
        weights="results/{dataset}/members/{set}/{recipe}/block-{block}/weights.npz",
    output:
        "results/{dataset}/members/{set}/{recipe}/block-{block}/tde.npz",
    log:
        "results/{dataset}/logs/read_tde/{set}/{recipe}/block-{block}.log",
    params:
        recipe=recipe_of,
        seeds=seeds_of,
        alphas=ALPHAS,
        code=code_of_predictions,


rule measure_depth:
    input:
        data="results/{dataset}/data.npz",
        set="results/{dataset}/sets/full.npz",
        weights="results/{dataset}/members/full/{recipe}/block-{block}/weights.npz",
    output:
        "results/{dataset}/members/full/{recipe}/block-{block}/depth.npz",
    log:
        "results/{dataset}/logs/measure_depth/{recipe}/block-{block}.log",
    wildcard_constraints:
        recipe=TRAINED,
    threads: threads_of
    resources:
        gpu=0,
    params:
        recipe=recipe_of,
        seeds=seeds_of,
        code=code_of_depth,
    script:
        "../scripts/measure_depth.py"
