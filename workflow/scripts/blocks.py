"""Describe a trained block of members, for scripts that read its weights."""

from typing import Any

from hardness.data import datasets
from hardness.training import devices
from hardness.training.store import Block


def described(snakemake: Any) -> Block:
    """Return the block of the job's wildcards, without observers."""
    wildcards = snakemake.wildcards
    return Block(
        data=datasets.load(snakemake.input.data),
        training_set=datasets.load_set(snakemake.input.set),
        recipe=snakemake.params.recipe,
        seeds=snakemake.params.seeds,
        observe=(),
        name=f"{wildcards.dataset}, {getattr(wildcards, 'set', 'full')}, {wildcards.recipe}",
    )


def take_gpu(snakemake: Any, what: str) -> int | None:
    """Wait for a free GPU, if the job was given one. Returns the number of GPUs that it was given.

    what: what is computed on it, for the messages of jobs that wait.
    """
    gpus = snakemake.resources.get("gpu")
    devices.take(gpus, snakemake.resources.get("gpu_slots") or 1, what)
    return gpus
