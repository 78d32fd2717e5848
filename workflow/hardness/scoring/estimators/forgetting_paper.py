"""Forgetting as the paper has it: a sample that was never learned gets 0, which makes it one of the
easiest; ties fall at random.
"""

import numpy as np

from hardness.scoring.estimators.forgetting import events

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("correct",)
TIES = 303  # random stream id of the keys that break ties


def score(dynamics) -> np.ndarray:
    return events(dynamics.correct)


def keys(dynamics) -> np.ndarray:
    """One random key per member, by its seed: another ensemble breaks the ties another way."""
    n = dynamics.correct.shape[2]
    by_member = [np.random.default_rng([seed, TIES]).random(n) for seed in dynamics.seeds]
    return np.stack(by_member)[None]
