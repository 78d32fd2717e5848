# Stage: review
# Needs:  results/{dataset}/data.npz, results/{dataset}/duplicates.csv,
#         results/{dataset}/samples.csv, results/{dataset}/hardness/{estimator}.npz,
#         results/{dataset}/sets/folds-{k}.npz and
#         results/{dataset}/members/folds-{k}/{recipe}/block-*/{predictions,test}.npz; of
#         recordings members/held-out/recorded/block-0/predictions.npz
# Makes:  results/{dataset}/out-of-fold/{samples,confusion,classes}.csv,
#         results/{dataset}/review.csv, results/{dataset}/class-differences.csv


def tests_of_folds(wildcards):
    """The test predictions; none if test samples are training samples, or for a recording."""
    dataset = wildcards.dataset
    if plan.overlaps(dataset) or not plan.trains(dataset):
        return []
    return plan.blocks(dataset, folds_of(wildcards), plan.dataset(dataset).recipe, "test.npz")


def predictions_to_review(wildcards):
    """The predictions of folds; none for a recording whose networks trained on all samples."""
    return predictions_of_folds(wildcards) if plan.is_held_out(wildcards.dataset) else []


def duplicates_to_review(wildcards):
    """The list of duplicates; none for a recording, which holds no inputs to compare."""
    if not plan.trains(wildcards.dataset):
        return []
    return [layout.DUPLICATES.path(dataset=wildcards.dataset)]


def estimators_by_members(wildcards):
    """The data set's estimators that give a score per member."""
    estimators = plan.dataset(wildcards.dataset).estimators
    return [name for name in estimators if estimator_source(name) in ("dynamics", "pass")]


def hardness_by_members(wildcards):
    return [plan.hardness(wildcards.dataset, name) for name in estimators_by_members(wildcards)]


rule judge_out_of_fold:
    input:
        data="results/{dataset}/data.npz",
        set=set_of_folds,
        predictions=predictions_of_folds,
        test=tests_of_folds,
    output:
        samples="results/{dataset}/out-of-fold/samples.csv",
        confusion="results/{dataset}/out-of-fold/confusion.csv",
        classes="results/{dataset}/out-of-fold/classes.csv",
    log:
        "results/{dataset}/logs/judge_out_of_fold.log",
    params:
        code=code_of("judge_out_of_fold"),
    script:
        "../scripts/judge_out_of_fold.py"


rule review_samples:
    input:
        data="results/{dataset}/data.npz",
        set=set_of_folds,
        predictions=predictions_to_review,
        test=tests_of_folds,
        duplicates=duplicates_to_review,
        scores="results/{dataset}/samples.csv",
    output:
        "results/{dataset}/review.csv",
    log:
        "results/{dataset}/logs/review_samples.log",
    params:
        estimators=of_dataset("estimators"),
        code=code_of("review_samples"),
    script:
        "../scripts/review_samples.py"


rule compare_classes:
    input:
        data="results/{dataset}/data.npz",
        hardness=hardness_by_members,
    output:
        "results/{dataset}/class-differences.csv",
    log:
        "results/{dataset}/logs/compare_classes.log",
    params:
        estimators=estimators_by_members,
        members=members_for("hardness"),
        code=code_of("compare_classes"),
    script:
        "../scripts/compare_classes.py"
