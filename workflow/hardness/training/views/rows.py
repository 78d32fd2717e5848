"""Batches of a table's rows, float32 (N, d), normalized, without any augmentation."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from hardness.core.errors import HardnessError
from hardness.training.protocols import Places, View


class AugmentError(HardnessError):
    """A recipe's augmentation is not for these inputs."""


class Rows(View):
    """Rows on the device. They are small, so they are normalized once: (N, 1, d), the same for
    every member, or (N, K, d). A place is a row.
    """

    def __init__(self, held: torch.Tensor) -> None:
        self.held = held
        self.member = torch.arange(held.shape[1], device=held.device)

    def places(self, rows: torch.Tensor, drawn: Sequence[torch.Tensor]) -> Places:
        return (rows,)

    def batch(self, *places: torch.Tensor) -> torch.Tensor:
        (rows,) = places
        if len(self.member) == 1:
            return self.held[:, 0].index_select(0, rows.reshape(-1)).view(len(rows), -1)
        return self.held[rows, self.member].flatten(1)

    def plain(self, rows: torch.Tensor, members: int) -> torch.Tensor:
        return self.batch(rows if rows.ndim == 2 else rows[:, None].expand(-1, members))


def view(
    inputs: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    augment: Mapping | None,
    device: torch.device,
    dtype: torch.dtype,
) -> Rows:
    """Rows (N, d) float32 of a table; mean, std: (d,), or (K, d), each member's own. A batch is
    (B, K*d), member by member.

    Raises AugmentError for a recipe that crops or flips.
    """
    if augment and (augment["shift"] or augment["flip"]):
        raise AugmentError(
            f"the recipe's augment is {dict(augment)}, but rows of a table are neither cropped nor "
            "flipped: leave augment out of the recipe"
        )
    mean, std = (np.atleast_2d(values).astype(np.float64) for values in (mean, std))
    normalized = (inputs[:, None] - mean) / std
    return Rows(torch.from_numpy(normalized).to(device, dtype))
