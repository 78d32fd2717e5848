"""The final weights: the network's state dict, by torch's names."""

import numpy as np
from torch import nn

from hardness.training.protocols import Observer, Setting


class Weights(Observer):
    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        return {name: value.cpu().numpy() for name, value in network.state_dict().items()}


def observer(setting: Setting) -> Weights:
    return Weights()
