"""The loss and the difficulty of simulated samples that are sometimes unlearned (Yu et al. 2022,
Fig. 4). Nothing is trained.
"""

from collections.abc import Sequence

import numpy as np

from hardness.analysis.passes import C, sums
from hardness.training.difficulty import difficulty

SIMULATION = 614  # random stream id of simulated samples


def simulated(
    probability: float, epochs: int, samples: int, delta: float, rng: np.random.Generator
) -> np.ndarray:
    """The loss (samples, epochs) after each epoch, of samples of two classes. In each epoch the
    label's logit falls by delta with the given probability, else it rises by delta; it starts at 0.
    """
    falls = rng.random((samples, epochs)) < probability
    return np.logaddexp(0, -np.cumsum(np.where(falls, -delta, delta), axis=1))


def columns(
    probabilities: Sequence[float], epochs: int, samples: int, delta: float
) -> dict[str, np.ndarray]:
    """Columns of rebalancing/simulation.csv, one row per probability and epoch: the samples' mean
    loss and mean difficulty, and the 2.5 and 97.5% points of their difficulty.
    """
    found = []
    for place, probability in enumerate(probabilities):
        rng = np.random.default_rng([SIMULATION, place])
        loss = simulated(probability, epochs, samples, delta, rng)
        du, dl = (one[:, :, 0] for one in sums(loss[:, :, None]))
        path = difficulty(du, dl, C)
        low, high = np.quantile(path, [0.025, 0.975], axis=0)
        columns = [np.full(epochs, probability), np.arange(1, epochs + 1)]
        found.append([*columns, loss.mean(axis=0), path.mean(axis=0), low, high])
    names = ("probability", "epoch", "loss", "difficulty", "low", "high")
    return dict(zip(names, map(np.concatenate, zip(*found, strict=True)), strict=True))
