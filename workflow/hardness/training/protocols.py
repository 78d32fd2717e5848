"""What the loop knows about the parts of a recipe: one protocol for each kind.

A part is one file in its kind's folder. It inherits the defaults of its protocol. Light to import:
only the default gradient imports torch.
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
    """What parts are told about the block that is trained: K members, n rows, k classes.

    name: the block's, for messages; seeds: of the K members; labels: (n, K) int64, of each member's
    training set; rows: (n, K) int64, the places of these rows in the data set's training part,
    beyond its end for synthetic rows; data_labels: int64, the labels of that part; classes: k;
    probe_epoch: the number of epochs after which EL2N is probed; device, dtype: of the tensors.
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
        """The part's arrays that training changes, by name: the arrays themselves, no copies."""
        return {}

    def load_state(self, saved: Mapping[str, np.ndarray]) -> None:
        """Write a saved state into the arrays."""
        for name, held in self.state().items():
            if isinstance(held, np.ndarray):
                held[...] = saved[name]
            else:
                held.copy_(held.new_tensor(saved[name]))


class View(Part, Protocol):
    """What a batch looks like. A view holds inputs (N, ...) on the device.

    Its file holds `view(inputs, mean, std, augment, device, dtype)`; augment: the recipe's, None
    for inputs that are never augmented. views: how many views of each row a batch holds.
    """

    views: int = 1

    def draw(self, seed: int, epoch: int, n: int) -> tuple[np.ndarray, ...]:
        """The random choices for the views of n rows in an epoch, each (n, ...). They depend only
        on the member's seed and the epoch.
        """
        return ()

    def places(self, rows: torch.Tensor, drawn: Sequence[torch.Tensor]) -> Places:
        """All that `batch` needs for the inputs `rows` (n, K), each (n, K, ...). drawn: the results
        of `draw` for all members, each (n, K, ...).
        """

    def batch(self, *places: torch.Tensor) -> torch.Tensor:
        """The network's input for B of the n places; all first views come before the second ones.
        Nothing in here may wait for a GPU.
        """

    def plain(self, rows: torch.Tensor, members: int) -> torch.Tensor:
        """The network's input for rows without augmentation. rows: (B,), the same for every member,
        or (B, K).
        """


class Objective(Part, Protocol):
    """From the network's output to its gradient.

    Its file holds `objective(setting, **options)`. A part must define `loss`; for speed it may also
    define `gradient`.

    A file with LABELS = False reads no labels: it compares two views of each sample. Instead of
    logits it gets embeddings (2B, K, d), all first views first, with any d that the recipe's head
    makes; each sample's loss is that of its batch.
    """

    def begin(self, epoch: int) -> None:
        """Called before an epoch's first step, and when training resumes within an epoch. epoch:
        from 0 on. What changes with the epoch must be a tensor that is changed in place, because a
        CUDA graph reads it again.
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
    """Which rows an epoch shows, in which order.

    Its file holds `sampler(setting, **options)`, and REPLACES: whether a row may come twice in an
    epoch, or not at all. restarts: the epochs, rising, before which the schedule and the optimizer
    start again.
    """

    restarts: Sequence[int] = ()

    def draw(self, member: int, epoch: int, observed: Mapping[str, State]) -> np.ndarray:
        """The n rows of an epoch, in their order, for one member: (n,), each in 0..n-1.

        member: its place in the block. The result may depend only on the member's seed, the epoch
        and what was observed until then (the states of the observers, by their names), because an
        epoch is drawn again when training resumes within it.
        """


class Observer(Part, Protocol):
    """What is recorded, and when. Observing never changes a weight.

    Its file holds `observer(setting)`; it leaves {its name}.npz. input_gradients: whether it needs
    the norms of the loss's gradient with respect to the inputs.
    """

    input_gradients: bool = False

    def between_epochs(self, epochs: int, evaluate: Evaluate) -> None:
        """Called before the first epoch (epochs: 0), between epochs, and after the last.

        evaluate: returns the logits (rows, K, classes), in eval mode, of all rows of the data set's
        training part, without augmentation; with own=True, of the n rows of each member's training
        set. With features=True it returns what the head reads, (rows, K, d); with gradients=True
        the gradient of the label's logit with respect to the input, (rows, K, pixels), the mean
        over an image's channels. At most one of the three options may be set. It may be
        interrupted, and then this method is called again with the same `epochs`. So change the
        state only after it has returned, and only once.
        """
        return

    def after_epoch(
        self, epoch: int, order: torch.Tensor, measured: Mapping[str, torch.Tensor]
    ) -> None:
        """Called with what was measured (see measures.py) in the training steps of an epoch, each
        (n, K). order: (n, K), the rows that were measured.
        """
        return

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        """The arrays that are written after training, each with the members' axis first. network:
        the trained one.
        """
