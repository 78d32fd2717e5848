"""Rows with replacement: first a class, each equally likely, then a row of it, each equally likely.

A class without rows in the training set is never drawn.
"""

from collections.abc import Mapping

import numpy as np

from hardness.training.protocols import Sampler, Setting, State

REPLACES = True
DRAW = 103  # random stream id


class ClassBalanced(Sampler):
    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.by_class = np.argsort(setting.labels, axis=0, kind="stable")  # (n, K)
        self.counts = [counts[counts > 0] for counts in setting.class_counts]

    def draw(self, member: int, epoch: int, observed: Mapping[str, State]) -> np.ndarray:
        seed, counts = self.setting.seeds[member], self.counts[member]
        rng = np.random.default_rng([DRAW, seed, epoch])
        drawn = rng.integers(0, len(counts), self.setting.n)
        first = np.cumsum(counts) - counts
        return self.by_class[first[drawn] + rng.integers(0, counts[drawn]), member]


def sampler(setting: Setting) -> ClassBalanced:
    return ClassBalanced(setting)
