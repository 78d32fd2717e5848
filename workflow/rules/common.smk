# What all stages share: the plan that follows from the config, and the digests by which code counts as an input.
from hardness.core.codedigest import digest
from hardness.core.names import nearest
from hardness.evidence.parts import FIGURES, TABLES
from hardness.scoring.parts import ESTIMATORS
from hardness.sets.parts import NONE, OVERSAMPLERS, UNDERSAMPLERS
from hardness.training.parts import OBSERVERS, VIEWS, files as parts_of, observers
from study import needs
from study.plan import Plan

plan = Plan(config)
PAPER = needs.paper(plan)


wildcard_constraints:
    dataset="[^/.]+",
    set="[^/]+",
    recipe="[^/]+",
    estimator="[^/.]+",
    block=r"\d+",
    name="[a-z0-9-]+",


# On a cluster: all but training is computed where Snakemake runs
localrules:
    allocate, check_claims, collect_claims, collect_evaluation, detect_noise, draw_figure, evaluate, find_duplicates,
    group_classes, list_samples, list_sizes, make_data, make_full_set, make_report, make_set, measure_stability,
    score_hardness, select_gallery, size_by_recall, test_effects, write_table,


def code_of(script, *parts):
    """Digest of the code that a rule runs: its script, the files of the parts that it finds by name, and all that they
    import of the project.
    """
    return digest(WORKFLOW / "scripts" / f"{script}.py", *parts)


def papers(wildcards):
    """The paper's data sets that the config has. Raises ValueError if it has none."""
    if not PAPER:
        raise ValueError(f"the config has none of the paper's data sets: datasets lacks {', '.join(needs.PAPER)}")
    return PAPER


def source_of(wildcards):
    return plan.dataset(wildcards.dataset)["source"]


def data_of(dataset):
    return plan.path(dataset, "data.npz")


def ensembles_of(wildcards):
    return plan.dataset(wildcards.dataset)["ensembles"]


def everything(dataset):
    """All that a data set's part of the config asks for."""
    return [plan.path(dataset, "report.html"), *artifacts_of(dataset)]


def artifacts_of(dataset):
    """All of it but the report."""
    return [
        *figure_files(dataset),
        *table_files(dataset),
        *(plan.path(dataset, "allocation", f"{name}.csv") for name in plan.dataset(dataset)["estimators"]),
        plan.path(dataset, "samples.csv"),
        plan.path(dataset, "duplicates.csv"),
        plan.path(dataset, "evaluation", "classwise.csv"),
        plan.path(dataset, "evaluation", "overall.csv"),
        plan.path(dataset, "stability", "reliability.csv"),
        *(effects_of(dataset, "classes").values() if resampled(dataset) else ()),
    ]
