"""The weights in the end: the network's state, by the names that torch gives it."""

import numpy as np
from torch import nn

from hardness.training.protocols import Observer, Setting


class Weights(Observer):
    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        return {name: value.cpu().numpy() for name, value in network.state_dict().items()}


def observer(setting: Setting) -> Weights:
    return Weights()
