"""Repeat samples of the class, drawn uniformly with replacement."""

import numpy as np

NEEDS = 1


def sample(
    inputs: np.ndarray,
    members: np.ndarray,
    hardness_order: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, None]:
    return rng.choice(members, size=count), None
