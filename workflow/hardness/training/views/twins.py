"""Two augmented views of each image, for an objective that compares them: a random crop, resized to
the image's size; a random flip; brightness, contrast and saturation jitter; random conversion to
grey.

The parameters are those of SimCLR and Barlow Twins, without blur and solarization. The jitter's
order is fixed. All views of a batch are made at once, from uint8 images (N, H, W, C) that stay on
the device.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from hardness.training.protocols import Places, View
from hardness.training.views import images
from hardness.training.views.rows import AugmentError

TWINS = 113  # random stream id
LEAST_AREA, LEAST_AREA_OF_SMALL, SMALL = 0.08, 0.4, 16  # a crop's share; small: below 16 pixels
RATIOS = (3 / 4, 4 / 3)  # a crop's width to its height
TRIES = 10  # a crop that does not fit is drawn again; after so many tries the whole image is taken
JITTER = (0.4, 0.4, 0.2)  # brightness, contrast, saturation: factors of 1 - jitter to 1 + jitter
GREY = 0.2  # share of the views that become grey
LUMA = (0.2989, 0.587, 0.114)  # weights of red, green and blue in grey, as in torchvision


def draw_boxes(rng: np.random.Generator, count: int, height: int, width: int) -> np.ndarray:
    """Random crops of images: (count, 4) int64, each top, left, height and width.

    As torchvision's RandomResizedCrop: the area uniform, the logarithm of the ratio uniform.
    """
    least = LEAST_AREA_OF_SMALL if min(height, width) < SMALL else LEAST_AREA
    areas = height * width * rng.uniform(least, 1, (count, TRIES))
    ratios = np.exp(rng.uniform(np.log(RATIOS[0]), np.log(RATIOS[1]), (count, TRIES)))
    sizes = np.stack([np.sqrt(areas / ratios), np.sqrt(areas * ratios)], axis=2)
    sizes = np.round(sizes).astype(np.int64)
    whole = np.array([height, width])
    fits = np.logical_and.reduce((sizes > 0) & (sizes <= whole), axis=2)
    first = sizes[np.arange(count), fits.argmax(axis=1)]
    size = np.where(fits.any(axis=1, keepdims=True), first, whole)
    return np.concatenate([rng.integers(0, whole - size + 1), size], axis=1)


def _places_between(
    begin: torch.Tensor, length: torch.Tensor, size: int, dtype: torch.dtype
) -> torch.Tensor:
    """Where the `size` pixels of a resized side lie among the pixels of the whole side, (m, size),
    for crops that begin at `begin` (m,) and are `length` (m,) long.
    """
    middle = torch.arange(size, device=begin.device, dtype=dtype) + 0.5
    within = middle * (length.to(dtype) / size)[:, None] - 0.5
    last = (length - 1).to(dtype)[:, None]
    return begin[:, None] + torch.minimum(within.clamp_(min=0), last)


def _weights(places: torch.Tensor) -> torch.Tensor:
    """The weight of each pixel of a side at places (m, size) between pixels: (m, size, size)."""
    pixels = torch.arange(places.shape[1], device=places.device)
    return (1 - (places[..., None] - pixels).abs_()).clamp_(min=0)


def resized(whole: torch.Tensor, box: torch.Tensor, flip: torch.Tensor) -> torch.Tensor:
    """Crops of whole images (m, H, W, C), resized to (m, H, W, C) bilinearly, and flipped where
    `flip` (m,) says so. box: (m, 4), see draw_boxes. It takes two matrix products.
    """
    height, width, channels = whole.shape[1:]
    top, left, tall, wide = box.unbind(1)
    down = _places_between(top, tall, height, whole.dtype)
    along = _places_between(left, wide, width, whole.dtype)
    along = torch.where(flip[:, None], along.flip(1), along)
    lines = (_weights(down) @ whole.flatten(2)).view(-1, height, width, channels)
    columns = _weights(along) @ lines.transpose(1, 2).flatten(2)
    return columns.view(-1, width, height, channels).transpose(1, 2)


def grey_of(colors: torch.Tensor) -> torch.Tensor:
    """The grey values (..., 1) of colors (..., C): the luma of three channels, else the mean."""
    if colors.shape[-1] == len(LUMA):
        red, green, blue = colors.split(1, dim=-1)
        return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return colors.mean(-1, keepdim=True)


def jittered(made: torch.Tensor, factors: torch.Tensor, grey: torch.Tensor) -> torch.Tensor:
    """Images (m, H, W, C) in 0..1 with brightness, contrast and saturation changed by factors
    (m, 3), in this order; and without color where `grey` (m,) says so.
    """
    brightness, contrast, saturation = factors[:, :, None, None, None].unbind(1)
    made = (made * brightness).clamp_(0, 1)
    mean = grey_of(made).mean(dim=(1, 2), keepdim=True)
    made = torch.lerp(mean, made, contrast).clamp_(0, 1)
    made = torch.lerp(grey_of(made), made, saturation).clamp_(0, 1)
    return torch.where(grey[:, None, None, None], grey_of(made), made)


class Twins(View):
    """Images on the device. A place holds an image's row, and what was drawn for its two views."""

    views = 2

    def __init__(self, bank: images.Bank, flip: bool) -> None:
        self.bank, self.flip = bank, flip

    def draw(self, seed: int, epoch: int, n: int) -> tuple[np.ndarray, ...]:
        """Each view's crop (n, 2, 4), flip (n, 2), jitter's factors (n, 2, 3), and whether it is
        grey (n, 2).
        """
        rng = np.random.default_rng([TWINS, seed, epoch])
        boxes = draw_boxes(rng, 2 * n, *self.bank.images.shape[1:3]).reshape(n, 2, 4)
        flip = (rng.random((n, 2)) < 0.5) & self.flip
        jitter = np.array(JITTER)
        factors = rng.uniform(1 - jitter, 1 + jitter, (n, 2, 3))
        return boxes, flip, factors, rng.random((n, 2)) < GREY

    def places(self, rows: torch.Tensor, drawn: Sequence[torch.Tensor]) -> Places:
        boxes, flip, factors, grey = drawn
        return rows, boxes, flip, factors.to(self.bank.scale.dtype), grey

    def batch(self, *places: torch.Tensor) -> torch.Tensor:
        """(2B, K*C, H, W) in channels-last memory, normalized; all first views come first."""
        rows, *drawn = places
        boxes, flip, factors, grey = (part.movedim(2, 0).flatten(0, 2) for part in drawn)
        bank = self.bank
        picked = bank.images.index_select(0, rows.reshape(-1)).to(bank.scale.dtype) / 255
        made = resized(picked.repeat(2, 1, 1, 1), boxes, flip)
        made = jittered(made, factors, grey) * (255 * bank.scale) + bank.offset
        size, members = rows.shape
        made = made.unflatten(0, (2 * size, members)).permute(0, 2, 3, 1, 4).flatten(3).contiguous()
        return made.permute(0, 3, 1, 2)

    def plain(self, rows: torch.Tensor, members: int) -> torch.Tensor:
        return images.plain(self.bank, rows, members)


def view(
    inputs: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    augment: Mapping | None,
    device: torch.device,
    dtype: torch.dtype,
) -> Twins:
    """Two views of images (N, H, W, C) uint8, flipped if the recipe's augment says flip.

    Raises AugmentError for rows of a table, and for a recipe that shifts: these views crop anyway.
    """
    if inputs.ndim != 4:
        raise AugmentError(
            "the recipe's views are twins, which are made of images, and these are rows of a "
            "table: leave views out of the recipe"
        )
    if augment and augment["shift"]:
        raise AugmentError(
            f"the recipe's augment is {dict(augment)}, but its views, twins, crop by themselves: "
            "leave shift out of augment"
        )
    held = images.bank(inputs, mean, std, 0, "black", device, dtype)
    return Twins(held, bool(augment and augment["flip"]))
