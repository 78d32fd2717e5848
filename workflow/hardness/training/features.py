"""The features of a trained member: what its head reads."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from hardness.core import artifacts
from hardness.data.datasets import Data
from hardness.data.spaces import Points
from hardness.training import networks, parts
from hardness.training.checks import with_features
from hardness.training.layers import Network

BATCH = 256


def of_member(
    weights: Path | str, seed: int, data: Data, recipe: Mapping, device: torch.device
) -> Points:
    """The features of all samples by one member of a block, in eval mode, without augmentation.

    weights: the block's weights.npz. Raises PartError if the network is its own head, and so has
    no features; ValueError if the member is not in the block; and as artifacts.load_npz.
    """
    network = _member(weights, seed, data, recipe).to(device)
    view = parts.VIEWS.find(parts.view_of(data.train_inputs, recipe)).view

    def made(inputs: np.ndarray) -> np.ndarray:
        plain = view(inputs, data.mean, data.std, None, device, torch.float32)
        with torch.no_grad():
            batches = [
                network.features(plain.plain(rows, 1))[0].T
                for rows in torch.arange(len(inputs), device=device).split(BATCH)
            ]
        return torch.cat(batches).contiguous().cpu().numpy()

    return Points(made(data.train_inputs), made(data.test_inputs))


def _member(weights: Path | str, seed: int, data: Data, recipe: Mapping) -> Network:
    """The network of one seed, with its trained weights, in eval mode."""
    arrays = artifacts.load_npz(weights)
    seeds = arrays.pop("seeds").tolist()
    if seed not in seeds:
        raise ValueError(f"{weights} holds the seeds {seeds}, not {seed}")
    network = networks.build(
        **recipe["model"],
        seeds=[seed],
        shape=data.train_inputs.shape[1:],
        classes=data.classes,
        head=recipe["head"],
    )
    network = with_features(network, parts.MODELS.file(recipe["model"]["name"]))
    place = seeds.index(seed)
    state = {
        name: torch.from_numpy(np.split(array, len(seeds))[place] if array.ndim else array)
        for name, array in arrays.items()
    }
    network.load_state_dict(state)
    return network.eval()
