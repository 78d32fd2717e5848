# Stage: data
# Needs:  the files of the public data sets in data_dir (or a network), or another data set's data.npz
# Makes:  results/{dataset}/data.npz


rule make_data:
    input:
        lambda wildcards: [data_of(source["of"])] if "of" in (source := source_of(wildcards)) else [],
    output:
        "results/{dataset}/data.npz",
    params:
        source=source_of,
        data_dir=lambda wildcards: None if source_of(wildcards)["kind"] in ("digits", "subset") else config["data_dir"],
        code=code_of("make_data"),
    log:
        "results/{dataset}/logs/make_data.log",
    script:
        "../scripts/make_data.py"
