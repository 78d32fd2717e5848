# Stage: data
# Needs:  public files in data_dir, your own images, tables or arrays, or another data set's data
# Makes:  results/{dataset}/data.npz, results/{dataset}/duplicates.csv
from hardness.data import arrays, csvfiles, imagefolder

PUBLIC = ("mnist", "kmnist", "fashionmnist", "cifar10", "cifar100")


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


def state_of_files(wildcards):
    """A digest of the user's own files' names, sizes and times."""
    source = source_of(wildcards)
    if source["kind"] == "image-folder":
        return imagefolder.state(source["path"])
    if source["kind"] == "table":
        return csvfiles.state(csvfiles.files(source["path"]))
    return csvfiles.state(arrays.files(source["path"])) if source["kind"] == "arrays" else None


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
        folder=state_of_files,
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
        overlap=lambda wildcards: inputs.overlap_by_design(config["datasets"], wildcards.dataset),
        code=code_of("find_duplicates"),
    log:
        "results/{dataset}/logs/find_duplicates.log",
    script:
        "../scripts/find_duplicates.py"
