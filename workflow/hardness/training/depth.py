"""Prediction depth (Baldock et al. 2021): the stage of a network from which on a sample's final
prediction is settled.

At each stage the nearest other samples vote, by their labels. The authors also probe the input and
the softmax; here the first stage is the first probe. A stage's images are first averaged down to at
most 4x4 pixels: all their pixels would be 65,536 numbers per sample in ResNet-18.
"""

from collections.abc import Mapping
from itertools import islice

import numpy as np
import torch
import torch.nn.functional as F

from hardness.data import neighbours
from hardness.training.checks import PartError
from hardness.training.layers import Network
from hardness.training.loop import Training
from hardness.training.prediction import trained
from hardness.training.protocols import Read
from hardness.training.store import Block

NEAR = 30  # neighbours that vote, as in Baldock et al.
SIDE = 4  # pixels


def depths(
    block: Block, weights: Mapping[str, np.ndarray], device: torch.device
) -> dict[str, np.ndarray]:
    """The prediction depth of all rows of the training part.

    weights: the arrays of the block's weights.npz. Returns seeds (K,) and depth (K, n) int16, see
    `depth`. Raises PartError for a network that names no stages.
    """
    training = trained(block, weights, device)
    labels = block.data.train_labels
    rows = torch.arange(len(labels), device=device)
    predicted = training.evaluate(training.view, rows, training.logits).argmax(2).cpu().numpy()
    network, votes = _with_stages(training), []
    for number in range(_count(network, training)):
        found = training.evaluate(training.view, rows, _reader(network, number, training))
        members = found.transpose(0, 1).numpy()
        votes.append([vote(own, labels, block.data.classes, device.type) for own in members])
        print(f"stage {number + 1}: the nearest others of all samples were found", flush=True)
    return {
        "seeds": np.array(block.seeds, dtype=np.int64),
        "depth": depth(np.array(votes), predicted.T),
    }


def _with_stages(training: Training) -> Network:
    """The network. Raises PartError if it names no stages."""
    network, file = training.network, training.files["model"]
    if not isinstance(network, Network) or type(network).stages is Network.stages:
        raise PartError(
            f"{file}: this network names no stages, which prediction-depth reads: give it a "
            "method stages(x) (see hardness/training/layers.py, Network), or leave "
            "prediction-depth out of the data set's estimators"
        )
    return network


@torch.no_grad()
def _count(network: Network, training: Training) -> int:
    """The number of the network's stages."""
    first = torch.zeros(1, dtype=torch.long, device=training.device)
    network.eval()
    return sum(1 for _ in network.stages(training.view.plain(first, training.members)))


def _reader(network: Network, number: int, training: Training) -> Read:
    """The function that reads the points of stage `number`, for Training.evaluate."""

    def read(inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        with training.autocast:
            made = next(islice(network.stages(inputs), number, None))
        return points(made, training.members).float().cpu()  # of all samples: much for a GPU

    return read


def points(made: torch.Tensor, members: int) -> torch.Tensor:
    """A stage's values for B inputs, images (B, K*C, H, W) or columns (K, d, B), as (B, K, d)."""
    if made.ndim == 3:
        return made.permute(2, 0, 1)
    height, width = made.shape[2:]
    averaged = F.adaptive_avg_pool2d(made, (min(height, SIDE), min(width, SIDE)))
    return averaged.unflatten(1, (members, -1)).flatten(2)


def vote(points: np.ndarray, labels: np.ndarray, classes: int, device: str = "cpu") -> np.ndarray:
    """The majority class (n,) among the 30 nearest other points of each of points (n, d). Between
    classes with equally many votes, the one whose neighbours have the nearer ranks wins.
    """
    near = neighbours.nearest(np.ascontiguousarray(points), NEAR, device=device).indices
    count = near.shape[1]
    # all ranks together weigh less than one vote
    weights = 1 + np.arange(count, 0, -1) / (count * (count + 1))
    votes = np.zeros((len(points), classes))
    np.add.at(votes, (np.arange(len(points))[:, None], labels[near]), weights)
    return votes.argmax(axis=1)


def depth(votes: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The number of stages (K, n) int16 before the first one from which on all votes (S, K, n) are
    the class that the network predicts (K, n); S if the last stage's vote is not.
    """
    agree_to_the_end = np.logical_and.accumulate((votes == predicted)[::-1], axis=0)
    return (len(votes) - agree_to_the_end.sum(axis=0)).astype(np.int16)
