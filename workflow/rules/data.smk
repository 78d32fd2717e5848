# Stage: data
# Needs:  public files in data_dir (or a network), your own images, tables or arrays, or the
#         artifacts of another data set
# Makes:  results/{dataset}/data.npz, results/{dataset}/duplicates.csv,
#         results/{dataset}/data-quality/left-out.csv (of folders of images)
from study import ownfiles, sources
from study.settings.source import Denoised, Derived, Noisy, OwnFiles, Torchvision


def origin_of(wildcards):
    """The files of another data set that a data set is made from."""
    source = source_of(wildcards)
    if not isinstance(source, Derived):
        return {}
    base = source.of
    files = {"data": data_of(base)}
    if isinstance(source, Denoised):
        files["hardness"] = plan.hardness(base, source.estimator)
    if isinstance(source, Noisy) and source.pairs:
        files["test"] = plan.blocks(base, FULL.name, plan.dataset(base).recipe, "test.npz")
    return files


def code_of_data(wildcards):
    source = source_of(wildcards)
    parts = [ESTIMATORS.file(source.estimator)] if isinstance(source, Denoised) else []
    return digest_of("make_data", *parts)


def data_dir_of(wildcards):
    return plan.study.data_dir if isinstance(source_of(wildcards), Torchvision) else None


def members_of_origin(wildcards):
    """The number of members whose hardness decides which samples are removed."""
    source = source_of(wildcards)
    if not isinstance(source, Denoised):
        return None
    return plan.dataset(source.of).ensembles.hardness


def state_of_files(wildcards):
    made = Path(data_of(wildcards.dataset))
    return sources.files_state(wildcards.dataset, source_of(wildcards), made)


def may_overlap(wildcards):
    return plan.overlaps(wildcards.dataset)


def check_sources():
    """Print, before any job runs, what will be read of folders of images. Raises WorkflowError if a
    data set would be deleted that cannot be made again, or if too many images would be left out.
    """
    for job in workflow.dag.needrun_jobs():
        if job.rule.name == "make_data" and not workflow.touch:
            name = job.wildcards.dataset
            source, made = plan.dataset(name).source, Path(data_of(name))
            try:
                sources.check(name, source, Path(plan.study.data_dir), made)
                said = sources.survey(name, source)
            except sources.SourceError as error:
                raise WorkflowError(str(error)) from None
            if isinstance(source, OwnFiles):
                ownfiles.note(name, source, job.params.files)
            print(*said, sep="\n", end="\n" * bool(said), file=sys.stderr, flush=True)


rule make_data:
    input:
        unpack(origin_of),
    output:
        "results/{dataset}/data.npz",
    log:
        "results/{dataset}/logs/make_data.log",
    params:
        source=of_dataset("source"),
        data_dir=data_dir_of,
        members=members_of_origin,
        files=state_of_files,
        code=code_of_data,
    script:
        "../scripts/make_data.py"


rule find_duplicates:
    input:
        "results/{dataset}/data.npz",
    output:
        "results/{dataset}/duplicates.csv",
    log:
        "results/{dataset}/logs/find_duplicates.log",
    params:
        near=of_dataset("near_duplicates"),
        overlap=may_overlap,
        code=code_of("find_duplicates"),
    script:
        "../scripts/find_duplicates.py"


rule list_left_out:
    input:
        "results/{dataset}/data.npz",
    output:
        "results/{dataset}/data-quality/left-out.csv",
    log:
        "results/{dataset}/logs/list_left_out.log",
    params:
        code=code_of("list_left_out"),
    script:
        "../scripts/list_left_out.py"
