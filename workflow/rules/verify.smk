# Stage: verification
# Needs:  nothing: it looks at what is below results/, and computes nothing
# Makes:  a report on the terminal and in results/logs/verify.log; it fails if anything is damaged, missing or stale


def same_config():
    """Snakemake's options by which another one reads the Snakefile and the config as this one does."""
    files, values = [str(path) for path in workflow.overwrite_configfiles], workflow.config_settings.config_args
    options = ["--snakefile", str(Path(workflow.basedir) / "Snakefile")]
    return options + (["--configfile", *files] if files else []) + (["--config", *values] if values else [])


rule verify:
    params:
        datasets=list(config["datasets"]),
        options=same_config(),
    localrule: True
    log:
        "results/logs/verify.log",
    script:
        "../scripts/verify.py"
