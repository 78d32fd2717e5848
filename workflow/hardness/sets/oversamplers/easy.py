"""Repeat samples of the class, drawn with replacement; the easiest about twice as often as the
hardest (Eq. 7).
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
    return rng.choice(hardness_order, size=count, p=rank_probabilities(len(hardness_order))), None
