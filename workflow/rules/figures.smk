# Stage: figures and tables
# Needs:  results/{dataset}/data.npz, the inputs of figures and tables (study/catalog.py),
#         results/{dataset}/hardness/{estimator}.npz for the gallery,
#         results/{dataset}/members/full/{recipe}/block-*/dynamics.npz for the data map
# Makes:  results/{dataset}/figures/{name}.{pdf,png,csv}, results/{dataset}/data-map.csv,
#         results/{dataset}/figures/{gallery,pictures}.npz,
#         results/{dataset}/figures/recall-by-hardness.sizes.csv,
#         results/{dataset}/tables/{name}.{csv,tex,md}


def inputs_of_figure(wildcards):
    return all_figures.entry(wildcards.dataset, wildcards.name).inputs


def study_of_figure(wildcards):
    return all_figures.study(wildcards.dataset, wildcards.name)


def inputs_of_table(wildcards):
    return all_tables.entry(wildcards.dataset, wildcards.name).inputs


def study_of_table(wildcards):
    return all_tables.study(wildcards.dataset, wildcards.name)


def in_report(kind, path):
    """Mark a file for Snakemake's own report."""
    labels = {kind: "{name}", "format": path.rpartition(".")[2]}
    return report(path, category="{dataset}", labels=labels)


rule draw_figure:
    input:
        unpack(inputs_of_figure),
    output:
        pdf=in_report("figure", "results/{dataset}/figures/{name}.pdf"),
        png=in_report("figure", "results/{dataset}/figures/{name}.png"),
        csv="results/{dataset}/figures/{name}.csv",
    log:
        "results/{dataset}/logs/draw_figure/{name}.log",
    params:
        study=study_of_figure,
        code=code_of_part("draw_figure", FIGURES, "name"),
    script:
        "../scripts/draw_figure.py"


rule select_gallery:
    input:
        data="results/{dataset}/data.npz",
        hardness=ranking_hardness,
    output:
        "results/{dataset}/figures/gallery.npz",
    log:
        "results/{dataset}/logs/select_gallery.log",
    params:
        estimator=ranked_by,
        members=members_for("hardness"),
        code=code_of("select_gallery"),
    script:
        "../scripts/select_gallery.py"


# The estimators that the data map shows
MAPPED = ("confidence", "variability", "accuracy")


rule map_samples:
    input:
        data="results/{dataset}/data.npz",
        dynamics=base_dynamics,
    output:
        "results/{dataset}/data-map.csv",
    log:
        "results/{dataset}/logs/map_samples.log",
    params:
        members=members_for("hardness"),
        code=code_of("map_samples", *map(ESTIMATORS.file, MAPPED)),
    script:
        "../scripts/map_samples.py"


def lists_of_samples(wildcards):
    """The csv files whose first samples get a picture."""
    return list(inventory.paths_of(plan, wildcards.dataset, ["duplicates", "review"]).values())


rule select_pictures:
    input:
        data="results/{dataset}/data.npz",
        hardness=ranking_hardness,
        map="results/{dataset}/data-map.csv",
        lists=lists_of_samples,
    output:
        "results/{dataset}/figures/pictures.npz",
    log:
        "results/{dataset}/logs/select_pictures.log",
    params:
        estimator=ranked_by,
        members=members_for("hardness"),
        code=code_of("select_pictures"),
    script:
        "../scripts/select_pictures.py"


def evaluation_of_full(wildcards):
    full = (FULL.name, plan.dataset(wildcards.dataset).recipe)
    return plan.evaluations(wildcards.dataset, [full])


rule size_by_metric:
    input:
        data="results/{dataset}/data.npz",
        evaluation=evaluation_of_full,
    output:
        "results/{dataset}/figures/recall-by-hardness.sizes.csv",
    log:
        "results/{dataset}/logs/size_by_metric.log",
    params:
        alphas=alphas_of,
        rhos=rhos_of,
        members=members_for("hardness"),
        code=code_of("size_by_metric"),
    script:
        "../scripts/size_by_metric.py"


rule write_table:
    input:
        unpack(inputs_of_table),
    output:
        csv="results/{dataset}/tables/{name}.csv",
        tex="results/{dataset}/tables/{name}.tex",
        md=in_report("table", "results/{dataset}/tables/{name}.md"),
    log:
        "results/{dataset}/logs/write_table/{name}.log",
    params:
        study=study_of_table,
        code=code_of_part("write_table", TABLES, "name"),
    script:
        "../scripts/write_table.py"
