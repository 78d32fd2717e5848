"""The quantities that are measured from logits and gradients, and that observers record."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from hardness.core.errors import HardnessError


class DivergedError(HardnessError):
    """A loss or a logit is not finite, or too large to be stored."""


@torch.no_grad()
def measures(logits: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
    """The quantities of training dynamics, from logits (n, K, classes) and labels (n, K): margin,
    loss, el2n, true_logit, correct, each (n, K).
    """
    true_logit = logits.gather(2, labels[..., None]).squeeze(2)
    others = logits.scatter(2, labels[..., None], -torch.inf).amax(2)
    log_p = F.log_softmax(logits, dim=2)
    error = log_p.exp().scatter_add(
        2, labels[..., None], torch.full_like(true_logit, -1)[..., None]
    )
    return {
        "margin": true_logit - others,
        "loss": -log_p.gather(2, labels[..., None]).squeeze(2),
        "el2n": error.norm(dim=2),
        "true_logit": true_logit,
        "correct": logits.argmax(2) == labels,
    }


def check_finite(
    losses: torch.Tensor, name: str, seeds: Sequence[int], epoch: int, batch: int
) -> None:
    """Raise DivergedError if a loss (n, K) of an epoch, in the order of its batches, is not finite.

    name, seeds: the block's; epoch: from 0 on; batch: the size of a batch.
    """
    broken = torch.nonzero(~torch.isfinite(losses))
    if len(broken):
        place, member = broken[0].tolist()
        steps = -(-len(losses) // batch)
        raise DivergedError(
            f"{name}, seed {seeds[member]}: the loss is not finite in epoch {epoch + 1}, step "
            f"{place // batch + 1} of {steps}: lower the recipe's learning rate"
        )


def gradient_norms(gradient: torch.Tensor, views: int, members: int) -> torch.Tensor:
    """Norms (B, K) of the loss's gradient with respect to inputs. gradient: (views * B, K*C, ...),
    which is summed over a sample's views. The norms are multiplied by B, so that they do not depend
    on the batch's size.
    """
    total = gradient.unflatten(0, (views, -1)).sum(0).unflatten(1, (members, -1))
    return total.flatten(2).norm(dim=2) * len(total)


def of_pixels(gradient: torch.Tensor, members: int) -> torch.Tensor:
    """The gradient of images, (B, K*C, H, W), as (B, K, H*W), the mean over the channels; that of
    rows, (B, K*d), as (B, K, d).
    """
    own = gradient.unflatten(1, (members, -1))
    return own.mean(2).flatten(2) if own.ndim > 3 else own


def by_member(values: torch.Tensor) -> np.ndarray:
    """Values (n, K) on a device as an array (K, n)."""
    return values.T.cpu().numpy()


def half(values: np.ndarray, name: str, seeds: Sequence[int], when: str) -> np.ndarray:
    """Values (K, ...) of a block's members as float16.

    name: the block's; when: such as "in epoch 3", for the message. Raises DivergedError where a
    value is not finite, or too large for float16.
    """
    with np.errstate(over="ignore"):
        small = values.astype(np.float16)
    broken = np.flatnonzero(~np.isfinite(small).reshape(len(small), -1).all(axis=1))
    if len(broken):
        raise DivergedError(
            f"{name}, seed {seeds[broken[0]]}: a logit or loss is not finite, or beyond "
            f"{np.finfo(np.float16).max:.0f}, {when}: lower the recipe's learning rate"
        )
    return small
