# Stage: classes, and the shapes of estimators' values
# Needs:  results/{dataset}/data.npz, results/{dataset}/members/full/{recipe}/block-*/test.npz,
#         results/{dataset}/hardness/{estimator}.npz, results/{dataset}/class-scores/{space}.csv,
#         results/{dataset}/sample-scores/{space}.npz, all also of the data set's `whole`
# Makes:  results/{dataset}/class-accuracy/{ensembles,agreement,scores,values,correlations}.csv,
#         results/{dataset}/class-accuracy/samples.npz,
#         results/{dataset}/difficulty/{families,curves,agreement}.csv
from hardness.scoring.parts import NETWORKS


def data_of_settings(wildcards):
    return [data_of(one) for one in plan.settings(wildcards.dataset).values()]


def tests_of(dataset):
    return plan.blocks(dataset, FULL.name, plan.dataset(dataset).recipe, "test.npz")


def tests_of_settings(wildcards):
    return [file for one in plan.settings(wildcards.dataset).values() for file in tests_of(one)]


def blocks_of_settings(wildcards):
    """Each setting, with its number of files in tests_of_settings."""
    settings = plan.settings(wildcards.dataset)
    return [[setting, len(tests_of(one))] for setting, one in settings.items()]


def predicting_estimators(wildcards):
    """The data set's estimators that read predictions."""
    estimators = plan.dataset(wildcards.dataset).estimators
    return [name for name in estimators if estimator_source(name) == "predictions"]


rule measure_class_accuracy:
    input:
        data=data_of_settings,
        test=tests_of_settings,
    output:
        ensembles="results/{dataset}/class-accuracy/ensembles.csv",
        agreement="results/{dataset}/class-accuracy/agreement.csv",
        scores="results/{dataset}/class-accuracy/scores.csv",
        samples="results/{dataset}/class-accuracy/samples.npz",
    log:
        "results/{dataset}/logs/measure_class_accuracy.log",
    params:
        settings=blocks_of_settings,
        estimators=predicting_estimators,
        code=code_of_scores("measure_class_accuracy", "predictions"),
    script:
        "../scripts/measure_class_accuracy.py"


def spaces_of_settings(wildcards):
    """The space of each file of scores_of_spaces."""
    datasets = plan.settings(wildcards.dataset).values()
    return [space for one in datasets for space in plan.spaces(one)]


def scores_of_spaces(wildcards):
    datasets = plan.settings(wildcards.dataset).values()
    return [
        layout.CLASS_SCORES.path(dataset=one, space=space)
        for one in datasets
        for space in plan.spaces(one)
    ]


def observed_estimators(wildcards):
    """Setting -> the estimators whose scores of samples are averaged over classes. In setting full
    without those of predictions: there, predictions of all samples are scored as test predictions.
    """
    return {
        setting: [
            name
            for name in plan.dataset(dataset).estimators
            if estimator_source(name) in NETWORKS
            and (setting != "full" or estimator_source(name) != "predictions")
        ]
        for setting, dataset in plan.settings(wildcards.dataset).items()
    }


def hardness_of_settings(wildcards):
    settings, estimators = plan.settings(wildcards.dataset), observed_estimators(wildcards)
    return [
        plan.hardness(settings[setting], name)
        for setting in settings
        for name in estimators[setting]
    ]


def members_of_settings(wildcards):
    datasets = plan.settings(wildcards.dataset).values()
    return [plan.dataset(one).ensembles.hardness for one in datasets]


rule correlate_classes:
    input:
        data=data_of_settings,
        ensembles="results/{dataset}/class-accuracy/ensembles.csv",
        scores="results/{dataset}/class-accuracy/scores.csv",
        spaces=scores_of_spaces,
        hardness=hardness_of_settings,
    output:
        values="results/{dataset}/class-accuracy/values.csv",
        correlations="results/{dataset}/class-accuracy/correlations.csv",
    log:
        "results/{dataset}/logs/correlate_classes.log",
    params:
        spaces=spaces_of_settings,
        estimators=observed_estimators,
        members=members_of_settings,
        code=code_of("correlate_classes"),
    script:
        "../scripts/correlate_classes.py"


def samples_of_settings(wildcards):
    """Scores of samples by predictions, and in the space of pixels or else in the first space."""
    datasets = plan.settings(wildcards.dataset).values()
    predicted = layout.PREDICTED_SCORES.path(dataset=wildcards.dataset)
    spaces = {one: plan.spaces(one) for one in datasets}
    return [
        predicted,
        *(
            layout.SAMPLE_SCORES.path(dataset=one, space=PIXELS if PIXELS in held else held[0])
            for one, held in spaces.items()
            if held
        ),
    ]


def contents_of_samples(wildcards):
    """For each file of samples_of_settings, its settings and its estimators."""
    settings = plan.settings(wildcards.dataset)
    return [
        [list(settings), predicting_estimators(wildcards)],
        *(
            [list(settings_in(one)), plan.dataset_params(one)["neighbours"]["estimators"]]
            for one in settings.values()
            if plan.spaces(one)
        ),
    ]


rule describe_scores:
    input:
        samples=samples_of_settings,
        hardness=hardness_of_settings,
    output:
        families="results/{dataset}/difficulty/families.csv",
        curves="results/{dataset}/difficulty/curves.csv",
        agreement="results/{dataset}/difficulty/agreement.csv",
    log:
        "results/{dataset}/logs/describe_scores.log",
    params:
        samples=contents_of_samples,
        estimators=observed_estimators,
        members=members_of_settings,
        code=code_of("describe_scores"),
    script:
        "../scripts/describe_scores.py"
