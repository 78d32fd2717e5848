"""Batches of augmented, normalized images from uint8 images (N, H, W, C) that stay on the device:
random crop and horizontal flip.

Padding is done on the raw image, before normalization, in the same way for every training set.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from hardness.training.protocols import Places, View

VIEWS = 102  # random stream id


class Bank(NamedTuple):
    """Padded images (N, H+2s, W+2s, C) uint8 on the device, with what is needed to cut normalized
    views out of them.
    """

    images: torch.Tensor
    shift: int
    scale: torch.Tensor  # (C,): a pixel p becomes p * scale + offset
    offset: torch.Tensor
    # (pixels - W + 1, W*C): the W pixels from each pixel on, a view of `images`
    lines: torch.Tensor
    down: torch.Tensor  # (H, 1): how many pixels after a crop's corner each of its lines begins


def bank(
    images: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    shift: int,
    pad: str,
    device: torch.device,
    dtype: torch.dtype,
) -> Bank:
    """Pad images (N, H, W, C) uint8 by `shift` pixels, black or (the paper's variant) with the mean
    color, and put them on the device.

    mean, std: (C,), of pixels in 0..1. dtype: of the views.
    """
    n, height, width, channels = images.shape
    padded = np.zeros((n, height + 2 * shift, width + 2 * shift, channels), dtype=np.uint8)
    if pad == "mean":
        padded[:] = np.round(mean * 255)
    padded[:, shift : shift + height, shift : shift + width] = images
    scale, offset = (
        torch.from_numpy(factor).to(device, dtype)
        for factor in (1 / (255 * std.astype(np.float64)), -mean.astype(np.float64) / std)
    )
    held = torch.from_numpy(padded).to(device)
    lines = held.view(-1).as_strided(
        (held.numel() // channels - width + 1, width * channels), (channels, 1)
    )
    down = torch.arange(0, height * padded.shape[2], padded.shape[2], device=device)[:, None]
    return Bank(held, shift, scale, offset, lines, down)


def corners(bank: Bank, rows: torch.Tensor, crop: torch.Tensor) -> torch.Tensor:
    """The pixel at which each crop begins, counted through the bank. rows (...): its images; crop
    (..., 2): the crop's upper left corner in its padded image, 0..2s.
    """
    height, width = bank.images.shape[1:3]
    return (rows * height + crop[..., 0]) * width + crop[..., 1]


def views(bank: Bank, corners: torch.Tensor, flip: torch.Tensor | None = None) -> torch.Tensor:
    """A batch for every member.

    corners (B, K): where each crop begins; flip (B, K) bool or None.
    Returns (B, K*C, H, W) in channels-last memory, normalized.
    """
    values = _lines(bank, corners) if flip is None else _pixels(bank, corners, flip)
    lines = values.to(bank.scale.dtype, memory_format=torch.contiguous_format).flatten(2)
    # a line at once: torch is slow where the last axis is short
    times = lines.shape[2] // len(bank.scale)
    lines = torch.addcmul(bank.offset.repeat(times), lines, bank.scale.repeat(times))
    return lines.view(*values.shape[:3], -1).permute(0, 3, 1, 2)


def _lines(bank: Bank, corners: torch.Tensor) -> torch.Tensor:
    """The crops (B, H, W, K, C) uint8, taken line by line: a tenth of the work of looking up pixel
    by pixel.
    """
    starts = corners[:, None] + bank.down  # (B, H, K)
    channels = bank.images.shape[3]
    return (
        bank.lines.index_select(0, starts.view(-1))
        .view(*starts.shape, -1, channels)
        .transpose(2, 3)
    )


def _pixels(bank: Bank, corners: torch.Tensor, flip: torch.Tensor) -> torch.Tensor:
    """The crops (B, H, W, K, C) uint8, flipped where `flip` says so."""
    channels = bank.images.shape[3]
    width = bank.lines.shape[1] // channels
    x = torch.arange(width, device=corners.device)[:, None]
    columns = corners[:, None] + torch.where(flip[:, None], width - 1 - x, x)  # (B, W, K)
    pixels = columns[:, None] + bank.down[..., None]  # (B, H, W, K)
    return (
        bank.images.view(-1, channels)
        .index_select(0, pixels.view(-1))
        .view(*pixels.shape, channels)
    )


def plain(bank: Bank, rows: torch.Tensor, members: int) -> torch.Tensor:
    """Images neither shifted nor flipped, (B, K*C, H, W). rows: (B,), the same for every member, or
    (B, K).
    """
    rows = rows if rows.ndim == 2 else rows[:, None]
    centre = torch.full((*rows.shape, 2), bank.shift, device=rows.device)
    made = views(bank, corners(bank, rows, centre))
    times = members // rows.shape[1]
    return made.repeat(1, times, 1, 1).contiguous(memory_format=torch.channels_last)


def draw_views(seed: int, epoch: int, n: int, shift: int) -> tuple[np.ndarray, np.ndarray]:
    """Each view's crop (n, 2) in 0..2*shift and flip (n,) in an epoch. They depend only on the
    member's seed and the epoch.
    """
    rng = np.random.default_rng([VIEWS, seed, epoch])
    return rng.integers(0, 2 * shift + 1, (n, 2)), rng.random(n) < 0.5


class Images(View):
    """Images on the device, and how they are augmented. A place is where a crop begins in the bank,
    and whether it is flipped.
    """

    def __init__(self, bank: Bank, flip: bool) -> None:
        self.bank, self.flip = bank, flip

    def draw(self, seed: int, epoch: int, n: int) -> tuple[np.ndarray, ...]:
        return draw_views(seed, epoch, n, self.bank.shift)

    def places(self, rows: torch.Tensor, drawn: Sequence[torch.Tensor]) -> Places:
        crop, flip = drawn
        begin = corners(self.bank, rows, crop)
        return (begin, flip) if self.flip else (begin,)

    def batch(self, *places: torch.Tensor) -> torch.Tensor:
        return views(self.bank, *places)

    def plain(self, rows: torch.Tensor, members: int) -> torch.Tensor:
        return plain(self.bank, rows, members)


def view(
    inputs: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    augment: Mapping | None,
    device: torch.device,
    dtype: torch.dtype,
) -> Images:
    """Images (N, H, W, C) uint8, augmented by a recipe's shift, flip and pad."""
    augment = augment or {"shift": 0, "flip": False, "pad": "black"}
    held = bank(inputs, mean, std, augment["shift"], augment["pad"], device, dtype)
    return Images(held, augment["flip"])
