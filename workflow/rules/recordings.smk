# Stage: recordings of a user's own training
# Needs:  results/{dataset}/data.npz, and the recording's files seed-*.npz
# Makes:  results/{dataset}/members/full/recorded/block-0/dynamics.npz,
#         results/{dataset}/members/full/recorded/block-0/predictions.npz (in the last epoch, of
#         samples that were trained on), and if the recording has them
#         results/{dataset}/members/held-out/recorded/block-0/predictions.npz


def recorded_source(wildcards):
    """The source of a recorded data set. Raises ValueError for other data sets."""
    if plan.trains(wildcards.dataset):
        raise ValueError(f"{wildcards.dataset} is not recorded: its source is of another kind")
    return plan.dataset_params(wildcards.dataset)["source"]


# data.npz is not read, but must be made first: making it reports the errors of a recording
rule read_recording:
    input:
        "results/{dataset}/data.npz",
    output:
        dynamics="results/{dataset}/members/full/recorded/block-0/dynamics.npz",
        predictions="results/{dataset}/members/full/recorded/block-0/predictions.npz",
    log:
        "results/{dataset}/logs/read_recording.log",
    params:
        source=recorded_source,
        files=state_of_files,
        code=code_of("read_recording"),
    script:
        "../scripts/read_recording.py"


rule read_held_out:
    input:
        "results/{dataset}/data.npz",
    output:
        "results/{dataset}/members/held-out/recorded/block-0/predictions.npz",
    log:
        "results/{dataset}/logs/read_held_out.log",
    params:
        source=recorded_source,
        files=state_of_files,
        code=code_of("read_held_out"),
    script:
        "../scripts/read_held_out.py"
