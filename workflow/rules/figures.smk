# Stage: figures and tables
# Needs:  results/{dataset}/data.npz, what figures and tables show, hardness/{estimator}.npz for the gallery
# Makes:  results/{dataset}/figures/{name}.{pdf,png,csv}, figures/gallery.npz, figures/recall-by-hardness.sizes.csv,
#         results/{dataset}/tables/{name}.{csv,tex,md}

# Each figure's inputs; a new figure is one line here and one file in hardness/plots/. `evaluation` is a list of training sets.
# None: the data set's config plans nothing that the figure could show.
FIGURE_INPUTS = {
    "recall-by-class": lambda d: {"evaluation": ["full"]},
    "sampling-weight": lambda d: {},
    "class-sizes": lambda d: {"allocation": paper_allocation(d)},
    "pruning-stability": lambda d: {"change": plan.path(d, "stability", "pruning-change.csv")} if several(d) else None,
    "absolute-differences": lambda d: {"differences": plan.path(d, "stability", "absolute-differences.csv")}
    if several(d) else None,
    "recall-by-hardness": lambda d: {"evaluation": ["full"], "allocation": paper_allocation(d), "groups": groups_of(d)},
    "estimator-overlap": lambda d: {"overlap": plan.path(d, "stability", "overlap.csv")}
    if len(plan.dataset(d)["estimators"]) > 1 else None,
    "recall-change": lambda d: with_full(
        plan.names(d, kind="resample", over="smote", under="easy"), allocation=paper_allocation(d), groups=groups_of(d)
    ),
    "dlp-against-clp": lambda d: with_full(plan.names(d, kind="prune")),
    "removed-by-class": lambda d: {"sizes": plan.path(d, "sets", "sizes.csv"), "allocation": paper_allocation(d)}
    if plan.names(d, level="dlp") else None,
    "recall-by-rate": lambda d: with_full(
        plan.names(d, level="dlp") + plan.names(d, level="clp"), allocation=paper_allocation(d), groups=groups_of(d)
    ),
    "noise-thresholds": lambda d: {"samples": plan.path(d, "samples.csv")} if "aum" in plan.dataset(d)["estimators"] else None,
    "gallery": lambda d: {"samples": plan.path(d, "samples.csv"), "duplicates": plan.path(d, "duplicates.csv")}
    if inputs.inputs_of(config["datasets"], d) == "images" else None,
    "noise-detection": lambda d: {"detection": plan.path(d, "noise-detection.csv")} if noisy(d) else None,
}
TABLE_INPUTS = {
    "claims": lambda d: {"claims": plan.path(d, "claims.csv")} if plan.dataset(d)["stands_for"] else None,
    "resampling-effect": lambda d: effects_of(d, "cells", "families") if resampled(d) else None,
    "gaps": lambda d: effects_of(d, "gaps") if resampled(d) else None,
    "verdict-anatomy": lambda d: effects_of(d, "cells", "gaps") if varied(d) else None,
    "noise-detection": lambda d: {"detection": plan.path(d, "noise-detection.csv")} if noisy(d) else None,
}


def effects_of(dataset, *names):
    return {name: plan.path(dataset, "effects", f"{name}.csv") for name in names}


def varied(dataset):
    """Whether the config varies an ingredient: the recipe of resampled sets, or the reading of Forgetting."""
    base, sets = plan.dataset(dataset)["recipe"], plan.sets(dataset)
    return any(
        recipe != base or sets[name]["estimator"].startswith("forgetting")
        for name, recipe in resampled(dataset) if name != "full"
    )


def noisy(dataset):
    return plan.dataset(dataset)["source"]["kind"] == "noisy"


def paper_allocation(dataset):
    return plan.path(dataset, "allocation", f"{plan.dataset(dataset)['paper_estimator']}.csv")


def groups_of(dataset):
    return plan.path(dataset, "groups.csv")


def several(dataset):
    return plan.dataset(dataset)["ensembles"]["stability"] > 1


def with_full(sets, **others):
    return {"evaluation": ["full", *sets], **others} if sets else None


def shown(kind, wildcards):
    """What a figure or table needs. Raises ValueError if there is none of that name, or the config plans nothing for it."""
    if wildcards.name not in kind:
        raise ValueError(f"unknown name {wildcards.name!r}: {nearest(wildcards.name, kind)}")
    needs = kind[wildcards.name](wildcards.dataset)
    if needs is None:
        raise ValueError(f"the config plans nothing of {wildcards.dataset} for {wildcards.name}: look at resampling, pruning, "
                         f"estimators, ensembles, stands_for and source in datasets.{wildcards.dataset}")
    return needs


def files_of(kind):
    def files(wildcards):
        needs = dict(shown(kind, wildcards))
        if "evaluation" in needs:
            needs["evaluation"] = plan.evaluations(wildcards.dataset, needs["evaluation"])
        return needs
    return files


def study_of(kind):
    """What a figure or table is told of the study: only what it shows, so that nothing else makes it stale."""
    def study(wildcards):
        settings = plan.dataset(wildcards.dataset)
        sets = shown(kind, wildcards).get("evaluation", [])
        return {
            "dataset": wildcards.dataset,
            "members": {use: number for use, number in settings["ensembles"].items() if use != "stability"},
            "paper_estimator": settings["paper_estimator"],
            "base_recipe": settings["recipe"],
            "stands_for": settings["stands_for"],
            "sets": {name: plan.set(wildcards.dataset, name) for name in sets},
        }
    return study


def planned(kind, dataset):
    return [name for name, needs in kind.items() if needs(dataset) is not None]


def figure_files(dataset):
    files = [plan.path(dataset, "figures", f"{name}.{end}") for name in planned(FIGURE_INPUTS, dataset) for end in ("pdf", "png", "csv")]
    return files + [plan.path(dataset, "figures", "recall-by-hardness.sizes.csv")]


def table_files(dataset):
    return [plan.path(dataset, "tables", f"{name}.{end}") for name in planned(TABLE_INPUTS, dataset) for end in ("csv", "tex", "md")]


rule draw_figure:
    input:
        unpack(files_of(FIGURE_INPUTS)),
        images=lambda wildcards: plan.path(wildcards.dataset, "figures", "gallery.npz") if wildcards.name == "gallery" else [],
    output:
        pdf=report("results/{dataset}/figures/{name}.pdf", category="{dataset}", labels={"figure": "{name}", "format": "pdf"}),
        png=report("results/{dataset}/figures/{name}.png", category="{dataset}", labels={"figure": "{name}", "format": "png"}),
        csv="results/{dataset}/figures/{name}.csv",
    params:
        study=study_of(FIGURE_INPUTS),
        code=lambda wildcards: code_of("draw_figure", FIGURES.file(wildcards.name)),
    log:
        "results/{dataset}/logs/draw_figure/{name}.log",
    script:
        "../scripts/draw_figure.py"


rule select_gallery:
    input:
        data="results/{dataset}/data.npz",
        hardness=lambda wildcards: plan.hardness(wildcards.dataset, plan.dataset(wildcards.dataset)["paper_estimator"]),
    output:
        "results/{dataset}/figures/gallery.npz",
    params:
        estimator=lambda wildcards: plan.dataset(wildcards.dataset)["paper_estimator"],
        members=lambda wildcards: ensembles_of(wildcards)["hardness"],
        code=code_of("select_gallery"),
    log:
        "results/{dataset}/logs/select_gallery.log",
    script:
        "../scripts/select_gallery.py"


rule size_by_recall:
    input:
        data="results/{dataset}/data.npz",
        evaluation=lambda wildcards: plan.evaluations(wildcards.dataset, ["full"]),
    output:
        "results/{dataset}/figures/recall-by-hardness.sizes.csv",
    params:
        alphas=lambda wildcards: plan.settings(wildcards.dataset, "alphas", [1]),
        rhos=lambda wildcards: plan.settings(wildcards.dataset, "rhos", [2]),
        members=lambda wildcards: ensembles_of(wildcards)["recall"],
        code=code_of("size_by_recall"),
    log:
        "results/{dataset}/logs/size_by_recall.log",
    script:
        "../scripts/size_by_recall.py"


rule write_table:
    input:
        unpack(files_of(TABLE_INPUTS)),
    output:
        csv="results/{dataset}/tables/{name}.csv",
        tex="results/{dataset}/tables/{name}.tex",
        md=report("results/{dataset}/tables/{name}.md", category="{dataset}", labels={"table": "{name}", "format": "md"}),
    params:
        study=study_of(TABLE_INPUTS),
        code=lambda wildcards: code_of("write_table", TABLES.file(wildcards.name)),
    log:
        "results/{dataset}/logs/write_table/{name}.log",
    script:
        "../scripts/write_table.py"
