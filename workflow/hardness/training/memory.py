"""Turn torch's out-of-memory errors into a message that says what to do."""

import torch

from hardness.core.errors import HardnessError
from hardness.training.store import Block


class OutOfMemoryError(HardnessError):
    """The device's memory is too small for the block."""


def lacking(error: Exception) -> bool:
    """Whether the error means too little memory: torch has several kinds for this."""
    return "out of memory" in str(error)


def out_of_memory(block: Block, device: torch.device, error: Exception) -> OutOfMemoryError:
    """The error to raise instead: what was asked for, and what to do."""
    recipe, why = block.recipe, ". ".join(str(error).split(". ")[:2])
    return OutOfMemoryError(
        f"{block.name}, seeds {block.seeds[0]} to {block.seeds[-1]}: out of memory on "
        f"{name_of(device)} with members_per_job {recipe['members_per_job']} and "
        f"batch_size {recipe['batch_size']} ({why}). Free the GPU (nvidia-smi shows who uses it), "
        "or take a larger one, or lower one of the two in the recipe: that gives other results"
    )


def name_of(device: torch.device) -> str:
    """The GPU's name, or cpu."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
