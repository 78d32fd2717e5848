"""Repeat samples of the class, drawn with replacement; the hardest about twice as often as the
easiest (Eq. 7).
"""

import numpy as np

from hardness.sets.resampling import rank_probabilities

NEEDS = 1


def sample(
    inputs: np.ndarray,
    members: np.ndarray,
    hardness_order: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, None]:
    hardest_first = hardness_order[::-1]
    return rng.choice(hardest_first, size=count, p=rank_probabilities(len(hardest_first))), None
