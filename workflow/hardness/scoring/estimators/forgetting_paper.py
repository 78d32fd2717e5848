"""Forgetting as P has it: a sample that was never learned gets 0, which makes it one of the
easiest; ties fall at random.
"""

import numpy as np

from hardness.scoring.estimators.forgetting import events

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("correct",)


def score(dynamics):
    return events(dynamics.correct)


def keys(dynamics):
    """One random key per member, by its seed: another ensemble breaks the ties another way."""
    n = dynamics.correct.shape[2]
    return np.stack([np.random.default_rng([seed, 303]).random(n) for seed in dynamics.seeds])[None]
