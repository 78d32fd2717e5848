"""The final predictions on all rows of the data set's training part, without augmentation, in eval
mode: also on rows that a member did not train on.
"""

import numpy as np
from torch import nn

from hardness.training.measures import half
from hardness.training.protocols import Evaluate, Observer, Setting


class Predictions(Observer):
    """logits: (K, n, classes) after the last epoch, empty before. It has no state, because a
    resumed training evaluates them again.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.logits = np.empty((setting.members, 0, setting.classes), dtype=np.float32)

    def between_epochs(self, epochs: int, evaluate: Evaluate) -> None:
        if epochs == self.setting.epochs:
            self.logits = evaluate().transpose(0, 1).cpu().numpy()

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        setting, when = self.setting, "in the predictions in the end"
        stored = half(self.logits, setting.name, setting.seeds, when)
        return {"logits": stored, "predicted": self.logits.argmax(2)}


def observer(setting: Setting) -> Predictions:
    return Predictions(setting)
