"""What the loop knows of the parts of a recipe: one protocol for each kind.

A part is one file of its kind's folder. It inherits from its protocol, which gives it what it does
not say itself. Light to import: torch is named in annotations only, but for the default gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import nn

State: TypeAlias = "Mapping[str, torch.Tensor | np.ndarray]"
Places: TypeAlias = "tuple[torch.Tensor, ...]"
Read: TypeAlias = "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]"  # of inputs, of their rows
Evaluate: TypeAlias = "Callable[..., torch.Tensor]"  # (own=False, features=False, gradients=False)


@dataclass(frozen=True)
class Setting:
    """What parts are told of the block that is trained: K members, n rows, k classes.

    name: the block's, for messages; seeds: of the K members; labels: (n, K) int64, of each member's
    training set; rows: (n, K) int64, where these rows stand in the data set's training part, beyond
    its end if they are synthetic; data_labels: (rows of that part,) int64; classes: k; epochs;
    probe_epoch: after so many the probe is taken; device and dtype: of the tensors.
    """

    name: str
    seeds: Sequence[int]
    labels: np.ndarray
    rows: np.ndarray
    data_labels: np.ndarray
    classes: int
    epochs: int
    probe_epoch: int
    device: torch.device
    dtype: torch.dtype

    @property
    def n(self) -> int:
        return len(self.labels)

    @property
    def members(self) -> int:
        return len(self.seeds)

    @property
    def class_counts(self) -> np.ndarray:
        """Rows of each class in each member's training set: (K, k) int64."""
        return np.stack([np.bincount(own, minlength=self.classes) for own in self.labels.T])


class Part(Protocol):
    """What all parts have: a state, which the checkpoint saves."""

    def state(self) -> State:
        """All that training changes in the part, by name: the arrays themselves, no copies."""
        return {}

    def load_state(self, saved: Mapping[str, np.ndarray]) -> None:
        """Take up a state that was saved: write it into the arrays."""
        for name, held in self.state().items():
            if isinstance(held, np.ndarray):
                held[...] = saved[name]
            else:
                held.copy_(held.new_tensor(saved[name]))


class View(Part, Protocol):
    """What a batch looks like. A view holds inputs (N, ...) on the device.

    Its file holds `view(inputs, mean, std, augment, device, dtype)`; augment: the recipe's, None
    where inputs are only looked at as they are. views: how many views of each row a batch holds.
    """

    views: int = 1

    def draw(self, seed: int, epoch: int, n: int) -> tuple[np.ndarray, ...]:
        """What is random in the views of n rows in an epoch, each (n, ...): a function of the
        member's seed and the epoch alone.
        """
        return ()

    def places(self, rows: torch.Tensor, drawn: Sequence[torch.Tensor]) -> Places:
        """All that `batch` needs for the inputs `rows` (n, K), each (n, K, ...). drawn: as of
        `draw`, (n, K, ...).
        """

    def batch(self, *places: torch.Tensor) -> torch.Tensor:
        """The network's input for B of the n places, the second views after all first ones.
        Nothing in here waits for a GPU.
        """

    def plain(self, rows: torch.Tensor, members: int) -> torch.Tensor:
        """The network's input for rows as they are: (B,), the same for every member, or (B, K)."""


class Objective(Part, Protocol):
    """From the network's output to its gradient.

    Its file holds `objective(setting, **options)`. A part of its own says `loss`; one that is in a
    hurry says `gradient` too.

    A file that says LABELS = False reads no labels: it compares two views of each sample. Instead
    of logits it is given embeddings (2B, K, d), all first views first, of any number d that the
    recipe's head makes; each sample's loss is its whole batch's.
    """

    def begin(self, epoch: int) -> None:
        """Told before an epoch's first step, from 0 on, and when training resumes within one. What
        changes with the epoch is a tensor that is changed in place: a CUDA graph reads it again.
        """
        return

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Each sample's loss (B, K), of logits (B, K, classes) and labels (B, K)."""

    def gradient(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The gradient (B, K, classes) of each member's sum of losses, divided by B."""
        import torch

        with torch.enable_grad():
            logits = logits.detach().requires_grad_()
            total = self.loss(logits, labels).sum() / len(labels)
        return torch.autograd.grad(total, logits)[0]


class Sampler(Part, Protocol):
    """Which rows, in which order.

    Its file holds `sampler(setting, **options)`, and REPLACES: whether a row may come twice in an
    epoch, or not at all. restarts: the epochs, rising, before which the schedule and the optimizer
    begin again.
    """

    restarts: Sequence[int] = ()

    def draw(self, member: int, epoch: int, observed: Mapping[str, State]) -> np.ndarray:
        """The n rows of an epoch, in their order, for the block's k-th member: (n,), of 0..n-1.

        A function of the member's seed, the epoch and what was observed until then (the states of
        the observers, by their names): an epoch is drawn again when training resumes within it.
        """


class Observer(Part, Protocol):
    """What is written down, and when. Observing never changes a weight.

    Its file holds `observer(setting)`; what it leaves is {its name}.npz. input_gradients: whether
    it needs what is measured of the loss's gradient with respect to the inputs.
    """

    input_gradients: bool = False

    def between_epochs(self, epochs: int, evaluate: Evaluate) -> None:
        """Told before the first epoch (epochs: 0), between two, and after the last.

        evaluate: gives logits (rows, K, classes) in eval mode of all rows of the data set's
        training part, as they are; with own=True of the n rows of each member's training set; with
        features=True what the head reads, (rows, K, d); with gradients=True the gradient of the
        label's logit with respect to the input, (rows, K, pixels), the mean over an image's
        channels. No two of the three go together. It may be interrupted, and then all of this is
        done again: so nothing changes before it is through, and nothing changes twice.
        """
        return

    def after_epoch(
        self, epoch: int, order: torch.Tensor, measured: Mapping[str, torch.Tensor]
    ) -> None:
        """Told what was measured (see measures.py) in the training steps of an epoch, each (n, K),
        of the rows `order` (n, K).
        """
        return

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        """What is written in the end, members first. network: as it is then."""
