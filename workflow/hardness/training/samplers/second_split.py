"""One half of the samples in the first half of the epochs, the other half in the second (Maini et
al. 2022): networks forget what they learned first. Members of even seed begin with the first half
of core/halves.py, those of odd seed with the second.

An epoch shows each sample of its half twice, so that it is as long as any other. The schedule and
the optimizer's state start again with the second half.
"""

from collections.abc import Mapping

import numpy as np

from hardness.core.halves import first_half, first_stage
from hardness.training.protocols import Sampler, Setting, State

REPLACES = True
DRAW = 106  # random stream id


class SecondSplit(Sampler):
    def __init__(self, setting: Setting) -> None:
        self.setting, self.first = setting, first_half(setting.n)
        self.restarts = (first_stage(setting.epochs),)

    def draw(self, member: int, epoch: int, observed: Mapping[str, State]) -> np.ndarray:
        seed, n = self.setting.seeds[member], self.setting.n
        begins = epoch < first_stage(self.setting.epochs)
        rows = np.flatnonzero(self.first if begins == (seed % 2 == 0) else ~self.first)
        rng = np.random.default_rng([DRAW, seed, epoch])
        # for odd n, two rounds of the smaller half are one row short: a third round gives it
        return np.concatenate([rng.permutation(rows) for _ in range(3)])[:n]


def sampler(setting: Setting) -> SecondSplit:
    return SecondSplit(setting)
