# Stage: data
# Needs:  the files of the public data sets in data_dir (or a network), a folder of images, or
#         another data set's artifacts
# Makes:  results/{dataset}/data.npz, results/{dataset}/duplicates.csv
from hardness.data.datasets import PUBLIC
from study import sources


def origin_of(wildcards):
    """What of another data set a data set is made from."""
    source = source_of(wildcards)
    if "of" not in source:
        return {}
    base = source["of"]
    parts = {"data": data_of(base)}
    if source["kind"] == "denoised":
        parts["hardness"] = plan.hardness(base, source["estimator"])
    if source.get("pairs"):
        parts["test"] = plan.blocks(base, "full", plan.dataset(base)["recipe"], "test.npz")
    return parts


def code_of_data(wildcards):
    source = source_of(wildcards)
    return code_of("make_data", *([ESTIMATORS.file(source["estimator"])] if "estimator" in source else []))


def folder_state(wildcards):
    source, made = source_of(wildcards), Path(data_of(wildcards.dataset))
    if source["kind"] != "image-folder":
        return None
    return sources.folder_state(wildcards.dataset, source["path"], made)


def check_sources():
    """Before any job. Raises WorkflowError if a data set would be deleted that cannot be made again."""
    for job in workflow.dag.needrun_jobs():
        if job.rule.name == "make_data" and not workflow.touch:
            name = job.wildcards.dataset
            source, made = plan.dataset(name)["source"], Path(data_of(name))
            try:
                sources.check(name, source, Path(config["data_dir"]), made)
            except sources.SourceError as error:
                raise WorkflowError(str(error)) from None


rule make_data:
    input:
        unpack(origin_of),
    output:
        "results/{dataset}/data.npz",
    params:
        source=source_of,
        data_dir=lambda wildcards: config["data_dir"] if source_of(wildcards)["kind"] in PUBLIC else None,
        members=lambda wildcards: (
            plan.dataset(source["of"])["ensembles"]["hardness"] if "estimator" in (source := source_of(wildcards)) else None
        ),
        folder=folder_state,
        code=code_of_data,
    log:
        "results/{dataset}/logs/make_data.log",
    script:
        "../scripts/make_data.py"


rule find_duplicates:
    input:
        "results/{dataset}/data.npz",
    output:
        "results/{dataset}/duplicates.csv",
    params:
        near=lambda wildcards: plan.dataset(wildcards.dataset)["near_duplicates"],
        code=code_of("find_duplicates"),
    log:
        "results/{dataset}/logs/find_duplicates.log",
    script:
        "../scripts/find_duplicates.py"
