"""The norm of the loss's gradient with respect to a sample's input, in the training steps of each
epoch: `norms` (K, epochs, n) float32.

Where the objective compares two views, the gradients of both are added first (Khoroshavtsev et al.
2024). The gradient is that of the sum of a batch's losses, not of their mean, so that it does not
depend on the batch's size.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from hardness.training.measures import by_member
from hardness.training.observers.dynamics import last_places
from hardness.training.protocols import Observer, Setting, State


class InputGradients(Observer):
    """norms: nan where a row did not come in an epoch; of a row that came twice, the last one."""

    input_gradients = True

    def __init__(self, setting: Setting) -> None:
        shape = (setting.members, setting.epochs, setting.n)
        self.norms = np.zeros(shape, dtype=np.float32)

    def state(self) -> State:
        return {"norms": self.norms}

    def after_epoch(
        self, epoch: int, order: torch.Tensor, measured: Mapping[str, torch.Tensor]
    ) -> None:
        place = last_places(order)
        found = measured["input_gradient"].gather(0, place.clamp(min=0))
        self.norms[:, epoch] = by_member(found.masked_fill(place < 0, torch.nan))

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        return {"norms": self.norms}


def observer(setting: Setting) -> InputGradients:
    return InputGradients(setting)
