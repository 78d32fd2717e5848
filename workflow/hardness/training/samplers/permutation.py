"""Every row once in an epoch, in random order."""

from collections.abc import Mapping

import numpy as np

from hardness.training.protocols import Sampler, Setting, State

REPLACES = False
ORDER = 101  # random stream id


def draw_order(seed: int, epoch: int, n: int) -> np.ndarray:
    """The order (n,) in which a member sees its training set in an epoch. It depends only on seed
    and epoch.
    """
    return np.random.default_rng([ORDER, seed, epoch]).permutation(n)


class Permutation(Sampler):
    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def draw(self, member: int, epoch: int, observed: Mapping[str, State]) -> np.ndarray:
        return draw_order(self.setting.seeds[member], epoch, self.setting.n)


def sampler(setting: Setting) -> Permutation:
    return Permutation(setting)
