# What all stages share: the plan of the config, the catalogs of figures and tables, and the digests
# that make code an input of rules.
import functools
import re

from hardness.core.codedigest import digest
from hardness.core.names import nearest
from hardness.data.spaces import FEATURES, PCA, PIXELS
from hardness.evidence.parts import FIGURES, TABLES
from hardness.scoring.parts import ESTIMATORS, estimator_source
from hardness.sets.parts import NONE, OVERSAMPLERS, UNDERSAMPLERS
from hardness.sets.spec import FULL, Folds, LongTail, Splits
from hardness.training import parts
from hardness.training.probing import probe_epoch
from study import catalog, inventory, layout, needs, observed, sensitivity, targets
from study.plan import Plan
from study.recordings import RECIPE as RECORDED

plan = Plan(config)
all_figures, all_tables = catalog.figures(plan), catalog.tables(plan)
PAPER = needs.paper(plan)
# The sets of these kinds, in wildcard constraints
FOLDS = rf"{Folds.KIND}-\d+"
SPLITS = rf"{Splits.KIND}-\d+(?:-raw)?"
LONG_TAILED = rf"{LongTail.KIND}-[^/]+"


wildcard_constraints:
    dataset="[^/.]+",
    set="[^/]+",
    recipe="[^/]+",
    estimator="[^/.]+",
    block=r"\d+",
    name="[a-z0-9-]+",
    space="|".join([PIXELS, PCA, FEATURES]),


# On a cluster, these rules run where Snakemake runs; only training, predict_samples, read_tde,
# measure_depth and measure_representation become jobs of the cluster
localrules:
    allocate,
    check_claims,
    cluster_histories,
    collect_claims,
    collect_evaluation,
    compare_classes,
    compare_difficulty,
    compare_estimators,
    compare_members,
    compare_recipes,
    correlate_classes,
    correlate_scores,
    detect_image_noise,
    detect_noise,
    describe_scores,
    draw_figure,
    evaluate,
    evaluate_splits,
    extract_features,
    find_duplicates,
    find_neighbours,
    group_classes,
    judge_out_of_fold,
    list_left_out,
    list_samples,
    list_sizes,
    make_data,
    make_full_set,
    make_report,
    make_set,
    map_samples,
    measure_class_accuracy,
    measure_epochs,
    measure_stability,
    read_held_out,
    read_recording,
    review_samples,
    score_classes,
    score_hardness,
    score_out_of_fold,
    score_predictions,
    score_reducible,
    select_gallery,
    select_pictures,
    size_by_metric,
    test_effects,
    weigh_flipped,
    write_table,
    compare_methods,
    follow_passes,
    simulate_difficulty,
    weigh_rows,
    write_ten_tables,


def digest_of(script, *parts):
    """Return the digest of the code that a rule runs: its script, the files of the parts that it
    finds by name, and all files of the project that they import.
    """
    return digest(WORKFLOW / "scripts" / f"{script}.py", *parts)


def code_of(script, *parts):
    """The same as a function of the wildcards: only the code of planned jobs is read."""
    return lambda wildcards: digest_of(script, *parts)


def code_of_part(script, registry, wildcard):
    """The same, for a part that a wildcard names."""
    return lambda wildcards: digest_of(script, registry.file(getattr(wildcards, wildcard)))


def of_dataset(key):
    """A function of the wildcards: the data set's value of a key of the config."""
    return lambda wildcards: plan.dataset_params(wildcards.dataset)[key]


def members_for(use):
    """A function of the wildcards: how many members the data set's ensemble for this use has."""
    return lambda wildcards: getattr(plan.dataset(wildcards.dataset).ensembles, use)


def paper_hardness(wildcards):
    return plan.hardness(wildcards.dataset, plan.dataset(wildcards.dataset).paper_estimator)


def ranking_hardness(wildcards):
    return plan.hardness(wildcards.dataset, plan.ranked_by(wildcards.dataset))


def ranked_by(wildcards):
    return plan.ranked_by(wildcards.dataset)


def alphas_of(wildcards):
    return plan.alphas(wildcards.dataset)


def rhos_of(wildcards):
    return plan.rhos(wildcards.dataset)


def source_of(wildcards):
    return plan.dataset(wildcards.dataset).source


def data_of(dataset):
    return layout.DATA.path(dataset=dataset)


def papers(wildcards):
    """The paper's data sets that the config has. Raises ValueError if it has none."""
    if not PAPER:
        lacking = ", ".join(targets.PAPER)
        raise ValueError(f"the config has none of the paper's data sets: datasets lacks {lacking}")
    return PAPER


def artifacts_of(dataset):
    """All files that a data set's part of the config asks for, except the report."""
    return catalog.targets(all_figures, all_tables, dataset)


def everything(dataset):
    """All files that a data set's part of the config asks for."""
    return [layout.REPORT.path(dataset=dataset), *artifacts_of(dataset)]
