"""Training dynamics: one record a member, epoch and training sample, always by the sample's index
in the data set.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.core import artifacts


class Dynamics(NamedTuple):
    """What an ensemble trained on `full` leaves; M members, T epochs, n samples.

    From the training step's own forward pass (train mode, augmented view, before that step's
    update): margin z_y - max_{j != y} z_j, loss -ln p_y, el2n norm2(p - onehot(y)), true_logit z_y
    (M, T, n) float16; correct (M, T, n) bool; aum, the mean margin accumulated in float32, (M, n).
    probe_el2n (M, n) float32: in eval mode, without augmentation, after the probe epoch. An array
    that was not asked for is None.
    """

    seeds: np.ndarray
    margin: np.ndarray | None = None
    loss: np.ndarray | None = None
    el2n: np.ndarray | None = None
    true_logit: np.ndarray | None = None
    correct: np.ndarray | None = None
    aum: np.ndarray | None = None
    probe_el2n: np.ndarray | None = None


def load(blocks: Sequence[Path | str], names: Sequence[str]) -> Dynamics:
    """Read the named arrays of all blocks of an ensemble, members in the order of their seeds.

    Raises ValueError if a seed is missing or comes twice; as artifacts.load_npz for damaged files.
    """
    parts = [artifacts.load_npz(block, "seeds", *names) for block in blocks]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in ("seeds", *names)}
    check_seeds(arrays["seeds"], blocks)
    return Dynamics(**arrays)


def check_seeds(
    seeds: np.ndarray, blocks: Sequence[Path | str], members: int | None = None
) -> None:
    """Raise ValueError unless the seeds are 0, 1, ..., M-1: an ensemble is never averaged with a
    member missing.

    members: M, where it is known.
    """
    if not np.array_equal(seeds, np.arange(len(seeds) if members is None else members)):
        raise ValueError(
            f"the blocks {', '.join(map(str, blocks))} hold the seeds {seeds.tolist()}; "
            f"expected every seed from 0 on, once{'' if members is None else f', {members} of them'}"
        )


def load_predictions(
    blocks: Sequence[Path | str], members: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The seeds (M,) and predicted classes (M, n_test) of all blocks of an ensemble.

    Raises as `load`; ValueError too if there are not `members` of them.
    """
    parts = [artifacts.load_npz(block, "seeds", "predicted") for block in blocks]
    seeds, predicted = (
        np.concatenate([part[name] for part in parts]) for name in ("seeds", "predicted")
    )
    check_seeds(seeds, blocks, members)
    return seeds, predicted
