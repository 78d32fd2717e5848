"""The features (what the head reads) after each epoch, of all rows of the data set's training part,
without augmentation, in eval mode.

It leaves `changes` (K, epochs - 1, n), the mean over the feature's d numbers of their squared
change since the epoch before, from which MSD is computed; `norms` (K, epochs, n), the feature's
Euclidean norm; `features` (K, n, d) float16, those after the last epoch.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import nn

from hardness.training.measures import by_member, half
from hardness.training.protocols import Observer, Setting, State


class Features(Observer):
    """passes: how many are complete; last: the features (n, K, d) of the last one, with d = 0
    before the first.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        n, members, epochs = len(setting.data_labels), setting.members, setting.epochs
        self.passes = np.zeros((), dtype=np.int64)
        self.record = {
            "changes": np.zeros((members, epochs - 1, n), dtype=np.float32),
            "norms": np.zeros((members, epochs, n), dtype=np.float32),
        }
        self.last = torch.empty(n, members, 0, device=setting.device, dtype=setting.dtype)

    def state(self) -> State:
        return {**self.record, "last": self.last, "passes": self.passes}

    def load_state(self, saved: Mapping[str, np.ndarray]) -> None:
        self.last = self.last.new_empty(saved["last"].shape)
        super().load_state(saved)

    def between_epochs(self, epochs: int, evaluate: Callable[..., torch.Tensor]) -> None:
        if self.passes == epochs:  # this epoch's pass is done, or no epoch has passed
            return
        found = evaluate(features=True)
        self.record["norms"][:, epochs - 1] = by_member(found.norm(dim=2))
        if self.passes:
            changes = (found - self.last).square_().mean(2)
            self.record["changes"][:, epochs - 2] = by_member(changes)
        self.last = found
        self.passes += 1

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        setting, when = self.setting, "in the features in the end"
        last = self.last.transpose(0, 1).cpu().numpy()
        return {**self.record, "features": half(last, setting.name, setting.seeds, when)}


def observer(setting: Setting) -> Features:
    return Features(setting)
