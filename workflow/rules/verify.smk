# Stage: verification
# Needs:  nothing: it checks the files below results/, and computes nothing
# Makes:  a report on the terminal and in results/logs/verify.log; it fails if anything is damaged,
#         missing or stale


def same_config():
    """Options with which another Snakemake reads the same Snakefile and config as this one."""
    files = [str(path) for path in workflow.overwrite_configfiles]
    values = workflow.config_settings.config_args
    options = ["--snakefile", str(Path(workflow.basedir) / "Snakefile")]
    options += ["--configfile", *files] if files else []
    return options + (["--config", *values] if values else [])


rule verify:
    log:
        "results/logs/verify.log",
    localrule: True
    params:
        datasets=list(plan.study.datasets),
        options=same_config(),
    script:
        "../scripts/verify.py"
