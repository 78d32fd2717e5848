"""What scripts share that train networks or read them: the block of members, and the device."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hardness.data import datasets
from hardness.training import devices
from hardness.training.store import Block

if TYPE_CHECKING:
    import torch


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


def device(snakemake: Any, recipe: Mapping, what: str) -> "torch.device":
    """Return the device that the job computes on; wait for a free GPU, if the job was given one.

    recipe: its key device is read; what: what is computed, for the messages of jobs that wait.
    Torch is imported here, after the GPU is chosen: a script must not import it before.
    """
    gpus = snakemake.resources.get("gpu")
    devices.take(gpus, snakemake.resources.get("gpu_slots") or 1, what)
    return devices.choose(recipe, gpus)
