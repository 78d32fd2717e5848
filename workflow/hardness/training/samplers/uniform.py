"""Rows with replacement, each equally likely."""

from collections.abc import Mapping

import numpy as np

from hardness.training.protocols import Sampler, Setting, State

REPLACES = True
DRAW = 104  # random stream id


class Uniform(Sampler):
    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def draw(self, member: int, epoch: int, observed: Mapping[str, State]) -> np.ndarray:
        rng = np.random.default_rng([DRAW, self.setting.seeds[member], epoch])
        return rng.integers(0, self.setting.n, self.setting.n)


def sampler(setting: Setting) -> Uniform:
    return Uniform(setting)
