"""The gradient of the label's logit with respect to the input, after each epoch, for all rows of
the data set's training part, without augmentation, in eval mode. VoG is computed from it (Agarwal
et al. 2022).

It leaves `deviation` (K, n): the standard deviation over the epochs of each pixel's gradient, mean
over the pixels. A pixel's gradient is the mean over its channels, as in their code.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from hardness.training.measures import by_member
from hardness.training.protocols import Evaluate, Observer, Setting, State


class LabelGradients(Observer):
    """passes: how many are complete; mean, squares: (n, K, pixels), the mean of the gradients so
    far and the sum of squared deviations from it, by Welford's recurrence; empty before the first
    pass.
    """

    def __init__(self, setting: Setting) -> None:
        self.passes = np.zeros((), dtype=np.int64)
        shape = (len(setting.data_labels), setting.members, 0)
        self.mean = torch.empty(shape, device=setting.device, dtype=setting.dtype)
        self.squares = self.mean.clone()

    def state(self) -> State:
        return {"mean": self.mean, "squares": self.squares, "passes": self.passes}

    def load_state(self, saved: Mapping[str, np.ndarray]) -> None:
        self.mean = self.mean.new_empty(saved["mean"].shape)
        self.squares = torch.empty_like(self.mean)
        super().load_state(saved)

    def between_epochs(self, epochs: int, evaluate: Evaluate) -> None:
        if self.passes == epochs:  # this epoch's pass is done, or no epoch has passed
            return
        found = evaluate(gradients=True)
        if not self.passes:
            self.mean, self.squares = torch.zeros_like(found), torch.zeros_like(found)
        self.passes += 1
        change = found - self.mean
        self.mean.add_(change, alpha=1 / int(self.passes))
        self.squares.addcmul_(change, found - self.mean)

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        deviations = (self.squares / int(self.passes)).sqrt_()
        return {"deviation": by_member(deviations.mean(2))}


def observer(setting: Setting) -> LabelGradients:
    return LabelGradients(setting)
