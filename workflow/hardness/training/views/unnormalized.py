"""Images as in images.py, but with pixels in 0..1, not normalized."""

from collections.abc import Mapping

import numpy as np
import torch

from hardness.training.views import images
from hardness.training.views.rows import AugmentError


def view(
    inputs: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    augment: Mapping | None,
    device: torch.device,
    dtype: torch.dtype,
) -> images.Images:
    """Images (N, H, W, C) uint8. mean and std only decide the padding, if augment says pad: mean.
    Raises AugmentError for rows of a table.
    """
    if inputs.ndim != 4:
        raise AugmentError(
            "the recipe's views are unnormalized, which are of images, and these are rows of a "
            "table: leave views out of the recipe, and say standardize: false in the source"
        )
    made = images.view(inputs, mean, std, augment, device, dtype)
    scale, offset = torch.full_like(made.bank.scale, 1 / 255), torch.zeros_like(made.bank.offset)
    return images.Images(made.bank._replace(scale=scale, offset=offset), made.flip)
